"""What each verb does with a project: read its files, call a stage, write whole or not at all, and say what came of it.

The stages know nothing of each other, nor of paths; the command line knows nothing but words. This is what lies between.
Each verb takes the project and a ``Teller``, and returns a Counter of what it saw and did.
"""
