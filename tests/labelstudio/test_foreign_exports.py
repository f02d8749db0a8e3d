"""Exports that other people made: every annotation and every item in them is taken, refused, skipped or a copy; each bad
offset has its class; with ``fix``, what is certain is recovered and told. ``tests/labelstudio/exports/README.md`` says whose they are.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from another_codebook import another_codebook
from nonempty import nonempty
from standpoint.adjudication.fix import fix_annotation_sets as fix
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.types import Codebook
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Relation, Reporter, Span
from standpoint.core.offsets import Repair
from standpoint.core.project import Project
from standpoint.ingest.article import normalise
from standpoint.labelstudio import exchange
from standpoint.labelstudio.export_file import read_export
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.labelstudio.merge import Imported
from standpoint.pages.hypertext import is_on_page, parse_page, to_text_offsets
from standpoint.pages.task_json import DECODE_TASK, Task, sha256, strings_of

EXPORTS = Path(__file__).parent / "exports"
CONFIGS = {
    "annotators": ("label", "ANATOMY DISEASE MEDICATION SYMPTOM", "", ""),
    "both": ("", "", "text_class", "class_A class_B"),
    "choices": ("", "", "sentiment", "Positive Negative Neutral"),
    "completions": ("ner", "INGREDIENT", "", ""),
    "html-table": ("ner", "Person Organization", "", ""),
    "html-xpath": ("ner", "Person Organization Date", "", ""),
    "own": ("label", "Place Trade Time", "tone", "hopeful worried"),
    "own-page": ("label", "Trade", "", ""),
    "predictions-only": ("", "", "text_class", "class_A class_B"),
}


def label_config(spans: str, labels: str, choices: str, answers: str) -> str:
    """The label config of a project with one <Labels>, one <Choices>, and labelled relations where there are spans."""
    parts = [f'<Labels name="{spans}" toName="text">{tags("Label", labels)}</Labels>'] if spans else []
    parts += [f'<Choices name="{choices}" toName="text">{tags("Choice", answers)}</Choices>'] if choices else []
    parts += [f"<Relations>{tags('Relation', 'buys')}</Relations>"] if spans else []
    return f'<View>{"".join(parts)}<Text name="text" value="$text"/></View>'


def tags(name: str, values: str) -> str:
    return "".join(f'<{name} value="{value}"/>' for value in values.split())


def text_of(task: Task) -> str:
    text = max(strings_of(task.data).values(), key=len, default="")
    return parse_page(text).text if any(is_on_page(item) for work in task.annotations for item in work.result) else text


def collected(name: str, fix: bool = False) -> tuple[list[AnnotationSet], list[Issue], AnnotationImporter, list[Repair]]:
    """What an export gives in a project that has its texts as articles, and a codebook from its label config."""
    tasks = list(read_export(EXPORTS / f"{name}.json"))
    values, _ = codebook_from_config(label_config(*CONFIGS[name]), name)
    texts = [normalise(text_of(task)) for task in tasks if isinstance(task, Task)]
    articles = {sha256(text): f"theirs-undated-{sha256(text)[:8]}" for text in texts if text}
    who = lambda account: (f"p{account}" if isinstance(account, int) else "p0", "unknown")  # noqa: E731
    importer = AnnotationImporter(msgspec.convert(values, Codebook), who, articles, fix)
    found = list(importer.read(tasks))
    issues, read = ([item for item in found if isinstance(item, kind)] for kind in (Issue, Imported))
    sets = [item.annotation_set for item in read]
    assert sum(item.items for item in read) == importer.counts["items taken"]
    for one in sets:
        text = next(text for text in texts if sha256(text) == one.text_sha256)
        assert all(text[item.start : item.end] == item.quote for item in one.annotations if isinstance(item, Span))
    return sets, issues, importer, [repair for item in read for repair in item.repairs]


# What each export has and what becomes of it; what is not named is none.
EXPECTED = {
    "annotators": {"tasks": 6, "annotations": 6, "annotation sets": 6, "items": 19, "items taken": 19, "regions taken: whitespace": 4},
    "both": {
        "tasks": 4, "tasks refused": 2, "annotations": 4, "annotation sets": 3, "copies": 1, "items": 4, "items taken": 2,
        "items refused": 1, "items of copies": 1, "predictions": 3,
    },
    "choices": {"tasks": 1, "annotations": 1, "annotation sets": 1, "items": 1, "items taken": 1},
    "completions": {"tasks": 1, "annotations": 1, "annotation sets": 1, "items": 12, "items taken": 12, "regions taken: whitespace": 1},
    "html-table": {"tasks": 1, "annotations": 1, "annotation sets": 1, "items": 3, "items taken": 3},
    "html-xpath": {
        "tasks": 1, "annotations": 1, "annotation sets": 1, "items": 4, "items taken": 3, "items refused": 1,
        "regions refused: other text": 1,
    },
    "own": {
        "tasks": 6, "annotations": 8, "annotation sets": 5, "skipped": 1, "copies": 1, "annotations refused": 1,
        "items": 27, "items taken": 15, "items refused": 10, "items skipped": 1, "items of copies": 1,
        "drafts": 1, "predictions": 2,
        "regions taken: counted in UTF-16 units": 1, "regions taken: whitespace": 1, "regions refused: shifted": 2,
        "regions refused: out of range": 3, "regions refused: collapsed": 1, "regions refused: other text": 1,
    },
    "own-page": {"tasks": 4, "annotations": 4, "annotation sets": 4, "items": 22, "items taken": 22},
    "predictions-only": {"tasks": 1, "predictions": 2},
}  # fmt: skip


@pytest.mark.parametrize("fix", [False, True])
@pytest.mark.parametrize("name", EXPECTED)
def test_all_that_is_in_an_export_is_accounted_for(name, fix):
    sets, issues, importer, repairs = collected(name, fix)
    counts = importer.counts
    parts = ("annotation sets", "skipped", "copies", "annotations refused")
    assert counts["annotations"] == sum(counts[part] for part in parts)
    parts = ("items taken", "items refused", "items skipped", "items of copies")
    assert counts["items"] == sum(counts[part] for part in parts)
    assert len(sets) == counts["annotation sets"]
    if not fix:
        assert {key: count for key, count in counts.items() if count} == EXPECTED[name]
        assert repairs == []
    told = Counter(issue.message.partition(":")[0] for issue in issues if issue.code in ("REGION-TEXT", "REGION-OFFSETS"))
    assert told == {key.removeprefix("regions refused: "): counts[key] for key in counts if key.startswith("regions refused")}
    assert len(repairs) == sum(counts[key] for key in counts if key.startswith("regions fixed"))
    assert len(repairs) == sum(issue.code == "REGION-FIXED" and issue.level == "note" for issue in issues)


def test_no_export_here_tells_an_annotator_s_address():
    for path in nonempty(EXPORTS.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        assert "@" not in text.replace("annotator@example.org", "").replace("annotator_from_past@project.com", ""), path
        assert len(text) < 60_000


def quotes(sets: list[AnnotationSet], *ids: str) -> dict[str, str]:
    spans = {item.id: item.quote for one in sets for item in one.annotations if isinstance(item, Span)}
    return {identity: spans[identity] for identity in ids if identity in spans}


def test_regions_on_a_page_stand_where_the_browser_counted_them():
    sets, issues, *_ = collected("html-xpath")
    assert quotes(sets, "Umb_V5CIey", "FQKKGR1yv5", "SLNxK0a8oW", "fyHRX3DdNv") == {
        "Umb_V5CIey": "Vincent: Look, Mr. Wolfe", "FQKKGR1yv5": "Jules", "SLNxK0a8oW": "The Wolf",
    }  # fmt: skip
    assert ["other text: " in issue.message for issue in issues] == [True]
    sets, *_ = collected("html-table")
    assert [item.quote for item in sets[0].annotations] == ["Company Name", "Michael", "Michael"]
    sets, *_ = collected("own-page")
    words = (
        ["rye", "Élmar", "crowns", "rye bread", "ten pence", "the end"],
        ["Plain", "slanted", "paragraph", "oats", "tail words"],
    )
    assert [[item.quote for item in one.annotations] for one in sets] == [*words, *words]
    sets, issues, *_ = collected("own")
    assert quotes(sets, "h1", "h2", "h3", "h4", "h5", "h6") == {
        "h1": "& rye", "h2": "Élmar;\n\nforty", "h3": "ten", "h4": "forty crowns.",
    }  # fmt: skip
    assert [issue.where.split()[-1] for issue in issues if "'/" in issue.message] == ["h5", "h6"]


def test_fixing_recovers_what_is_certain_and_nothing_else():
    before, *_ = collected("own")
    after, _, _, repairs = collected("own", fix=True)
    assert quotes(before, "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8") == {
        "b1": "valley", "b7": "Harvest report", "b8": "valley.\n\nThe mill",
    }  # fmt: skip
    assert quotes(after, "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8") == {
        "b1": "valley", "b2": "300 sacks", "b4": "late", "b7": "Harvest report", "b8": "valley.\n\nThe mill",
    }  # fmt: skip
    assert [(repair.annotation, repair.fault) for repair in repairs] == [
        ("b2", "shifted"), ("b4", "out of range"), ("b7", "whitespace"),
    ]  # fmt: skip


def test_relations_without_a_label_are_refused_by_name_and_labelled_ones_taken():
    sets, issues, *_ = collected("own")
    assert [issue.where.split()[-1] for issue in issues if issue.code == "RELATION-LABEL"] == ["z2->z3", "z1->z3"]
    assert [(item.head, item.tail) for one in sets for item in one.annotations if isinstance(item, Relation)] == [("z3", "z2")]
    assert [item.label for one in sets for item in one.annotations if isinstance(item, Choice)] == ["hopeful"]


def test_a_page_region_whose_two_places_both_have_its_words_is_refused():
    region = {"start": "/p[1]/text()[1]", "startOffset": 0, "end": "/p[1]/text()[1]", "endOffset": 3, "text": "rye"}
    page = parse_page("<p>rye or rye</p>")
    for counted, start in ({"start": 0, "end": 3}, 0), ({"start": 7, "end": 10}, "/p[1]/text()[1]"), ({"start": 1, "end": 4}, 0):
        item = msgspec.convert({"type": "labels", "value": region | {"globalOffsets": counted}}, Item)
        assert to_text_offsets([item], page)[0].value.start == start


def test_a_page_s_text_has_what_label_studio_shows_and_counts_it_as_the_browser_does():
    page = parse_page("<p>a &amp; <i>😀b</i><br>c</p>\r\n<script>x</script><!-- y --><div>d\n e</div><style>s</style>")
    assert page.text == "a & 😀b\nc\n\n \n\nd  e\n\n" and page.counted == len("a & 😀b\nc\nd\n es")
    found = {
        page.text[page.place_of_count(start, end=False) : page.place_of_count(end, end=True)]
        for start, end in ((4, 6), (6, 7), (7, 8), (9, 13))
    }
    assert found == {"😀b", "\n", "c", "d  e"}
    assert page.text[page.place_in_node("/p[1]/i[1]/text()[1]", 2) :].startswith("b\nc")
    assert page.place_in_node("/p[1]/i[1]/text()[1]", 4) is None and page.place_in_node("/p[2]/text()[1]", 0) is None
    assert page.place_of_count(page.counted + 1, end=True) is None and parse_page("").place_of_count(0, end=False) is None
    assert parse_page("<html><frameset>Rye<p>was sold</p>").text == ""
    assert parse_page('<?xml version="1.0" encoding="latin-1"?><p>é</p>').text.strip() == "é"


WORDS = ("wheat", "😀", "القمح", "e\u0301pi", "𝒳yz", "面包", "rye")


@given(
    words=st.lists(st.sampled_from(WORDS), min_size=3, max_size=40),
    gap=st.sampled_from([" ", "\r\n", "  ", "\n"]),
    which=st.integers(0, 39),
    by=st.integers(-200, 200),
)
@settings(max_examples=300, deadline=None)
def test_a_shifted_region_is_taken_as_what_it_was_or_refused(words, gap, which, by):
    text, index = gap.join(words), which % len(words)
    start = len(gap.join([*words[:index], ""]))
    end = start + len(words[index])
    assume(by and (start + by < 0 or text[start + by : end + by] != words[index]))
    value = {"start": start + by, "end": end + by, "text": words[index], "labels": ["grain"]}
    item = {"id": "w", "from_name": "crops", "type": "labels", "value": value}
    digest = sha256(text)
    data = {
        "text": text,
        "article_id": f"gazette-undated-{digest[:8]}",
        "text_sha256": digest,
        "shown_sha256": digest,
        "pass": "reading",
    }
    task = DECODE_TASK(msgspec.json.encode({"data": data, "annotations": [{"id": 1, "completed_by": 1, "result": [item]}]}))
    importer = AnnotationImporter(another_codebook(), lambda account: ("a01", "human_trained"), fix=True)
    found = list(importer.convert([task]))
    spans = [item for one in found if isinstance(one, AnnotationSet) for item in one.annotations if isinstance(item, Span)]
    units = importer.counts["regions taken: counted in UTF-16 units"]
    assert [one.quote for one in spans] in ([], [words[index]])
    if not units:
        assert [(one.start, one.end) for one in spans] in ([], [(start, end)])
    assert len(spans) + sum(isinstance(one, Issue) and one.level == "error" for one in found) == 1


def test_collecting_with_fix_records_each_repair_once(tmp_path):
    values, _ = codebook_from_config(label_config(*CONFIGS["own"]), "own")
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines" / "codebook.yaml").write_text(json.dumps(values), encoding="utf-8")
    texts = {normalise(text_of(task)) for task in read_export(EXPORTS / "own.json")}
    articles = [
        Article(
            id=f"theirs-undated-{sha256(text)[:8]}", source="theirs", publisher="Theirs", title="", licence="CC0-1.0",
            language="en", sha256=sha256(text), text=text, annotated_until=len(text),
        )
        for text in texts if text
    ]  # fmt: skip
    project = Project(tmp_path)
    write_lines(project.articles / "theirs.jsonl", sorted(articles, key=lambda article: article.id))
    told: list[Issue] = []
    counts = exchange.import_exports(project, [EXPORTS / "own.json"], Reporter(issue=told.append), fix=True)
    assert (counts["regions fixed: shifted"], counts["regions fixed: out of range"], counts["files changed"]) == (1, 1, 2)
    assert [issue.level for issue in told if issue.code == "REGION-FIXED"] == ["note"] * 3
    record = project.fixed.read_bytes()
    assert [(item.annotation, item.fault, item.after["quote"]) for item in read_lines(project.fixed, Repair)] == [
        ("b2", "shifted", "300 sacks"), ("b4", "out of range", "late"), ("b7", "whitespace", "Harvest report"),
    ]  # fmt: skip
    exchange.import_exports(project, [EXPORTS / "own.json"], Reporter(), fix=True)
    assert project.fixed.read_bytes() == record
    assert fix(project, write=True, reporter=Reporter())["repairs"] == 0
