"""Other formats: all that a format does not name as lost comes back, and its own library opens it."""

from __future__ import annotations

import filecmp
import re
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from example import EXAMPLE
from exported import BOTH_WAYS, read_export
from nonempty import nonempty
from standpoint.cli import main
from standpoint.codebook.types import Codebook
from standpoint.core.model import AdjudicatedSet, Annotation, Article, Choice, Relation, Span, in_reading_order
from standpoint.dataset.release_folder import open_release
from standpoint.dataset.rows import document
from standpoint.dataset.schema import DOCUMENTS
from standpoint.formats import Document, formats, writers
from standpoint.formats._tokens import tokens

ROOT = Path(__file__).parent.parent.parent
RELEASE = EXAMPLE.root / "dataset" / "release"
LABELS = [{"name": "grain.rye"}, {"name": "grain/rye"}, {"name": "Grain.Rye"}, {"name": "fruit, or > 5%"}]
BOOK = msgspec.convert(
    {
        "title": "t", "version": "0.1.0",
        "passes": [{"name": "p", "layers": ["crops", "answer", "health", "buyers", "class", "sold", "near-by", "tone", "mood", "日本"]}],
        "layers": [
            {"name": "crops", "kind": "span", "labels": LABELS},
            {"name": "answer", "kind": "span", "labels": [{"name": "PRICE"}, {"name": "_"}]},  # also a type of ours in XMI
            {"name": "health", "kind": "choice", "of": "crops", "labels": [{"name": "sound"}, {"name": "ill"}]},
            {"name": "buyers", "kind": "choice", "of": "crops", "labels_from": "actors", "multiple": True},
            {"name": "class", "kind": "text", "of": "crops"},  # also a word of Python
            {"name": "日本", "kind": "text", "of": "crops"},  # without a letter that XMI's names have
            {"name": "sold", "kind": "relation", "from": "crops", "to": "answer", "labels": [{"name": "for"}, {"name": "at"}]},
            {"name": "near-by", "kind": "relation", "from": "any", "to": "any", "labels": [{"name": "near"}]},
            {"name": "tone", "kind": "choice", "labels": [{"name": "glad"}]},
            {"name": "mood", "kind": "choice", "for_each": "actors", "ordinal": True, "labels": [{"name": "low", "value": -1}, {"name": "high", "value": 1}]},
        ],
    },
    Codebook,
)  # fmt: skip
WORDS = [
    "rye",
    "😀",
    "👍🏽",
    "حقل",
    "كِتَاب",
    "हिन्दी",
    "e\u0301té",
    "\n",
    "\n\n",
    " ",
    "  ",
    ".",
    "Žito",
    "a-b",
    "\t",
    "«»",
    "|",
    "_",
    "#1",
    "=",
]
TYPED = ["", "plain", "two\nlines", "a\tb \\n", "50%, or > 5 | _", "_"]


@st.composite
def article(draw) -> Document:
    """A text of odd words, spans anywhere in it that may overlap in any way, sentences, answers, and links between any two."""
    text = "".join(draw(st.lists(st.sampled_from([*WORDS, *[" "] * 8]), min_size=2, max_size=14)))
    stretch = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 6)).map(lambda one: (one[0], min(sum(one), len(text))))
    made: list[Annotation] = []
    for layer, labels in (("crops", [one["name"] for one in LABELS]), ("answer", ["PRICE", "_"])):
        for number, (start, end) in enumerate(draw(st.lists(stretch, max_size=4))):
            label = draw(st.sampled_from(labels))
            made.append(Span(id=f"{layer}{number}", layer=layer, label=label, start=start, end=end, quote=text[start:end]))
    spans = list(made)
    for span in spans if draw(st.booleans()) else ():
        if span.layer == "crops":
            made.append(Choice(id=f"{span.id}.health", layer="health", label=draw(st.sampled_from(["sound", "ill"])), of=span.id))
            made.append(Choice(id=f"{span.id}.class", layer="class", label=draw(st.sampled_from(TYPED[1:])), of=span.id))
            made += [
                Choice(id=f"{span.id}.buyers.{who}", layer="buyers", label=who, of=span.id)
                for who in draw(st.sets(st.sampled_from(["act-000001", "NEW:MILL", "a, b"])))
            ]
        made += [
            Relation(id=f"{span.id}.{layer}.{label}.{tail.id}", layer=layer, label=label, head=span.id, tail=tail.id)
            for tail in draw(st.sets(st.sampled_from(range(len(spans)))).map(lambda found: [spans[one] for one in sorted(found)]))
            for layer, label in [
                ("near-by", "near"),
                *([("sold", "at")] if (span.layer, tail.layer) == ("crops", "answer") else []),
            ]
        ]
    made += [
        Choice(id="tone", layer="tone", label="glad"),
        Choice(id="act-000001.mood", layer="mood", label="low", of="act-000001"),
    ]
    cut = draw(st.integers(0, len(text)))
    sentences = tuple(one for one in ((0, cut), (min(cut + 1, len(text)), len(text))) if text[slice(*one)].strip())
    about = {"source": "q", "annotated_until": len(text), "distributions": {"mood": {"act-000001": {"t1": "low"}}}}
    return Document("q-1", text, sentences, tuple(in_reading_order(made)), about)


def there_and_back(name: str, one: Document, folder: Path, codebook: Codebook = BOOK) -> Document:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    writers()[name].write([one], codebook, folder)
    (found,) = read_export(name, folder, codebook)
    return found


def span(layer: str, label: str, start: int, end: int, text: str) -> Span:
    return Span(id=f"{layer}-{start}-{end}", layer=layer, label=label, start=start, end=end, quote=text[start:end])


def kept(one: Document, stretch, *, overlaps: bool) -> Document:
    """The article without what LOSS names: spans cut by ``stretch`` (None: not there), with all that hangs on those that go."""
    found: dict[str, Span] = {}
    last: dict[str, int] = {}
    spans = [item for item in one.annotations if isinstance(item, Span)]
    cut = [(item, place) for item in spans if (place := stretch(item))]
    for item, (start, end) in sorted(cut, key=lambda one: (one[1][0], -one[1][1])):
        if overlaps or start >= last.get(item.layer, 0):
            last[item.layer] = end
            found[item.id] = replace(item, start=start, end=end, quote=one.text[start:end])
    rest = [
        item
        for item in one.annotations
        if isinstance(item, Choice) and item.of in found or isinstance(item, Relation) and {item.head, item.tail} <= found.keys()
    ]
    return replace(one, annotations=tuple(in_reading_order([*found.values(), *rest])))


def without(characters: str | None):
    """Where a span is without these characters at its ends."""

    def stretch(item: Span) -> tuple[int, int] | None:
        left = len(item.quote) - len(item.quote.lstrip(characters))
        inner = item.quote.strip(characters)
        return (item.start + left, item.start + left + len(inner)) if inner else None

    return stretch


def content(one: Document) -> Counter:
    """Annotations by what they say, spans instead of their ids; as many times as they are said."""
    spans = {item.id: (item.layer, item.label, item.start, item.end) for item in one.annotations if isinstance(item, Span)}
    assert len({item.id for item in one.annotations}) == len(one.annotations)
    found = Counter(spans.values())
    for item in one.annotations:
        if isinstance(item, Choice):
            found[item.layer, item.label, spans.get(item.of, item.of)] += 1
        elif isinstance(item, Relation):
            found[item.layer, item.label, spans[item.head], spans[item.tail]] += 1
    return found


BLANKS = "rye 😀\n\noats ."
EDGES = Document(  # spans that begin or end with blanks or line breaks, hold them, or are nothing else
    "q-1",
    BLANKS,
    ((0, 5), (7, 13)),
    tuple(in_reading_order(span("crops", "grain.rye", *place, BLANKS) for place in ((3, 5), (7, 12), (5, 7), (4, 11), (0, 4)))),
)


def fuzzed(count: int):
    """So many articles made up, and one with blanks at all edges."""
    kept_on = settings(max_examples=count, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    return lambda test: kept_on(example(one=EDGES)(given(one=article())(test)))


@fuzzed(40)
def test_jsonl_carries_all(tmp_path, one):
    assert there_and_back("jsonl", one, tmp_path / "x") == one


@fuzzed(40)
def test_spacy_carries_all_and_its_own_spans_are_ours(tmp_path, one):
    spacy = pytest.importorskip("spacy")
    assert there_and_back("spacy", one, tmp_path / "x") == one
    docs = spacy.tokens.DocBin(store_user_data=True).from_disk(tmp_path / "x" / "articles.spacy")
    (doc,) = docs.get_docs(spacy.vocab.Vocab())
    assert doc.text == one.text
    found = Counter((layer, each.label_, each.start_char, each.end_char) for layer in doc.spans for each in doc.spans[layer])
    assert found == Counter((item.layer, item.label, item.start, item.end) for item in one.annotations if isinstance(item, Span))


@fuzzed(25)
def test_xmi_carries_all_but_the_article_s_fields(tmp_path, one):
    pytest.importorskip("cassis")
    assert there_and_back("xmi", one, tmp_path / "x") == replace(one, about={})


@fuzzed(80)
def test_brat_carries_text_spans_their_answers_and_links(tmp_path, one):
    found = there_and_back("brat", one, tmp_path / "x")
    assert found.text == one.text and content(found) == content(kept(one, without("\n"), overlaps=True))
    for line in nonempty((tmp_path / "x" / "q-1.ann").read_bytes().decode().split("\n")):
        assert re.fullmatch(
            r"(T\d+\t[\w-]+ \d+ \d+(;\d+ \d+)*\t[^\n]+|E\d+\t[\w-]+:T\d+( [\w-]+:[TE]\d+)*|A\d+\t[\w-]+ E\d+ [\w-]+"
            r"|R\d+\t[\w-]+ Arg1:[TE]\d+ Arg2:[TE]\d+|#\d+\tAnnotatorNotes E\d+\t\w+=[^\t]+|)",
            line,
        ), line
        if line.startswith("T"):  # as brat checks it: the fragments of the text, joined by blanks, none of which touch
            places = [tuple(map(int, part.split())) for part in line.split("\t")[1].partition(" ")[2].split(";")]
            assert " ".join(one.text[start:end] for start, end in places) == line.split("\t", 2)[2]
            assert all(end < start for (_, end), (start, _) in zip(places, places[1:], strict=False))


@fuzzed(80)
def test_conll_carries_text_sentences_spans_their_answers_and_links(tmp_path, one):
    assume(one.text.strip())
    conllu = pytest.importorskip("conllu")
    found = there_and_back("conll", one, tmp_path / "x")
    assert (found.text, found.sentences) == (one.text, one.sentences)
    assert content(found) == content(kept(one, without(None), overlaps=False))
    sentences = conllu.parse((tmp_path / "x" / "articles.conllup").read_text(encoding="utf-8"))
    places = [tuple(map(int, token["misc"]["TokenRange"].split(":"))) for sentence in sentences for token in sentence]
    assert "".join(one.text[start:end] for start, end in places) == "".join(one.text.split())


@fuzzed(40)
def test_doccano_carries_text_spans_and_links(tmp_path, one):
    found = there_and_back("doccano", one, tmp_path / "x")
    assert found.text == one.text and content(found) == content(without_answers(one))


def test_conll_s_labels_are_no_o_where_nobody_decided(tmp_path):
    """A byline, an open conflict about a crop, and one about an amount; what is decided stays."""
    text = "By Ann. Rye and barley fell."
    rye = span("crops", "grain.rye", 8, 11, text)
    zones = [{"name": "byline", "start": 0, "end": 7}, {"name": "body", "start": 8, "end": len(text)}]
    conflicts = [
        {"layer": "crops", "place": "[8,11) [16,22)"},
        {"layer": "answer", "place": "[23,27)"},
        {"layer": "tone", "place": ""},
    ]
    about = {"annotated_until": len(text), "zones": zones, "open_conflicts": conflicts}
    one = Document("q-1", text, ((0, 7), (8, len(text))), (rye,), about)
    found = there_and_back("conll", one, tmp_path / "x")
    assert [(item.start, item.end) for item in found.annotations] == [(8, 11)]
    lines = (tmp_path / "x" / "articles.conllup").read_text(encoding="utf-8").splitlines()
    names = lines[0].split(" ")[3:]
    rows = [dict(zip(["ID", *names[1:]], line.split("\t"), strict=True)) for line in lines if "TokenRange" in line]
    cells = {row["FORM"]: (row["STANDPOINT:CROPS"], row["STANDPOINT:ANSWER"]) for row in rows}
    assert cells["Ann"] == ("_", "_") and cells["Rye"] == ("B-grain.rye", "O") and cells["and"] == ("O", "O")
    assert cells["barley"] == ("_", "O") and cells["fell"] == ("O", "_")
    (tmp_path / "y").mkdir()
    writers()["conll2003"].write([one], BOOK, tmp_path / "y")
    written = (tmp_path / "y" / "crops" / "articles.conll").read_text(encoding="utf-8")
    assert "Rye -X- O B-grain.rye\nand -X- O O\nbarley -X- O B-UNDECIDED\nfell -X- O O" in written and "Ann" not in written


def test_of_conll_s_overlapping_spans_the_first_stays_as_it_is(tmp_path):
    text = "rye and oats and barley"
    made = (span("crops", "fruit", 0, 12, text), span("crops", "fruit", 8, 23, text), span("crops", "fruit", 13, 23, text))
    found = there_and_back("conll", Document("q-1", text, ((0, 23),), made), tmp_path / "x")
    assert [(one.start, one.end) for one in found.annotations] == [(0, 12), (13, 23)]


def test_brat_may_show_spans_that_overlap_and_links_only_what_the_codebook_links(tmp_path):
    text = "rye for ten"
    made = (span("crops", "grain.rye", 0, 11, text), span("answer", "PRICE", 8, 11, text))
    there_and_back("brat", Document("q-1", text, ((0, 11),), made), tmp_path / "x")
    crops = "crops-grain_rye|crops-grain_rye_2|crops-Grain_Rye_3|crops-fruit__or___5_"
    lines = (tmp_path / "x" / "annotation.conf").read_text().split("\n")
    assert lines[lines.index("[relations]") :] == [
        "[relations]",
        "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>",
        "near-by-near\tArg1:<ENTITY>|<EVENT>, Arg2:<ENTITY>|<EVENT>",
        "",
        "[events]",
        *(f"{name}\tsold-for*:answer-PRICE|answer-_, sold-at*:answer-PRICE|answer-_" for name in crops.split("|")),
        "",
        "[attributes]",
        f"health\tArg:{crops}, Value:health-sound|health-ill",
        "",
    ]


@pytest.mark.parametrize("words", ["हिन्दी", "كِتَابٌ", "e\u0301té", "👍\ufe0f"])
def test_a_mark_stays_with_its_letter(words):
    assert list(tokens(words, 0, len(words))) == [(0, len(words))]


def test_conll_is_read_by_its_own_library_with_its_columns(tmp_path):
    conllu = pytest.importorskip("conllu")
    text = "Rye 😀 at the mill.\n\nSold حقل for ten."
    rye, mill, sold = (
        span("crops", "fruit, or > 5%", 0, 3, text),
        span("answer", "PRICE", 9, 17, text),
        span("crops", "Grain.Rye", 25, 32, text),
    )
    said = [
        Choice(id="a", layer="buyers", label="act-000001", of=rye.id),
        Choice(id="b", layer="buyers", label="NEW:MILL", of=rye.id),
        Choice(id="c", layer="health", label="ill", of=sold.id),
        Relation(id="d", layer="sold", label="at", head=sold.id, tail=mill.id),
    ]  # fmt: skip
    there_and_back("conll", Document("q-1", text, ((0, 18), (20, len(text))), (rye, mill, sold, *said)), tmp_path / "x")
    first, second = conllu.parse((tmp_path / "x" / "articles.conllup").read_text(encoding="utf-8"))
    columns = ["crops", "answer", "health", "buyers", "class", "__", "sold", "near_by"]
    assert list(first[0]) == ["id", "form", "misc", *(f"standpoint:{name}" for name in columns)]
    assert [token["form"] for token in first] == ["Rye", "😀", "at", "the", "mill", "."]
    assert [token["form"] for token in second] == ["Sold", "حقل", "for", "ten", "."]
    assert [token["standpoint:answer"] for token in first] == ["O", "O", "O", "B-PRICE", "I-PRICE", "O"]
    assert [token["standpoint:crops"] for token in second] == ["O", "B-Grain.Rye", "I-Grain.Rye", "O", "O"]
    assert (
        first[0]["standpoint:crops"] == "B-fruit%2C%20or%20%3E%205%25" and first[0]["standpoint:buyers"] == "act-000001,NEW:MILL"
    )
    assert (second[1]["standpoint:health"], second[1]["standpoint:sold"]) == ("ill", "crops>at>answer>9>17")
    assert [first.metadata[key] for key in ("newdoc id", "sent_id", "sentence_range")] == ["q-1", "q-1-1", "0:18"]
    assert second.metadata == {"sent_id": "q-1-2", "sentence_range": "20:37"}
    assert first[-1]["misc"] == {"TokenRange": "17:18", "SpacesAfter": r"\n\n"}
    assert second[-1]["misc"] == {"TokenRange": "36:37", "SpaceAfter": "No"}


def export(*words: object):
    return CliRunner().invoke(main, ["export", *map(str, words)])


@pytest.fixture(scope="module")
def own_release_articles(tmp_path_factory) -> dict[str, Document]:
    """The project's own release, by way of JSON Lines."""
    out = tmp_path_factory.mktemp("whole") / "jsonl"
    assert export(RELEASE, "--format", "jsonl", "--out", out).exit_code == 0
    return {one.id: one for one in read_export("jsonl", out, open_release(RELEASE).schema.codebook)}


def without_answers(one: Document) -> Document:
    return replace(one, annotations=tuple(item for item in one.annotations if not isinstance(item, Choice)))


CARRIED = {
    "doccano": lambda one: replace(without_answers(one), about={}, sentences=()),
    "jsonl": lambda one: one,
    "spacy": lambda one: one,
    "xmi": lambda one: replace(one, about={}),
    "brat": lambda one: replace(kept(one, without("\n"), overlaps=True), about={}, sentences=()),
    "conll": lambda one: replace(kept(one, without(None), overlaps=False), about={}),
}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_the_project_s_own_release_goes_out_and_comes_back(name, tmp_path, own_release_articles):
    out, again = tmp_path / name, tmp_path / "again"
    result = export(RELEASE, "--format", name, "--out", out)
    assert result.exit_code == 0 and f"{len(own_release_articles)}  articles" in result.output
    assert export(RELEASE, "--format", name, "--out", again).exit_code == 0
    assert filecmp.dircmp(out, again).diff_files == [] and (out / "SHA256SUMS").read_text() == (again / "SHA256SUMS").read_text()
    assert {"LICENSE", "LOSS.txt", "actors.yaml", "codebook.yaml"} <= {path.name for path in out.iterdir()}
    found = {one.id: one for one in read_export(name, out, open_release(RELEASE).schema.codebook)}
    assert found.keys() == own_release_articles.keys()
    for each, one in nonempty(found.items()):
        expected = CARRIED[name](own_release_articles[each])
        assert replace(one, annotations=()) == replace(expected, annotations=())
        assert content(one) == content(expected)


def test_json_lines_have_all_that_the_rows_are_made_from(own_release_articles):
    release = open_release(RELEASE)
    for split, row in nonempty(release.rows(DOCUMENTS)):
        about = dict(own_release_articles[row["id"]].about)
        said = about.pop("distributions", {})
        assert about.pop("split") == split
        stretches = {name: [(one["start"], one["end"]) for one in row[name]] for name in ("paragraphs", "sentences")}
        fields = {name: about.get(name) for name in Article.__struct_fields__ if name in about} | stretches
        article = msgspec.convert(
            fields | {"id": row["id"], "text": own_release_articles[row["id"]].text, "title": row["title"] or ""}, Article
        )
        annotations = own_release_articles[row["id"]].annotations
        fields = {name: about[name] for name in ("tier", "codebook_version", "annotators")}
        adjudicated = AdjudicatedSet(
            article_id=row["id"], text_sha256=article.sha256, annotations=annotations, distributions=said, **fields
        )
        conflicts = {name: about[name] for name in ("n_conflicts", "open_conflicts")}
        assert document(article, adjudicated, release.schema, about["story"]) | conflicts == row


def test_what_the_docs_and_the_help_say_is_lost_is_what_the_code_says():
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    table = page.partition("<!-- losses -->")[2].partition("<!-- /losses -->")[0]
    rows = {name: columns for name, *columns in re.findall(r"^\| (\w+) \| (.*) \| (.*) \| (.*) \|$", table, re.MULTILINE)}
    del rows["format"]
    told = " ".join(export("--help").output.split())
    for name, module in nonempty(formats().items()):
        read = ", ".join(f"`{suffix}`" for suffix in getattr(module, "suffixes", ()))
        assert rows[name] == [read, getattr(module, "FILES", ""), module.LOSS]
        assert name not in writers() or (module.LOSS in told and name in told)
    assert rows.keys() == formats().keys()


def test_one_split_and_none_that_is_not_there(tmp_path):
    assert export(RELEASE, "--format", "jsonl", "--split", "test", "--out", tmp_path / "test").exit_code == 0
    lines = [msgspec.json.decode(line) for line in (tmp_path / "test" / "articles.jsonl").read_bytes().splitlines()]
    assert lines and {line["about"]["split"] for line in lines} == {"test"}
    result = export(RELEASE, "--format", "jsonl", "--split", "dev", "--out", tmp_path / "x")
    assert result.exit_code == 2 and "in split 'dev'" in result.output and [path.name for path in tmp_path.iterdir()] == ["test"]


@pytest.mark.parametrize("name", ["notes.txt", "SHA256SUMS"])
def test_somebody_s_folder_is_not_replaced_and_a_release_neither(tmp_path, name):
    (tmp_path / name).write_text("mine")
    result = export(RELEASE, "--format", "jsonl", "--out", tmp_path)
    assert result.exit_code == 2 and "is not an export" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("name, library", [("xmi", "cassis"), ("spacy", "spacy")])
def test_a_library_that_is_not_there_is_named_with_its_extra(name, library, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)  # what an import of it meets where it is not installed
    result = export(RELEASE, "--format", name, "--out", tmp_path / name)
    assert result.exit_code == 2 and list(tmp_path.iterdir()) == []
    error, hint = result.output.splitlines()
    assert error.startswith("error: this format needs the extra formats: ") and library in error
    assert hint == "hint: pip install 'standpoint[formats]'"
