"""How agreement is measured. Each statistic reads what a tally counts; a tally counts one article at a time.

Counts add up over articles, so that nothing is kept but a row of them a group of articles, and a bootstrap resample is a
weighted sum of rows. Which statistics a layer has is named in ``codebook/statistics.py``.
"""
