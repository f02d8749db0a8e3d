"""Events in the formats that systems read: TextEE's JSON, MAVEN-Arg's, brat's E lines; the spans as CoNLL-2003; splits and losses."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from test_formats import BOOK, article, span

from another_codebook import another_codebook
from example import EXAMPLE
from exported import read_export
from nonempty import nonempty
from standpoint.cli import main
from standpoint.codebook.types import Codebook
from standpoint.core.model import Annotation, Choice, Relation, Span, StandpointError
from standpoint.core.offsets import places_in
from standpoint.dataset.release_folder import open_release
from standpoint.formats import Document, writers
from standpoint.formats._tokens import TOKEN
from standpoint.formats.conll2003 import UNDECIDED

ROOT = Path(__file__).parent.parent.parent
RELEASE = EXAMPLE.root / "dataset" / "release"
SPLITS = ("train", "validation", "test")
WHO = {"name": "who", "kind": "span", "labels_from": "actors", "spare": 2}
RAIDS = {
    "name": "raids",
    "kind": "span",
    "labels": [{"name": "raid"}, {"name": "claim", "roles": {"by": "speaker", "where": "place"}}],
}
HARBOUR = msgspec.convert(
    {
        "title": "t", "version": "0.1.0",
        "passes": [{"name": "facts", "layers": ["who", "raids", "by", "sure", "sites", "at", "near"]}, {"name": "tone", "layers": ["words", "lean"]}],
        "layers": [
            WHO,
            RAIDS,
            {"name": "by", "kind": "choice", "of": "raids", "labels_from": "actors", "multiple": True},
            {"name": "sure", "kind": "choice", "of": "raids", "labels": [{"name": "yes"}, {"name": "no"}]},
            {"name": "sites", "kind": "span", "labels": [{"name": "PLACE"}]},
            {"name": "at", "kind": "relation", "from": "raids", "to": "any", "labels": [{"name": "where"}, {"name": "about2"}]},
            {"name": "near", "kind": "relation", "from": "sites", "to": "sites", "labels": [{"name": "beside"}]},
            {"name": "words", "kind": "span", "labels_from": "actors"},
            {"name": "lean", "kind": "choice", "for_each": "actors", "ordinal": True, "labels": [{"name": "low", "value": -1}, {"name": "high", "value": 1}]},
        ],
    },
    Codebook,
)  # fmt: skip
TEXT = "By Ida\n\nThe Watch 😀 raided Quay Nine. It lies by the mill. The Watch denies the raid near the\nmill, at Quay Nine."
SENTENCES = ((8, 37), (38, 58), (59, len(TEXT)))
BYLINE = {"name": "byline", "start": 0, "end": 6}
OPEN = [("who", "[8,17)"), ("sites", "[27,34) [27,36)"), ("words", "[63,68)"), ("at", "[80,84)->[85,98)"), ("lean", "W")]
ABOUT = {
    "open_conflicts": [{"layer": layer, "place": place} for layer, place in OPEN],
    "split": "validation",
    "title": "Raid",
    "language": "de",
    "zones": [BYLINE, {"name": "body", "start": 8, "end": 111}],
}


def found(layer: str, label: str, words: str, after: int = 0) -> Span:
    start = TEXT.index(words, after)
    return span(layer, label, start, start + len(words), TEXT)


FIRST, SECOND, THIRD = found("who", "W", "The Watch"), found("who", "W", "Watch", 60), found("who", "W", "It")
RAIDED, DENIES, RAID = found("raids", "raid", "raided"), found("raids", "claim", "denies"), found("raids", "raid", "raid", 80)
QUAY, MILL, AGAIN = (
    found("sites", "PLACE", "Quay Nine"),
    found("sites", "PLACE", "mill"),
    found("sites", "PLACE", "near the\nmill"),
)


def said(layer: str, label: str, of: Span) -> Choice:
    return Choice(id=f"{of.id}.{layer}.{label}", layer=layer, label=label, of=of.id)


def link(layer: str, label: str, head: Span, tail: Span) -> Relation:
    return Relation(id=f"{head.id}.{layer}.{label}.{tail.id}", layer=layer, label=label, head=head.id, tail=tail.id)


ANNOTATIONS: tuple[Annotation, ...] = (
    FIRST, RAIDED, QUAY, THIRD, MILL, SECOND, DENIES, RAID, AGAIN, found("words", "W", "denies"),
    said("by", "W", RAIDED), said("by", "NEW:CREW", RAIDED), said("sure", "yes", RAIDED), said("by", "W", DENIES),
    link("at", "where", RAIDED, QUAY), link("at", "where", RAIDED, MILL), link("at", "where", RAID, AGAIN), link("at", "about2", DENIES, RAID),
    link("near", "beside", AGAIN, QUAY), Choice(id="W.lean", layer="lean", label="low", of="W"),
)  # fmt: skip
ONE = Document("gazette-1", TEXT, SENTENCES, ANNOTATIONS, ABOUT)


def test_an_article_as_textee_has_it(tmp_path):
    account = writers()["textee"].write([ONE], HARBOUR, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["dev.json"]
    first, second, third = (json.loads(line) for line in (tmp_path / "dev.json").read_text(encoding="utf-8").splitlines())
    assert first == {
        "doc_id": "gazette-1",
        "wnd_id": "gazette-1-0",
        "text": "The Watch 😀 raided Quay Nine.",
        "lang": "de",
        "tokens": ["The", "Watch", "😀", "raided", "Quay", "Nine", "."],
        "entity_mentions": [
            {"id": "gazette-1-who-8-17", "entity_type": "who", "text": "The Watch", "start": 0, "end": 2, "entity_id": "W"},
            {"id": "gazette-1-sites-27-36", "entity_type": "PLACE", "text": "Quay Nine", "start": 4, "end": 6},
        ],
        "event_mentions": [
            {
                "id": "gazette-1-raids-20-26",
                "event_type": "raid",
                "trigger": {"text": "raided", "start": 3, "end": 4},
                "arguments": [
                    {"entity_id": "gazette-1-who-8-17", "role": "by", "text": "The Watch", "start": 0, "end": 2, "derived": True},
                    {"entity_id": "gazette-1-sites-27-36", "role": "where", "text": "Quay Nine", "start": 4, "end": 6},
                ],
            }
        ],
        "relation_mentions": [],
        "undecided": [[0, 2], [4, 6]],
        "start": 8,
        "end": 37,
        "split": "validation",
    }
    assert (second["undecided"], third["undecided"]) == ([], [[4, 5], [5, 8]])  # not of the evidence, nor of the scale
    assert second["event_mentions"] == [] and [one["text"] for one in second["entity_mentions"]] == ["It", "mill"]
    assert third["tokens"] == ["The", "Watch", "denies", "the", "raid", "near", "the", "mill", ",", "at", "Quay", "Nine", "."]
    # The byline has no window. Lost are the evidence, the scale, the answer yes, an actor who is not mentioned, the link to the mill
    # of the next sentence, that to another event, and the link to Quay Nine in the first sentence.
    assert account.lost == {"words": 1, "lean": 1, "sure": 1, "by": 1, "at": 2, "near": 1} and account.derived == {"by": 2}


def test_sentences_that_a_span_runs_over_are_one_window(tmp_path):
    over = span("sites", "PLACE", 27, 41, TEXT)  # Quay Nine. It
    writers()["textee"].write([replace(ONE, annotations=(over,), about={})], HARBOUR, tmp_path)
    first, second = (json.loads(line) for line in (tmp_path / "articles.json").read_text(encoding="utf-8").splitlines())
    assert (first["start"], first["end"]) == (8, 58) and first["entity_mentions"][0]["text"] == "Quay Nine. It"
    assert first["lang"] == "en" and "split" not in second and "undecided" not in second  # nothing is known of conflicts


def test_an_article_as_maven_arg_has_it(tmp_path):
    account = writers()["maven_arg"].write([ONE], HARBOUR, tmp_path)
    (line,) = (tmp_path / "valid.jsonl").read_text(encoding="utf-8").splitlines()
    made = json.loads(line)
    assert (made["id"], made["title"], made["document"], made["split"]) == ("gazette-1", "Raid", TEXT, "validation")
    watch, quay, mill = (f"ENTITY_gazette-1_{name}" for name in ("W", QUAY.id, MILL.id))
    raided, denies, _ = made["events"]
    assert raided == {
        "id": "EVENT_gazette-1_raids-20-26",
        "type": "raid",
        "type_id": 1,
        "mention": [{"id": "gazette-1_raids-20-26", "trigger_word": "raided", "offset": [20, 26]}],
        "argument": {"by": [{"entity_id": watch}], "where": [{"entity_id": quay}, {"entity_id": mill}], "about2": []},
    }
    assert denies["type_id"] == 2 and denies["argument"] == {
        "by": [{"entity_id": watch}],
        "where": [],
        "about2": [{"content": "raid", "offset": [80, 84]}],
    }
    assert made["entities"][0] == {
        "id": watch,
        "type": "who",
        "mention": [
            {"id": "gazette-1_who-8-17", "mention": "The Watch", "offset": [8, 17]},
            {"id": "gazette-1_who-38-40", "mention": "It", "offset": [38, 40]},
            {"id": "gazette-1_who-63-68", "mention": "Watch", "offset": [63, 68]},
        ],
    }
    assert made["undecided"] == [[8, 17], [27, 34], [27, 36], [80, 84], [85, 98]]
    assert account.lost == {"words": 1, "lean": 1, "sure": 1, "by": 1, "near": 1}


def test_an_article_as_brat_has_it_and_back(tmp_path):
    account = writers()["brat"].write([ONE], HARBOUR, tmp_path)
    lines = (tmp_path / "validation" / "gazette-1.ann").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line[0] != "T"] == [
        "E1\traids-raid:T2 by:T1 at-where:T3 at-where2:T5",
        "E2\traids-claim:T7 by:T6 at-about2_:E3",
        "E3\traids-raid:T8 at-where:T9",
        "#1\tAnnotatorNotes E1\tby=NEW:CREW",
        "A1\tsure E1 sure-yes",
        "R1\tnear-beside Arg1:T9 Arg2:T3",
    ]
    rules = (tmp_path / "annotation.conf").read_text().split("[events]\n")[1].splitlines()
    ends = "<ENTITY>|<EVENT>"
    assert rules[1] == f"raids-claim\tby*:who-W, at-where*:{ends}, at-about2_*:{ends}"
    assert account.lost == {"lean": 1} and account.derived == {"by": 2}
    (back,) = read_export("brat", tmp_path, HARBOUR)
    assert shape(back) == shape(replace(ONE, annotations=ANNOTATIONS[:-1]))


def shape(one: Document) -> Counter:
    """What the annotations say, without their ids."""
    spans = {item.id: (item.layer, item.label, item.start, item.end) for item in one.annotations if isinstance(item, Span)}
    rest = [item for item in one.annotations if not isinstance(item, Span)]
    ends = [(spans[item.of],) if isinstance(item, Choice) else (spans[item.head], spans[item.tail]) for item in rest]
    return Counter([*spans.values(), *((item.layer, item.label, *end) for item, end in zip(rest, ends, strict=True))])


@pytest.mark.parametrize("name", ["textee", "maven_arg"])
def test_a_codebook_without_events_is_refused_in_a_line(name, tmp_path):
    with pytest.raises(StandpointError, match=f"^{name} is a format of events, and the codebook has no layer of them") as error:
        writers()[name].write([], another_codebook(), tmp_path)
    assert "labels_from: actors" in error.value.hint and list(tmp_path.iterdir()) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(one=article())
def test_whatever_the_text_tokens_have_the_places_of_their_spans(tmp_path, one):
    (tmp_path / "articles.json").unlink(missing_ok=True)
    account = writers()["textee"].write([one], BOOK, tmp_path)
    carried: Counter[str] = Counter()
    for window in windows_of(tmp_path / "articles.json"):
        for mention, (start, end) in placed(window):
            assert one.text[start:end] == mention["text"] and mention["text"].strip() == mention["text"] != ""
        carried["answer"] += len(window["entity_mentions"])
        carried["crops"] += len(window["event_mentions"])
        carried["sold"] += sum(len(event["arguments"]) for event in window["event_mentions"])
    layers = Counter(item.layer for item in one.annotations)
    assert {layer: layers[layer] - account.lost[layer] for layer in ("answer", "crops", "sold")} == {
        layer: carried[layer] for layer in ("answer", "crops", "sold")
    }


def windows_of(path: Path) -> Iterator[dict]:
    """The windows of a file, as systems read them: mentions of entities by id, each argument by the id of its entity."""
    for line in path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else ():
        window = json.loads(line)
        entities = {entity["id"]: entity for entity in window["entity_mentions"]}
        assert len(entities) == len(window["entity_mentions"]) and window["tokens"]
        for event in window["event_mentions"]:
            for argument in event["arguments"]:
                entity = entities[argument["entity_id"]]
                assert [entity[key] for key in ("start", "end", "text")] == [argument[key] for key in ("start", "end", "text")]
        yield window


def placed(window: dict) -> Iterator[tuple[dict, tuple[int, int]]]:
    """Each mention and trigger with its place in the article, found by its tokens."""
    places, at = [], 0
    for token in window["tokens"]:
        start = window["text"].index(token, at)
        assert window["text"][at:start].strip() == ""
        at = start + len(token)
        places.append((window["start"] + start, window["start"] + at))
    assert window["text"][at:].strip() == ""
    for mention in [*window["entity_mentions"], *(event["trigger"] for event in window["event_mentions"])]:
        yield mention, (places[mention["start"]][0], places[mention["end"] - 1][1])


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> dict[str, Path]:
    """The project's own release in each format."""
    out = tmp_path_factory.mktemp("exports")
    for name in writers():
        result = CliRunner().invoke(main, ["export", str(RELEASE), "--format", name, "--out", str(out / name)])
        assert result.exit_code == 0, result.output
    return {name: out / name for name in writers()}


@pytest.fixture(scope="module")
def articles(exports) -> dict[str, Document]:
    return {one.id: one for one in read_export("jsonl", exports["jsonl"], open_release(RELEASE).schema.codebook)}


def table(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Layer -> annotations, carried, and derived, of LOSS.txt."""
    rows = list(csv.reader((folder / "LOSS.txt").read_text(encoding="utf-8").split("\n\n")[1].splitlines(), delimiter="\t"))
    assert rows[0] == ["layer", "annotations", "carried", "at a derived mention"]
    return {layer: (int(count), int(carried), int(derived)) for layer, count, carried, derived in rows[1:]}


def test_the_losses_of_each_export_add_up(exports, articles):
    counted = Counter(item.layer for one in articles.values() for item in one.annotations)
    for name, folder in exports.items():
        rows = table(folder)
        assert {layer: count for layer, (count, _, _) in rows.items() if count} == counted
        assert all(0 <= derived <= carried <= count for count, carried, derived in rows.values())
        complete = {layer for layer, (count, carried, _) in rows.items() if count == carried > 0}
        assert (complete == counted.keys()) == (name in ("jsonl", "spacy", "xmi"))
        assert {"actors", "events", "places"} <= complete


def test_each_export_says_how_much_nobody_has_decided(exports):
    count = sum(row["n_conflicts"] for _, row in open_release(RELEASE).rows("documents"))
    for folder in exports.values():
        assert (
            (folder / "LOSS.txt")
            .read_text(encoding="utf-8")
            .endswith(f"\n\n{count:,} conflicts are open: what annotators disagree about has no label.\n")
        )


def test_brat_s_configuration_allows_each_event_of_the_release(exports, articles):
    """As brat verifies it: types, roles without their numbers, what fills them, and how many may; attributes of events."""
    configuration = (exports["brat"] / "annotation.conf").read_text(encoding="utf-8")
    sections = dict(re.findall(r"\[(\w+)\]\n(.*?)\n\n", configuration + "\n", re.DOTALL))
    allowed: dict[str, dict[str, set[str]]] = {}
    for line in sections["events"].splitlines():
        event, _, roles = line.partition("\t")
        allowed[event] = {
            role.rstrip("*"): set(kinds.split("|")) for role, _, kinds in (one.partition(":") for one in roles.split(", "))
        }
        assert all(re.fullmatch(r"[\w-]*[A-Za-z_]\*:\S+", one) for one in roles.split(", "))
    entities = set(sections["entities"].splitlines())
    counted: Counter[str] = Counter()
    for path in nonempty(exports["brat"].glob("*/*.ann")):
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        kinds = {line[0]: line[1].split(" ")[0] for line in lines if line[0][0] == "T"}
        events = {line[0]: line[1].split(" ") for line in lines if line[0][0] == "E"}
        triggers = [one[0].partition(":")[2] for one in events.values()]
        assert len(set(triggers)) == len(triggers) and {name for name, kind in kinds.items() if kind in allowed} == set(triggers)
        assert set(kinds.values()) <= entities | allowed.keys() and not entities & allowed.keys()
        for (kind, _, trigger), *arguments in ([part.partition(":") for part in one] for one in events.values()):
            assert kinds[trigger] == kind
            counted["event"] += 1
            for role, _, filler in arguments:
                assert kinds[filler] in allowed[kind][role.rstrip("0123456789")]
                counted[role.rstrip("0123456789").partition("-")[0]] += 1
        counted["attribute"] += sum(line[0][0] == "A" and line[1].split(" ")[1] in events for line in lines)
    rows = table(exports["brat"])
    assert counted == {
        "event": rows["events"][1],
        "agent": rows["agent"][2],
        "target": rows["target"][2],
        "role": rows["role"][1],
        "attribute": rows["status"][1] + rows["source"][1],
    }


def spans_by_place(one: Document, *layers: str) -> set[tuple[int, int, str]]:
    return {(item.start, item.end, item.label) for item in one.annotations if isinstance(item, Span) and item.layer in layers}


def test_textee_has_all_events_and_mentions_of_the_release_at_their_places(exports, articles):
    rows, roles, seen, derived = table(exports["textee"]), Counter[str](), Counter[str](), 0
    events: dict[str, set] = {name: set() for name in articles}
    entities: dict[str, set] = {name: set() for name in articles}
    for split, file in zip(SPLITS, ("train.json", "dev.json", "test.json"), strict=True):
        for window in windows_of(exports["textee"] / file):
            one = articles[window["doc_id"]]
            assert window["split"] == split == one.split and window["lang"] == "en"
            assert one.text[window["start"] : window["end"]] == window["text"]
            seen[window["wnd_id"]] += 1
            types = {id(event["trigger"]): event["event_type"] for event in window["event_mentions"]}
            for mention, (start, end) in placed(window):
                assert one.text[start:end] == mention["text"]
                if "entity_type" in mention:
                    entities[one.id].add((start, end, mention.get("entity_id", mention["entity_type"])))
                else:
                    events[one.id].add((start, end, types[id(mention)]))
            arguments = [argument for event in window["event_mentions"] for argument in event["arguments"]]
            roles.update("derived" if argument.get("derived") else "marked" for argument in arguments)
            derived += sum(argument["role"] in ("agent", "target") for argument in arguments if argument.get("derived"))
    assert len(articles) == 28 and max(seen.values()) == 1
    assert events == {name: spans_by_place(one, "events") for name, one in articles.items()}
    assert entities == {name: spans_by_place(one, "actors", "places") for name, one in articles.items()}
    assert roles == {"marked": rows["role"][1], "derived": rows["agent"][2] + rows["target"][2]} and derived == roles["derived"]


def test_maven_arg_has_all_events_with_their_arguments(exports, articles):
    ids: Counter[str] = Counter()
    said_of: Counter[tuple[str, str, str]] = Counter()
    for split, file in zip(SPLITS, ("train.jsonl", "valid.jsonl", "test.jsonl"), strict=True):
        for line in (exports["maven_arg"] / file).read_text(encoding="utf-8").splitlines():
            made = json.loads(line)
            one = articles[made["id"]]
            assert made["split"] == split == one.split and made["document"] == one.text
            entities = {entity["id"]: entity for entity in made["entities"]}
            ids.update([*entities, *(event["id"] for event in made["events"])])
            mentions = [mention for each in (*made["entities"], *made["events"]) for mention in each["mention"]]
            ids.update(mention["id"] for mention in mentions)
            for mention in mentions:
                assert one.text[slice(*mention["offset"])] == mention.get("mention", mention.get("trigger_word"))
            found = {(*event["mention"][0]["offset"], event["type"]) for event in made["events"]}
            assert found == spans_by_place(one, "events")
            for event in made["events"]:
                for role, fillers in event["argument"].items():
                    for filler in fillers:
                        kind = entities[filler["entity_id"]]["type"]
                        said_of[role, "actor" if kind == "actors" else "place", one.id] += 1
    assert max(ids.values()) == 1
    rows = table(exports["maven_arg"])
    totals: Counter[tuple[str, str]] = Counter()
    for (role, kind, _), count in said_of.items():
        totals[role, kind] += count
    assert (totals["agent", "actor"], totals["target", "actor"]) == (rows["agent"][1], rows["target"][1])
    assert sum(count for (_, kind), count in totals.items() if kind == "place") == rows["role"][1] == rows["role"][0]


def test_conll_2003_is_read_by_spacy_with_the_spans_of_each_layer(exports, articles):
    spacy = pytest.importorskip("spacy")
    from spacy.training.converters import conll_ner_to_docs

    assert spacy.__version__
    with (exports["conll2003"] / "splits.tsv").open(encoding="utf-8") as file:
        splits = {row["id"]: row["split"] for row in csv.DictReader(file, delimiter="\t")}
    marked: Counter[str] = Counter()
    for layer, label in (("events", ""), ("places", ""), ("actors", "actors"), ("evidence", "evidence")):
        for split in SPLITS:
            text = (exports["conll2003"] / layer / f"{split}.conll").read_text(encoding="utf-8")
            assert {len(line.split(" ")) for line in text.splitlines() if line} == {4}
            docs = list(conll_ner_to_docs(text, n_sents=0, no_print=True))
            inside = [articles[name] for name in splits if splits[name] == split]  # the n-th document is the n-th row
            assert len(docs) == len(inside) > 3
            for doc, one in zip(docs, inside, strict=True):
                spans = sorted(spans_by_place(one, layer))
                expected = [("".join(one.text[start:end].split()), label or name) for start, end, name in spans]
                found = [ent for ent in doc.ents if ent.label_ != UNDECIDED]
                assert [("".join(token.text for token in ent), ent.label_) for ent in found] == expected
                # What is marked as undecided overlaps a span of an open conflict, and nothing else does.
                places = [
                    place for item in one.about["open_conflicts"] if item["layer"] == layer for place in places_in(item["place"])
                ]
                words = {word for start, end in places for word in TOKEN.findall(one.text[start:end])}
                tokens = [token.text for ent in doc.ents if ent.label_ == UNDECIDED for token in ent]
                assert all(any(word in token or token in word for word in words) for token in tokens)  # "convoy" of "convoy's"
                marked[layer] += sum(ent.label_ == UNDECIDED for ent in doc.ents)
            assert "Copyright" not in text and "Our correspondent" not in text  # nobody could annotate them
    assert all(marked[layer] > 9 for layer in ("events", "places", "actors", "evidence"))


def test_each_exported_article_says_its_split(exports, articles):
    wanted = {name: one.split for name, one in articles.items()}
    assert set(wanted.values()) == set(SPLITS)
    assert {path.stem: path.parent.name for path in exports["brat"].glob("*/*.ann")} == wanted
    lines = (exports["conll"] / "articles.conllup").read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# newdoc id = ")]
    assert {lines[at][len("# newdoc id = ") :]: lines[at + 1][len("# split = ") :] for at in starts} == wanted
    records = map(json.loads, (exports["doccano"] / "articles.jsonl").read_text(encoding="utf-8").splitlines())
    assert {record["article"]: record["split"] for record in records} == wanted
    cassis = pytest.importorskip("cassis")
    system = cassis.load_typesystem(exports["xmi"] / "TypeSystem.xml")
    for name, split in list(wanted.items())[::9]:
        cas = cassis.load_cas_from_xmi(exports["xmi"] / f"{name}.xmi", system)
        fields = cas.select("de.tudarmstadt.ukp.dkpro.core.api.metadata.type.MetaDataStringField")
        assert [(field.key, field.value) for field in fields] == [("split", split)]
