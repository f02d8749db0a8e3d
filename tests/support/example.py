"""The example project: our guidelines and the invented corpus, as `standpoint init --template standpoint --example` writes them.

It is shared by the tests of a process, which only read it. ``copy_of_the_project`` gives one to work in.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from standpoint.core.project import Project
from standpoint.init.create_project import template_files, write_files


def example_project() -> Project:
    """The project, in a temporary folder that is removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="standpoint-example-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    write_files(root, template_files("standpoint", example=True))
    Project(root).ensure_id()
    return Project(root)


EXAMPLE = example_project()
