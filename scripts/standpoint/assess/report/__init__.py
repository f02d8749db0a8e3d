"""The HTML report of agreement: one page that holds all it needs, with no script, no address and no date in it.

``worst_articles`` takes from the corpus what is shown of it; ``report`` makes the page. The same input is the same bytes.
"""

from standpoint.assess.report.page import Link, no_link, report
from standpoint.assess.report.worst import worst_articles

__all__ = ["Link", "no_link", "report", "worst_articles"]
