"""The list of a project's tasks, with the columns that tell an annotator something.

Label Studio shows every key of a task's data as a column: checksums, offsets, the guide's links as HTML. What is shown is
kept in a view; a project that has one already, ours or somebody's own, is left as it is.
"""

from __future__ import annotations

from standpoint.annotate.client import Client
from standpoint.codebook.kinds._studio import TO_MEND

BESIDE = frozenset({"data.title", f"data.{TO_MEND}"})  # in the narrow list beside an article that is open
SHOWN = BESIDE | {"id", "draft_exists", "completed_at", "cancelled_annotations"}
TITLE = "Articles"  # of the tab


def tidy_list(client: Client, project_id: int) -> None:
    """Make the view of a project that has none yet, and has tasks of ours: until then, their columns are not known."""
    if client.get("/api/dm/views/", project=project_id):
        return
    columns = client.get("/api/dm/columns/", project=project_id)["columns"]
    names = [f"{one['parent']}.{one['id']}" if one.get("parent") else one["id"] for one in columns]
    if "data.article_id" not in names:
        return
    paths = {name: f"{one['target']}:{name}" for one, name in zip(columns, names, strict=True)}
    hidden = {
        where: [path for name, path in paths.items() if name not in shown]
        for where, shown in (("explore", SHOWN), ("labeling", BESIDE))
    }
    view = {"title": TITLE, "type": "list", "target": "tasks", "hiddenColumns": hidden}
    view["columnsWidth"] = {"tasks:data.title": 560}
    client.again("POST", "/api/dm/views/", json={"project": project_id, "data": view})  # done twice, it is a second tab
