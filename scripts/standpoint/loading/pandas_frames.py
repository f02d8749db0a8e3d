"""A release as pandas frames for a notebook: names in place of ids, types in place of texts, and the article beside each row."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from standpoint.codebook.types import ANNOTATIONS, DOCUMENTS, REGISTRY, RESOLUTIONS, Layer
from standpoint.core.model import StandpointError

if TYPE_CHECKING:
    import pandas

    from standpoint.dataset.release_folder import Release

Row = Mapping[str, Any]
Frames = dict[str, "pandas.DataFrame"]
ARTICLES, ANSWERS, CONFLICTS = "articles", "answers", "conflicts"  # frames that are no layer
SPLITS, STATES = ("train", "validation", "test"), ("open", "decided")
STRING, DAY, WHOLE, NUMBER, LIST = "string", "day", "Int64", "float64", "list"  # what columns have; or ``Categories``
FIXED = (ARTICLES, ANSWERS, CONFLICTS, REGISTRY)


class Categories(NamedTuple):
    """The categories of a column in their order; others that it has come after them. ``ordered``: they are a scale."""

    names: Sequence[str] = ()
    ordered: bool = False


NAMES = Categories()  # that are in no list


def frames(release: str | os.PathLike[str]) -> Frames:
    """The frames of a release by name. ``release``: its folder, or owner/name@v1.0.0 on the Hugging Face Hub.

    articles    a row per article, with the answers about it
    LAYER       of a span layer, a row per span, with the answers about it and the words of the spans that it is linked to;
                of a question about each actor, a row per article and actor
    answers     a row per span, answer and link of each annotator
    conflicts   a row per conflict, with what each annotator said
    registry    a row per actor of the registry, if there is one

    Labels are categories in the order of the codebook, ordered if they are a scale. Days are dates. An actor has its name, with
    its id beside it. Several values are a list. Rows have their article's id, outlet, day, story, split and tier. If the name
    of a column is taken, the name of its layer is put before it.

    StandpointError if there is no such release, or if it is damaged.
    """
    from standpoint.dataset.find_release import find_release
    from standpoint.dataset.release_folder import open_release

    opened = open_release(find_release(release))
    try:
        return _Maker(opened).frames()
    except (KeyError, ValueError) as error:  # an article or a span that is nowhere, or a day that is none: a release of others
        message = f"{release}: has a value that no build writes: {type(error).__name__} {error}"
        raise StandpointError(message, "fetch the release again") from None


class _Table:
    """A frame while it is made: what its columns have, in their order, and its rows."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = dict(columns)
        self.rows: list[Row] = []

    def add(self, wanted: str, kind: Any, layer: str) -> str:
        """Add a column; its name is the wanted one or, if that is taken, has the name of the layer before it."""
        name = wanted if wanted not in self.columns else f"{layer}_{wanted}"
        while name in self.columns:
            name += "_"
        self.columns[name] = kind
        return name

    def frame(self) -> pandas.DataFrame:
        import pandas

        columns: dict[str, Any] = {}
        for name, kind in self.columns.items():
            values = [row.get(name) for row in self.rows]
            if kind == DAY:
                columns[name] = pandas.to_datetime(pandas.Series(values, dtype="object"), format="%Y-%m-%d")
            elif kind == LIST:
                columns[name] = pandas.Series(values, dtype="object")
            elif isinstance(kind, Categories):
                others = sorted({value for value in values if value is not None} - set(kind.names))
                columns[name] = pandas.Series(pandas.Categorical(values, [*kind.names, *others], ordered=kind.ordered))
            else:
                columns[name] = pandas.Series(values, dtype=kind)
        return pandas.DataFrame(columns)


class _Maker:
    """Makes the frames of a release."""

    def __init__(self, release: Release) -> None:
        from standpoint.adjudication.new_actors import names_new_actors

        self.release, self.schema, self.codebook = release, release.schema, release.schema.codebook
        self.naming = [layer.name for layer in self.schema.each if names_new_actors(layer)]
        self.registry = release.registry.by_id if release.registry else {}
        self.registry_names = {identity: actor.name for identity, actor in self.registry.items()}
        self.articles: dict[str, dict[str, Any]] = {}  # the columns of an article with which each of its rows begins
        self.typed: dict[str, dict[str, str]] = {}  # the name of each new actor of an article
        for split, row in release.rows(DOCUMENTS):
            self.typed[row["id"]] = {one["actor"]: one["label"] for name in self.naming for one in row[name] if one["label"]}
            self.articles[row["id"]] = {
                "article_id": row["id"],
                "outlet": row["publisher"] or row["source"],
                "published": row["published"],
                "story": row["story"],
                "split": split,
                "tier": row["tier"],
            }
        self.article_columns: dict[str, Any] = {
            "article_id": STRING,
            "outlet": NAMES,
            "published": DAY,
            "story": NAMES,
            "split": Categories(SPLITS),
            "tier": Categories(("gold", "silver")),
        }
        classes = tuple(label.name for label in self.codebook.actor_classes)
        self.actor_columns: dict[str, Any] = {"actor": STRING, "actor_id": STRING, "actor_class": Categories(classes)}
        self.layers = Categories(tuple(layer.name for layer in self.codebook.layers))
        self.how = {
            (row["article_id"], row["layer"], row["of"] or row["annotation"]): row["how"]
            for _, row in release.rows(RESOLUTIONS)
            if row["annotation"] is not None
        }

    def frames(self) -> Frames:
        about = {"source": NAMES, "title": STRING, "language": NAMES, "text_status": NAMES, "n_conflicts": WHOLE}
        articles = _Table(self.article_columns | about)
        answers = [_Answer(articles, layer, layer.name) for layer in self.schema.article]
        tables: list[_Spans | _Actors] = [_Spans(self, layer) for layer in self.schema.spans]
        tables += [_Actors(self, layer) for layer in self.schema.each]
        for _, row in self.release.rows(DOCUMENTS):
            names = self.typed[row["id"]] | self.registry_names
            said = [answer.values(row[answer.layer.name], names) for answer in answers]
            articles.rows.append({name: row[name] for name in about} | self.articles[row["id"]] | _joined(said))
            for table in tables:
                table.rows += [self.articles[row["id"]] | made for made in table.rows_of(row, names)]
        found: dict[str, _Table] = {ARTICLES: articles}
        found |= {f"layer_{name}" if (name := table.layer.name) in FIXED else name: table for table in tables}
        found |= {ANSWERS: self._answers(), CONFLICTS: self._conflicts()}
        if self.release.registry:
            found[REGISTRY] = self._registry()
        return {name: table.frame() for name, table in found.items()}

    def actor(self, identity: str, row: Row, names: Mapping[str, str]) -> dict[str, Any]:
        """The columns of an actor of an article, with the class on its day."""
        from standpoint.dataset.rows import class_at

        known = self.registry.get(identity)
        name, kind = names.get(identity, identity), class_at(known, row["published"] or "") if known else None
        return dict(zip(self.actor_columns, (name, identity, kind), strict=True))

    def _answers(self) -> _Table:
        """What each annotator marked, answered and linked. A new actor has the name that the annotator typed."""
        passes = Categories(tuple(one.name for one in self.codebook.passes))
        who = {"annotator": NAMES, "annotator_kind": NAMES, "assistance": NAMES, "pass": passes}
        what = dict.fromkeys(("id", "label", "label_id", "quote", "of", "about", "to"), STRING)
        table = _Table(self.article_columns | who | {"layer": self.layers} | what | {"start": WHOLE, "end": WHOLE})
        # Names are typed in one pass and hold in the others. There, new actors may be those that the article was found to have.
        typed: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for _, row in self.release.rows(ANNOTATIONS):
            said = {one["of"]: one["label"] for one in row["choices"] if one["layer"] in self.naming}
            typed[row["article_id"], row["annotator"]].update(said)
        for _, row in self.release.rows(ANNOTATIONS):
            head = self.articles[row["article_id"]] | {name: row[name] for name in who}
            names = self.typed[row["article_id"]] | typed[row["article_id"], row["annotator"]] | self.registry_names
            quotes = {span["id"]: span["quote"] for span in row["spans"]}
            for item in (*row["spans"], *row["choices"], *row["relations"]):
                about = item.get("of") or item.get("head")
                layer = self.codebook.by_name.get(item["layer"])
                is_actor = layer is not None and bool(layer.labels_from)
                table.rows.append(
                    head
                    | {name: item.get(name) for name in ("layer", "id", "quote", "start", "end")}
                    | {"label": names.get(item["label"], item["label"]) if is_actor else item["label"], "label_id": item["label"]}
                    | {"of": about, "about": quotes.get(about, names.get(about)), "to": quotes.get(item.get("tail"))}
                )
        return table

    def _conflicts(self) -> _Table:
        columns = {"layer": self.layers, "state": Categories(STATES), "where": STRING, "how": NAMES, "by": LIST, "reason": STRING}
        table = _Table(self.article_columns | columns | {"annotators": LIST, "readings": LIST})
        for _, row in self.release.rows(RESOLUTIONS):
            if row["state"] in STATES:
                readings = {"annotators": [one["annotator"] for one in row["readings"]]}
                readings |= {"readings": [one["reading"] for one in row["readings"]]}
                table.rows.append(self.articles[row["article_id"]] | {name: row[name] for name in columns} | readings)
        return table

    def _registry(self) -> _Table:
        """The actors of the registry. Of several classes, that which began last."""
        table = _Table({**self.actor_columns, "parent": STRING, "parent_id": STRING, "aliases": LIST, "wikidata": STRING})
        for _, row in self.release.rows(REGISTRY):
            latest = max(row["classes"], key=lambda one: one["from"] or "", default={"class": None})
            parent = self.registry.get(row["parent"])
            table.rows.append(
                {"actor": row["name"], "actor_id": row["id"], "actor_class": latest["class"], "wikidata": row["wikidata"]}
                | {"parent": parent.name if parent else None, "parent_id": row["parent"]}
                | {"aliases": [alias["alias"] for alias in row["aliases"]]}
            )
        return table


class _Answer:
    """The columns of an answer in a table."""

    def __init__(self, table: _Table, layer: Layer, wanted: str) -> None:
        self.layer = layer
        if layer.labels_from:
            kind = LIST if layer.multiple else STRING
            self.columns = [table.add(name, kind, layer.name) for name in (wanted, f"{wanted}_id")]
        elif layer.kind == "choice" and not layer.multiple:
            self.columns = [table.add(wanted, Categories(layer.label_names, layer.ordinal), layer.name)]
            if layer.ordinal:
                self.columns.append(table.add("value" if layer.for_each else f"{wanted}_value", NUMBER, layer.name))
        else:
            kind = LIST if layer.multiple else STRING if layer.kind == "text" else WHOLE if layer.is_whole else NUMBER
            self.columns = [table.add(wanted, kind, layer.name)]

    def values(self, answer: Any, names: Mapping[str, str]) -> dict[str, Any]:
        given = [answer]
        if self.layer.labels_from:
            given = [[names.get(one, one) for one in answer] if self.layer.multiple else names.get(answer, answer), answer]
        elif len(self.columns) > 1:
            given.append(self.layer.by_name[answer].value if answer is not None else None)
        return dict(zip(self.columns, given, strict=True))


class _Spans(_Table):
    """The frame of a span layer."""

    def __init__(self, maker: _Maker, layer: Layer) -> None:
        super().__init__(maker.article_columns)
        self.maker, self.layer = maker, layer
        self.columns |= {"id": STRING, "quote": STRING}
        if layer.labels_from:
            self.columns |= maker.actor_columns
        else:
            self.columns["label"] = Categories(layer.label_names)
        self.groups = {label.name: label.group for label in layer.labels if label.group}
        if self.groups:
            self.columns["group"] = Categories(tuple(dict.fromkeys(self.groups.values())))
        self.columns |= {"start": WHOLE, "end": WHOLE, "how": NAMES}
        attributes, links = maker.schema.fields[layer.name]
        self.answers = [_Answer(self, other, other.name) for other in attributes]
        self.links = {(link.name, label): self.add(label, LIST, link.name) for link in links for label in link.label_names}

    def rows_of(self, row: Row, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        quotes = {span["id"]: span["quote"] for layer in self.maker.schema.spans for span in row[layer.name]}
        for span in row[self.layer.name]:
            made = {name: span[name] for name in ("id", "quote", "start", "end", "label")}
            made |= {"group": self.groups.get(span["label"]), "how": self.maker.how.get((row["id"], self.layer.name, span["id"]))}
            if self.layer.labels_from:
                made |= self.maker.actor(span["label"], row, names)
            made |= _joined(answer.values(span[answer.layer.name], names) for answer in self.answers)
            for (link, label), column in self.links.items():
                made[column] = [quotes[one["tail"]] for one in span[link] if one["label"] == label]
            yield made


class _Actors(_Table):
    """The frame of a question about each actor."""

    def __init__(self, maker: _Maker, layer: Layer) -> None:
        super().__init__(maker.article_columns | maker.actor_columns)
        self.maker, self.layer = maker, layer
        self.answer = _Answer(self, layer, "label")
        self.columns |= {"n_answers": WHOLE, "how": NAMES}

    def rows_of(self, row: Row, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for item in row[self.layer.name]:
            how = self.maker.how.get((row["id"], self.layer.name, item["actor"]))
            made = self.maker.actor(item["actor"], row, names) | self.answer.values(item["label"], names)
            yield made | {"n_answers": len(item["distribution"]), "how": how}


def _joined(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}
