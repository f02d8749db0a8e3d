"""The rows of one article taken apart into things with ids: the article, what is settled of it, each annotator's annotations.

A thing's fields are those of its row; which column is the article's and which is a layer's, the codebook's names say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from standpoint.publish.versions.changes import Fields

SUFFIXES = ("_distribution", "_soft")  # of the columns that stand beside a layer's
HEAD = ("article_id", "article_tier")  # of a row of another table: said by the article already


def split_document(row: dict, layers: Collection[str]) -> tuple[Fields, Fields]:
    """The article's own columns, and those of layers."""
    own = {name: value for name, value in row.items() if _layer_of(name, layers) is None and name != "id"}
    return own, {name: value for name, value in row.items() if name not in own and name != "id"}


def items(article: str, columns: Fields) -> dict[str, Fields]:
    """What is settled: each span by its id, each answer about an actor by layer and actor, each about the article by layer."""
    found: dict[str, Fields] = {}
    for name, value in columns.items():
        if isinstance(value, list) and all(isinstance(item, dict) and ("id" in item or "actor" in item) for item in value):
            for item in value:
                key = item["id"] if "id" in item else f"{item['actor']}.{name}"
                found[f"{article}#{key}"] = {"layer": name} | item
        elif value is not None:
            found[f"{article}#{name}"] = {"layer": name, "label": value}
    return found


def settlement_items(article: str, rows: Iterable[dict]) -> dict[str, Fields]:
    """How each annotation, and each conflict, was settled."""
    found: dict[str, Fields] = {}
    for row in rows:
        key = f"{article}#{row['annotation'] or row['layer'] + '@' + row['where']}"
        while key in found:
            key += "'"  # a second conflict in the same place
        found[key] = {name: value for name, value in row.items() if name not in (*HEAD, "annotation", "label")}
    return found


def sets(rows: Iterable[dict]) -> dict[str, Fields]:
    """Each annotator's set in each pass, apart from its annotations."""
    return {
        _set(row): {name: value for name, value in row.items() if name not in (*HEAD, "spans", "choices", "relations")}
        for row in rows
    }


def set_items(rows: Iterable[dict]) -> dict[str, Fields]:
    """Each annotation of each annotator."""
    return {f"{_set(row)}#{key}": fields for row in rows for key, fields in _annotations(row)}


def _set(row: dict) -> str:
    return f"{row['article_id']}/{row['pass']}/{row['annotator']}"


def _annotations(row: dict) -> Iterator[tuple[str, Fields]]:
    yield from ((span["id"], span) for span in row["spans"])
    yield from ((link["id"], link) for link in row["relations"])
    answers: dict[str, Fields] = {}
    for choice in row["choices"]:
        key = f"{choice['of']}.{choice['layer']}".lstrip(".")
        answer = answers.setdefault(key, {"layer": choice["layer"], "of": choice["of"], "label": []})
        answer["label"] = sorted([*answer["label"], choice["label"]], key=str)
    yield from answers.items()


def _layer_of(name: str, layers: Collection[str]) -> str | None:
    for suffix in ("", *SUFFIXES):
        if name.endswith(suffix) and name[: len(name) - len(suffix)] in layers:
            return name[: len(name) - len(suffix)]
    return None
