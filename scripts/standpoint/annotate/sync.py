"""Articles to any Label Studio and back, over HTTP: what the rest of the project uses of it."""

from __future__ import annotations

from standpoint.annotate.client import Client, connect
from standpoint.annotate.enter import Entered, enter_annotations
from standpoint.annotate.projects import ensure_project, list_projects, user_map
from standpoint.annotate.pull import pull_tasks
from standpoint.annotate.push import Batch, Pushed, push_tasks

__all__ = [
    "Batch",
    "Client",
    "Entered",
    "Pushed",
    "connect",
    "ensure_project",
    "enter_annotations",
    "list_projects",
    "pull_tasks",
    "push_tasks",
    "user_map",
]
