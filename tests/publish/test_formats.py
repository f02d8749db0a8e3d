"""Other formats: all that a format does not name as lost comes back, and its own library opens it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standpoint.cli import main
from standpoint.codebook.types import Codebook
from standpoint.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.publish.formats import Exported, formats
from standpoint.publish.formats.brat import type_of
from standpoint.publish.hydrate import open_release

ROOT = Path(__file__).parent.parent.parent
RELEASE = ROOT / "dataset" / "release"
LABELS = [{"name": "grain.rye"}, {"name": "grain/rye"}, {"name": "fruit"}]
BOOK = msgspec.convert(
    {
        "title": "t", "version": "0.1.0", "passes": [{"name": "p", "layers": ["crops", "amounts", "health", "buyers", "sold", "tone", "mood"]}],
        "layers": [
            {"name": "crops", "kind": "span", "labels": LABELS},
            {"name": "amounts", "kind": "span", "labels": [{"name": "PRICE"}]},
            {"name": "health", "kind": "choice", "of": "crops", "labels": [{"name": "sound"}, {"name": "ill"}]},
            {"name": "buyers", "kind": "choice", "of": "crops", "labels_from": "actors", "multiple": True},
            {"name": "sold", "kind": "relation", "from": "crops", "to": "amounts", "labels": [{"name": "for"}, {"name": "at"}]},
            {"name": "tone", "kind": "choice", "labels": [{"name": "glad"}]},
            {"name": "mood", "kind": "choice", "for_each": "actors", "ordinal": True, "labels": [{"name": "low", "value": -1}, {"name": "high", "value": 1}]},
        ],
    },
    Codebook,
)  # fmt: skip
WORDS = ["rye", "😀", "حقل", "e\u0301té", "\n", " ", "  ", ".", "Žito", "a-b", "\t", "«»"]


@st.composite
def article(draw) -> Exported:
    """A text of odd words, spans anywhere in it, two layers that overlap each other, answers and links."""
    text = "".join(draw(st.lists(st.sampled_from(WORDS), min_size=4, max_size=14)))
    places = draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=12, unique=True).map(sorted))
    made: list[Annotation] = []
    for layer, shift, labels in (("crops", 0, [one["name"] for one in LABELS]), ("amounts", 1, ["PRICE"])):
        edges = places[shift:]
        for number, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=False)):
            label = draw(st.sampled_from(labels))
            made.append(Span(id=f"{layer}{number}", layer=layer, label=label, start=start, end=end, quote=text[start:end]))
    crops, amounts = ([item for item in made if item.layer == layer] for layer in ("crops", "amounts"))
    for span in crops:
        made.append(Choice(id=f"{span.id}.health", layer="health", label=draw(st.sampled_from(["sound", "ill"])), of=span.id))
        made += [
            Choice(id=f"{span.id}.buyers.{who}", layer="buyers", label=who, of=span.id)
            for who in draw(st.sets(st.sampled_from(["act-000001", "NEW:MILL"])))
        ]
        for tail in amounts[:1]:
            made.append(Relation(id=f"{span.id}.sold.for.{tail.id}", layer="sold", label="for", head=span.id, tail=tail.id))
    made += [
        Choice(id="tone", layer="tone", label="glad"),
        Choice(id="act-000001.mood", layer="mood", label="low", of="act-000001"),
    ]
    return Exported("q-1", text, ((0, len(text)),), tuple(in_reading_order(made)), {"source": "q"})


def there_and_back(name: str, one: Exported, folder: Path, codebook: Codebook = BOOK) -> Exported:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    formats()[name].write([one], codebook, folder)
    (found,) = formats()[name].read(folder, codebook)
    return found


@given(article())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_jsonl_carries_all(tmp_path, one):
    assert there_and_back("jsonl", one, tmp_path / "x") == one


@given(article())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_spacy_carries_all_and_its_own_spans_are_ours(tmp_path, one):
    spacy = pytest.importorskip("spacy")
    assert there_and_back("spacy", one, tmp_path / "x") == one
    docs = spacy.tokens.DocBin(store_user_data=True).from_disk(tmp_path / "x" / "articles.spacy")
    (doc,) = docs.get_docs(spacy.blank("xx").vocab)
    assert doc.text == one.text
    found = {(layer, span.label_, span.start_char, span.end_char) for layer, spans in doc.spans.items() for span in spans}
    assert found == {(item.layer, item.label, item.start, item.end) for item in one.annotations if isinstance(item, Span)}


@given(article())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_xmi_carries_all_but_the_article_s_fields(tmp_path, one):
    pytest.importorskip("cassis")
    found = there_and_back("xmi", one, tmp_path / "x")
    assert found == one._replace(about={})


def content(one: Exported, *, about_spans_only: bool) -> set:
    """Annotations by what they say, spans instead of their ids."""
    spans = {item.id: (item.layer, item.label, item.start, item.end) for item in one.annotations if isinstance(item, Span)}
    found: set = set(spans.values())
    for item in one.annotations:
        if isinstance(item, Choice) and (item.of in spans or not about_spans_only):
            found.add((item.layer, item.label, spans.get(item.of, item.of)))
        elif isinstance(item, Relation):
            found.add((item.layer, item.label, spans[item.head], spans[item.tail]))
    return found


@given(article())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_brat_carries_spans_their_answers_and_links(tmp_path, one):
    # brat has no place for a span of line breaks alone, and none that begins or ends with one.
    odd = {item.id for item in one.annotations if isinstance(item, Span) and item.quote != item.quote.strip("\n")}
    kept = [item for item in one.annotations if not ({getattr(item, name, "") for name in ("id", "of", "head", "tail")} & odd)]
    one = one._replace(annotations=tuple(kept))
    found = there_and_back("brat", one, tmp_path / "x")
    assert found.text == one.text and content(found, about_spans_only=True) == content(one, about_spans_only=True)
    for line in (tmp_path / "x" / "q-1.ann").read_bytes().decode().split("\n"):
        assert re.fullmatch(
            r"(T\d+\t[\w-]+ \d+ \d+(;\d+ \d+)*\t[^\t]*(\t[^\t]*)*|A\d+\t\w+ T\d+ [\w-]+|R\d+\t[\w-]+ Arg1:T\d+ Arg2:T\d+|#\d+\tAnnotatorNotes T\d+\t\w+=.+|)",
            line,
        ), line


def test_brat_s_names_are_its_own_and_never_two_of_one():
    types: dict = {}
    names = [type_of("crops", label, types) for label in ("grain.rye", "grain/rye", "grain.rye")]
    assert names == ["crops-grain_rye", "crops-grain_rye_2", "crops-grain_rye"]


def test_conll_is_read_by_its_own_library_and_spans_come_back(tmp_path):
    conllu = pytest.importorskip("conllu")
    text = "Rye 😀 at the mill. Sold حقل for ten."
    spans = [("crops", "fruit", "Rye"), ("amounts", "PRICE", "the mill"), ("crops", "grain.rye", "حقل for")]
    made = [
        Span(id=f"s{n}", layer=layer, label=label, start=text.index(q), end=text.index(q) + len(q), quote=q)
        for n, (layer, label, q) in enumerate(spans)
    ]
    one = Exported("q-1", text, ((0, 18), (19, len(text))), tuple(in_reading_order(made)))
    found = there_and_back("conll", one, tmp_path / "x")
    assert content(found, about_spans_only=True) == content(one, about_spans_only=True)
    sentences = conllu.parse((tmp_path / "x" / "articles.conllup").read_text(encoding="utf-8"))
    assert list(sentences[0][0]) == ["id", "form", "misc", "standpoint:crops", "standpoint:amounts"]
    assert [[token["form"] for token in sentence] for sentence in sentences] == [
        ["Rye", "😀", "at", "the", "mill", "."],
        ["Sold", "حقل", "for", "ten", "."],
    ]
    assert [token["standpoint:amounts"] for token in sentences[0]] == ["O", "O", "O", "B-PRICE", "I-PRICE", "O"]
    assert sentences[1].metadata["article_id"] == "q-1" and sentences[1][1]["misc"] == {"TokenRange": "24:27"}


@pytest.mark.parametrize("name", list(formats()))
def test_the_project_s_own_release_goes_out_and_comes_back(name, tmp_path):
    out = tmp_path / name
    result = CliRunner().invoke(main, ["export", str(RELEASE), "--format", name, "--out", str(out)])
    assert result.exit_code == 0, result.output
    again = CliRunner().invoke(main, ["export", str(RELEASE), "--format", name, "--out", str(out)])
    assert "0  folders changed" in again.output or name in ("spacy", "xmi")
    codebook = open_release(RELEASE).shape.codebook
    found = {one.id: one for one in formats()[name].read(out, codebook)}
    assert len(found) == 25
    whole = tmp_path / "whole"
    CliRunner().invoke(main, ["export", str(RELEASE), "--format", "jsonl", "--out", str(whole)])
    for one in formats()["jsonl"].read(whole, codebook):
        spans = {(item.layer, item.label, item.start, item.end) for item in one.annotations if isinstance(item, Span)}
        assert {
            (item.layer, item.label, item.start, item.end) for item in found[one.id].annotations if isinstance(item, Span)
        } == spans
        if name != "conll":
            assert content(found[one.id], about_spans_only=name == "brat") == content(one, about_spans_only=name == "brat")


def test_what_the_docs_say_is_lost_is_what_the_code_says():
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| .* \| (.*) \|$", page, re.MULTILINE))
    assert {name: rows[name].strip() for name in formats()} == {name: module.LOSS for name, module in formats().items()}


def test_a_split_that_is_not_there_leaves_nothing_behind(tmp_path):
    result = CliRunner().invoke(
        main, ["export", str(RELEASE), "--format", "jsonl", "--split", "dev", "--out", str(tmp_path / "x")]
    )
    assert result.exit_code == 2 and list(tmp_path.iterdir()) == []


def test_somebody_s_folder_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    result = CliRunner().invoke(main, ["export", str(RELEASE), "--format", "jsonl", "--out", str(tmp_path)])
    assert result.exit_code == 2 and (tmp_path / "notes.txt").read_text() == "mine"
