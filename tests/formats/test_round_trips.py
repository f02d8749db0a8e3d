"""Annotation sets go out in a format and come in again, in projects with several codebooks: what the format can say is the same."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
import yaml

from another_codebook import ANOTHER_CODEBOOK
from exported import BOTH_WAYS
from nonempty import nonempty
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import AdjudicatedSet, Annotation, AnnotationSet, Article, Choice, Issue, Relation, Reporter, Span
from standpoint.core.project import Project
from standpoint.dataset.export import ExportOptions, export_release
from standpoint.formats import Document, writers
from standpoint.ingest.article import normalise
from standpoint.labelstudio.exchange import import_exports
from standpoint.labelstudio.import_documents import DocumentOptions
from two_pass_article import ACTORS, CODEBOOK, TEXT, article_of, digest, facts, stance
from whole_projects import copy_of_the_project, new_project

# Emoji, right to left, marks on their own, a line break in a span, a blank line.
HARVEST = normalise("👨\u200d👩\u200d👧 The rye 😀 of كِتَاب sold.\n\nनमस्ते: ten\u0323\u0301 pence, e\u0301lan & oats | 5%.")


def span(identity: str, layer: str, label: str, words: str, text: str = HARVEST) -> Span:
    start = text.index(words)
    return Span(id=identity, layer=layer, label=label, start=start, end=start + len(words), quote=words)


HARVESTED: dict[str, list[Annotation]] = {
    "reading": [
        span("r1", "crops", "grain", "rye 😀"),
        span("r2", "crops", "fruit", "كِتَاب"),
        span("r3", "amounts", "price", normalise("ten\u0323\u0301 pence")),
        span("r4", "amounts", "weight", "sold.\n\nनमस्ते"),
        Choice(id="r1.health", layer="health", label="blighted", of="r1"),
        Choice(id="tone", layer="tone", label="worried"),
        Choice(id="remark", layer="remark", label="a, b | c%\\n > d"),
        Relation(id="r1.measure.sold_for.r3", layer="measure", label="sold_for", head="r1", tail="r3"),
        Relation(id="r2.measure.yield.r4", layer="measure", label="yield", head="r2", tail="r4"),
    ]
}
QUAY: dict[str, list[Annotation]] = {
    name: msgspec.convert(items, list[Annotation]) for name, items in (("facts", facts()), ("stance", stance()))
}
BOOKS = {"harvest": (ANOTHER_CODEBOOK, HARVEST, HARVESTED), "quay": (CODEBOOK, TEXT, QUAY)}


def project_of(folder: Path, name: str) -> Project:
    book, text, _ = BOOKS[name]
    made = new_project(folder / "project", book)
    if name == "quay":
        made.actors.write_text(yaml.safe_dump({"version": "0.1.0", "actors": ACTORS}))
    fields = article_of() if name == "quay" else {
        "id": f"gazette-undated-{digest(text)[:8]}", "source": "gazette", "publisher": "The Gazette", "title": "x",
        "licence": "CC0-1.0", "language": "en", "sha256": digest(text), "text": text, "sentences": [[0, text.index("\n")], [text.index("नमस्ते"), len(text)]],
    }  # fmt: skip
    article = msgspec.convert(fields, Article)
    write_lines(made.articles / f"{article.source}.jsonl", [article])
    return made


def written(project: Project, annotations: list[Annotation], name: str, folder: Path) -> Path:
    folder.mkdir(parents=True)
    article = next(read_articles(project))
    document = Document(article.id, article.text or "", article.sentences, tuple(annotations), {"split": "train"})
    writers()[name].write([document], open_codebook(project)[0], folder)
    return folder


def imported(project: Project, folder: Path, annotator: str, **options) -> list[AnnotationSet]:
    told: list[Issue] = []
    import_exports(project, [folder], Reporter(issue=told.append), annotator=annotator, options=DocumentOptions(**options))
    assert [issue for issue in told if issue.level == "error"] == []
    return [one for one in read_annotation_sets(project) if one.annotator == annotator]


def content(annotations: list[Annotation]) -> Counter:
    """What the annotations say, with spans in place of their ids."""
    spans = {
        item.id: (item.layer, item.label, item.start, item.end, item.quote) for item in annotations if isinstance(item, Span)
    }
    found = Counter(spans.values())
    for item in annotations:
        if isinstance(item, Choice):
            found[item.layer, item.label, spans.get(item.of, item.of)] += 1
        elif isinstance(item, Relation):
            found[item.layer, item.label, spans[item.head], spans[item.tail]] += 1
    return found


def is_carried(name: str, item: Annotation, spans: set[str]) -> bool:
    """Whether a format says an annotation, by its LOSS."""
    if isinstance(item, Choice):
        return name in ("jsonl", "spacy", "xmi") or (item.of in spans and name != "doccano")
    return True


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("name", BOTH_WAYS)
def test_sets_come_back_as_they_went(name, book, tmp_path):
    project, sets = project_of(tmp_path, book), BOOKS[book][2]
    every = [item for items in sets.values() for item in items]
    spans = {item.id for item in every if isinstance(item, Span)}
    back = {
        one.pass_name: list(one.annotations) for one in imported(project, written(project, every, name, tmp_path / "out"), "b01")
    }
    wanted = {pass_name: [item for item in items if is_carried(name, item, spans)] for pass_name, items in sets.items()}
    mentions = {item.label: item.quote for item in every if isinstance(item, Span) and item.label.startswith("NEW:")}
    for items in wanted.values():  # a new actor whose typed name is not carried gets that of its mention
        named = {item.of for item in items if isinstance(item, Choice)}
        new = {item.label for item in items if isinstance(item, Span)} & mentions.keys() - named
        items += [Choice(id="", layer="newcomer", label=mentions[actor], of=actor) for actor in new]
    assert {pass_name: content(items) for pass_name, items in back.items()} == {
        pass_name: content(items) for pass_name, items in wanted.items()
    }
    if name in ("jsonl", "spacy", "xmi"):
        assert {item.id for items in back.values() for item in items if isinstance(item, Span)} == spans
    before = {path: path.read_bytes() for path in project.annotations.rglob("*.jsonl")}
    assert imported(project, tmp_path / "out", "b01") and before == {
        path: path.read_bytes() for path in project.annotations.rglob("*.jsonl")
    }


FOREIGN = "T1\tPRODUCT 5 8\trye\nT2\tMoney 14 17\tten\nT3\tPRODUCT 23 29\t\nR1\tSoldFor Arg1:T1 Arg2:T2\nE1\tPRODUCT:T3 Yield:T2\nA1\tHealth T1 blighted\n"


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_what_comes_in_from_another_tool_goes_out_again_the_same(name, tmp_path):
    project = new_project(tmp_path / "project", ANOTHER_CODEBOOK)
    text = "Good rye fell ten to a bush 😀 today."
    fields = {
        "id": f"gazette-undated-{digest(text)[:8]}",
        "source": "gazette",
        "publisher": "x",
        "title": "x",
        "licence": "CC0-1.0",
    }
    article = msgspec.convert(
        fields | {"language": "en", "sha256": digest(text), "text": text, "sentences": [[0, len(text)]]}, Article
    )
    write_lines(project.articles / "gazette.jsonl", [article])
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "a.txt").write_text(text)
    (theirs / "a.ann").write_text(FOREIGN)
    stated = {"PRODUCT": "crops:grain", "Money": "price"}
    (first,) = imported(project, theirs, "b01", stated=stated)
    assert content(list(first.annotations)).total() == 6
    spans = {item.id for item in first.annotations if isinstance(item, Span)}
    (second,) = imported(project, written(project, list(first.annotations), name, tmp_path / "out"), "b02")
    assert content(list(second.annotations)) == content([item for item in first.annotations if is_carried(name, item, spans)])


def test_the_project_s_own_release_is_imported_as_it_was_adjudicated(tmp_path):
    project = Project(copy_of_the_project(tmp_path / "project"))
    shutil.rmtree(project.annotations)
    counts = export_release(project.release, ExportOptions("jsonl"), tmp_path / "out", Reporter())
    sets = imported(project, tmp_path / "out", "x01")
    adjudicated = [one for path in project.adjudicated.glob("*.jsonl") for one in read_lines(path, AdjudicatedSet)]
    assert sum(len(one.annotations) for one in nonempty(sets)) == counts["annotations"]
    assert said(sets) == said(nonempty(adjudicated))
    assert (tmp_path / "out" / "splits.tsv").read_text().splitlines()[0] == "id\tsplit"


def said(sets: Iterable[AnnotationSet | AdjudicatedSet]) -> Counter:
    """Layers and labels by article. A new actor is a slot for an annotator, and has its name as its id when adjudicated."""
    items = [(one.article_id, item.layer, item.label) for one in sets for item in one.annotations]
    return Counter((article, layer, "NEW" if label.startswith("NEW:") else label) for article, layer, label in items)
