"""Pages with generated blocks: what stands between the markers is made from the codebook, all else is by hand.

<!-- guide: labels events territory -->
…
<!-- /guide -->
"""

from __future__ import annotations

import re
from collections.abc import Callable

from standpoint.model import StandpointError

BEGIN, END = "<!-- guide: {} -->", "<!-- /guide -->"
MARKERS = re.compile(r"^<!-- guide: ", re.MULTILINE), re.compile(r"^<!-- /guide -->$", re.MULTILINE)
BLOCK = re.compile(r"^<!-- guide: (?P<what>[^>]+?) -->\n(?P<body>.*?)^<!-- /guide -->$", re.MULTILINE | re.DOTALL)


def rewritten(name: str, page: str, render: Callable[[str], str]) -> str:
    """The page with each block as ``render`` makes it; StandpointError where a marker has no partner."""
    if {len(MARKERS[0].findall(page)), len(MARKERS[1].findall(page))} != {len(BLOCK.findall(page))}:
        raise StandpointError(
            f"{name}: a marker has no partner", f"a block is between {BEGIN.format('NAME …')} and {END}, a line each"
        )
    return BLOCK.sub(lambda match: f"{BEGIN.format(match['what'])}\n{render(match['what']).strip()}\n{END}", page)
