"""From texts on any topic, through annotation in Label Studio, to a versioned dataset.

CONTRIBUTING.md lists the rooms in the order of the data and of the imports; `standpoint --help` lists the commands.
"""

__version__ = "0.1.0"
