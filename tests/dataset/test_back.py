"""A row becomes the annotations again that it was made from."""

from __future__ import annotations

from example import EXAMPLE
from nonempty import nonempty
from standpoint.core.corpus import read_adjudicated
from standpoint.core.model import Span
from standpoint.dataset.release_folder import open_release
from standpoint.dataset.rows import annotations_of, distributions_of
from standpoint.dataset.schema import DOCUMENTS


def test_what_is_adjudicated_is_what_the_rows_say():
    project = EXAMPLE
    release = open_release(project.release)
    adjudicated = {one.article_id: one for one in read_adjudicated(project)}
    rows = {row["id"]: row for _, row in release.rows(DOCUMENTS)}
    assert rows.keys() == adjudicated.keys()
    for name, one in nonempty(adjudicated.items()):
        found = annotations_of(rows[name], release.schema)

        def content(items):
            spans = {item.id: item for item in items if isinstance(item, Span)}
            return {
                (
                    item.layer,
                    item.label,
                    getattr(item, "start", None),
                    getattr(item, "of", None),
                    getattr(item, "head", None),
                    getattr(item, "tail", None),
                )
                for item in items
            }, set(spans)

        assert content(found) == content(one.annotations), name
        assert distributions_of(rows[name], release.schema) == one.distributions
