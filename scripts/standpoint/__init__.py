"""From articles about armed conflict to a versioned dataset of events, actors and stance.

The rooms, in the order of the data and of the imports: core, codebook, ingest, splits, suggestions, pages, adjudication,
agreement, dataset, checks, loading, export, scoring, labelstudio, team, guide, release, server, cli. `standpoint --help`
lists the commands.
"""

__version__ = "0.1.0"
