"""What nobody decided is neither right nor wrong: places that could not be annotated, and open conflicts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from datasets import Features
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as replace_struct
from test_scoring import (
    AGENT,
    ARMY,
    BOOK,
    MILL,
    NESTING,
    TEXT,
    choice,
    doc,
    evidence,
    mill,
    pair,
    relation,
    seized,
    shelled,
    span,
)

from example import EXAMPLE
from nonempty import nonempty
from standpoint.cli import main
from standpoint.core.model import Issue, Reporter, Span
from standpoint.dataset.export import ExportOptions, export_release
from standpoint.dataset.release_folder import checksums, open_release
from standpoint.dataset.schema import ANNOTATIONS
from standpoint.scoring.doc import Doc
from standpoint.scoring.predictions import read_predictions
from standpoint.scoring.scores import gold_of, score
from standpoint.scoring.undecided import annotatable

ROOT = Path(__file__).parent.parent.parent
RELEASE = EXAMPLE.root / "dataset" / "release"
SEIZED, SHELLED = (TEXT.index(word) for word in ("seized", "shelled"))
OLD_MILL = TEXT.index("old mill")


def gold_with(*items: dict, conflicts: list[tuple[str, str]] = (), parts: list[tuple[int, int]] | None = None) -> Doc:
    made = replace(doc(*items), conflicts=tuple(conflicts), parts=None if parts is None else tuple(parts))
    return annotatable(made)


def found(metric: str, gold: Doc, said: Doc, book=BOOK, **options: object):
    report = score({"q-1": gold}, {"q-1": said}, book, resamples=0, **options)
    (one,) = [one for one in report.scores if f"{one.layer} {one.metric}" == metric]
    return one


def extent(start: int, words: str) -> str:
    return f"[{start},{start + len(words)})"


OPEN_SHELLED = [("events", extent(SHELLED, "shelled"))]

# metric: (gold, its open conflicts, predictions, value, n, left out)
CASES = {
    "an undecided span": ("events F1 exact", [seized()], OPEN_SHELLED, [seized(), shelled()], 1.0, 1, 1),
    "with any label": ("events F1 exact", [seized()], OPEN_SHELLED, [seized(), shelled() | {"label": "harm.displace"}], 1.0, 1, 1),
    "and a span that overlaps it": ("events F1 exact", [seized()], OPEN_SHELLED, [seized(), span("x", "events", "harm.displace", "shelled the fort")], 1.0, 1, 1),
    "but none that overlaps gold too": ("events F1 exact", [seized()], OPEN_SHELLED, [span("x", "events", "territory.capture", TEXT[SEIZED : SHELLED + 7])], 0.0, 1, 0),
    "each extent of a conflict": ("events F1 exact", [seized()], [("events", f"{extent(OLD_MILL, 'old')} {extent(SHELLED, 'shelled')}")], [seized(), shelled()], 1.0, 1, 1),
    "no span of another layer": ("places F1 exact", [mill()], [("events", extent(OLD_MILL, "old mill"))], [mill(), mill("p2", OLD_MILL + 9)], 2 / 3, 1, 0),
    "what is about it": ("events F1 of arguments", [seized(), AGENT], OPEN_SHELLED, [seized(), AGENT, shelled(), choice("agent", ARMY, "e2")], 1.0, 1, 1),
    "a link to it": ("role F1 end to end", [seized()], [("places", extent(OLD_MILL, "old mill"))], [seized(), mill(), pair("place")], None, 0, 1),
    # m01 says that the army was the agent, m02 nobody: the answer is open, the event is not
    "an open answer about a span": ("events F1 of arguments", [seized(), shelled(), choice("agent", MILL, "e2")], [("agent", "e1")], [seized(), AGENT, shelled(), choice("agent", MILL, "e2")], 1.0, 1, 1),
    "but the part of it that all gave": ("agent F1 end to end", [seized(), AGENT], [("agent", "e1")], [seized(), choice("agent", MILL, "e1")], 0.0, 1, 1),
    "an open status": ("status F1 end to end", [seized(), shelled(), choice("status", "denied", "e1")], [("status", "e2")], [seized(), shelled(), choice("status", "denied", "e1"), choice("status", "denied", "e2")], 1.0, 1, 1),
    "an open status that is not predicted has no default either": ("status F1 end to end", [seized(), shelled(), choice("status", "denied", "e1")], [("status", "e2")], [seized(), shelled(), choice("status", "denied", "e1")], 1.0, 1, 0),
    "the open genre of the article": ("genre accuracy", [], [("genre", "")], [choice("genre", "report")], None, 0, 1),
    "a genre that nobody asked for": ("genre accuracy", [], [], [choice("genre", "report")], None, 0, 1),
    "an open link": ("role F1 end to end", [seized(), mill()], [("role", f"{extent(SEIZED, 'seized')}->{extent(OLD_MILL, 'old mill')}")], [seized(), mill(), pair("place")], None, 0, 1),
    "stance about an actor that the article's stances do not have": ("stance macro F1 of sides", [choice("stance", "-1", ARMY)], [], [choice("stance", "-1", ARMY), choice("stance", "0", MILL)], 1.0, 1, 1),
    "the words of an open conflict": ("evidence F1 of words", [evidence("seized the")], [("evidence", extent(OLD_MILL, "old mill"))], [span("v", "evidence", ARMY, "seized the old mill")], 1.0, 2, 0),
}  # fmt: skip
LAYER = {"role": "where"}  # the name of the relation in the toy codebook


@pytest.mark.parametrize("case", CASES)
def test_open_conflicts_worked_by_hand(case):
    metric, gold, conflicts, said, expected, n, left_out = CASES[case]
    layer, _, name = metric.partition(" ")
    conflicts = [(LAYER.get(one, one), where) for one, where in conflicts]
    one = found(f"{LAYER.get(layer, layer)} {name}", gold_with(*gold, conflicts=conflicts), doc(*said))
    assert (one.value, one.n, one.left_out) == (pytest.approx(expected) if expected is not None else None, n, left_out)


def test_of_given_spans_an_open_answer_is_compared_with_nothing():
    gold = gold_with(seized(), shelled(), choice("status", "denied", "e1"), conflicts=[("status", "e2")])
    said = doc(seized(), shelled(), choice("status", "denied", "e1"), choice("status", "asserted", "e2"))
    one = found("status accuracy", gold, said, given=["events"])
    assert (one.value, one.n, one.left_out) == (1.0, 1, 1)


def test_a_nested_span_of_an_open_conflict_is_not_wrong_for_overlapping_a_decided_one():
    outer = span("e3", "events", "territory.capture", "seized the old mill")
    gold = gold_with(seized(), conflicts=[("events", extent(SEIZED, "seized the old mill"))])
    assert found("events F1 exact", gold, doc(seized(), outer), NESTING).value == 1.0


ZONES = [(SEIZED - 9, SEIZED + 30)]


def test_what_is_where_nobody_could_annotate_is_left_out_of_both_sides():
    late = [shelled(), choice("status", "denied", "e2"), relation("where", "place", "e2", "p9"), mill("p9", SHELLED)]
    gold = gold_with(seized(), *late, parts=ZONES)
    assert [item.id for item in gold.annotations] == ["e1"]
    across = span("a1", "actors", ARMY, "Quay falls. The army")  # from a zone that is hidden into one that is not
    said = doc(seized(), AGENT, *late, span("a2", "actors", ARMY, "army"), across)
    assert (found("events F1 exact", gold, said).value, found("events F1 exact", gold, said).left_out) == (1.0, 1)
    assert (found("actors F1 exact", gold, said).precision, found("actors F1 exact", gold, said).left_out) == (0.0, 1)
    left_out = score({"q-1": gold}, {"q-1": said}, BOOK, resamples=0).left_out
    assert left_out == tuple((layer, "PRED-ZONE", 1) for layer in ("actors", "events", "places", "status", "where"))


# The release: its review scored these cases


@pytest.fixture(scope="module")
def gold():
    return gold_of(open_release(RELEASE), "test")


def test_made_up_spans_in_zones_leave_the_scores_where_they_were(gold):
    """32 actor spans in bylines, datelines and boilerplate took F1 of actors from 1.000 to .885."""
    docs, made = {}, 0
    for _, row in open_release(RELEASE).rows("documents", "test"):
        zones = [
            zone
            for zone in row["zones"]
            if zone["name"] not in gold.codebook.zones.annotatable and zone["end"] - zone["start"] > 4
        ]
        spans = [
            Span(id=f"made-{n}", layer="actors", label=ARMY, start=zone["start"], end=zone["start"] + 4, quote="")
            for n, zone in enumerate(zones)
        ]
        made += len(spans)
        docs[row["id"]] = replace(gold.docs[row["id"]], annotations=(*gold.docs[row["id"]].annotations, *spans))
    report = score(gold.docs, docs, gold.codebook, resamples=0)
    (exact,) = [one for one in report.scores if (one.layer, one.metric) == ("actors", "F1 exact")]
    assert made > 10 and (exact.value, exact.left_out) == (1.0, made)


def test_a_release_without_the_places_of_its_conflicts_is_scored_and_says_so(tmp_path):
    """Releases up to 0.3.0 do not have the column."""
    folder = tmp_path / "old"
    shutil.copytree(RELEASE, folder)
    for path in nonempty(folder.glob("documents/*.parquet")):
        table = pq.read_table(path).drop_columns("open_conflicts")
        columns = Features(
            {name: one for name, one in Features.from_arrow_schema(pq.read_schema(path)).items() if name in table.column_names}
        )
        pq.write_table(table.cast(columns.arrow_schema), path)
    (folder / "SHA256SUMS").write_text(checksums(folder))
    issues: list[Issue] = []
    old = gold_of(open_release(folder), "test", Reporter(issue=issues.append))
    assert not any(one.conflicts for one in old.docs.values())
    assert {(issue.code, issue.level) for issue in nonempty(issues)} == {("GOLD-CONFLICT", "note")}
    counts = export_release(folder, ExportOptions("textee", "test"), tmp_path / "out", Reporter())
    assert counts["open conflicts"] and "undecided" not in (tmp_path / "out" / "test.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("first", ["m01", "m02"])
def test_an_annotator_is_not_wrong_where_nobody_decided(first, gold, tmp_path):
    """Each annotator's own sets: where the two differ, nobody has decided. F1 of actors was .914 and of arguments .924."""
    of_article: dict[str, dict[tuple[str, str], dict]] = {}
    for _, row in nonempty(open_release(RELEASE).rows(ANNOTATIONS, "test")):
        of_article.setdefault(row["article_id"], {})[row["pass"], row["annotator"]] = row
    lines = [{"system": first, "seed": None, "single_model": True}]
    for article_id, sets in of_article.items():
        chosen = [sets.get((name, first)) or sets[name, "m04"] for name in dict.fromkeys(name for name, _ in sets)]
        items = [
            {"type": kind} | {name: one[name] for name in names} | ({"of": one["of"] or ""} if kind == "choice" else {})
            for row in chosen
            for kind, names in (
                ("span", ("id", "layer", "label", "start", "end")),
                ("choice", ("layer", "label")),
                ("relation", ("layer", "label", "head", "tail")),
            )
            for one in row[f"{kind}s"]
        ]
        lines.append({"article_id": article_id, "annotations": items})
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    _, docs, issues = read_predictions(path, gold.docs, gold.codebook, registry=gold.registry)
    assert not issues
    report = score(gold.docs, docs, gold.codebook, resamples=0)
    shares = [one for one in report.scores if not one.lower_is_better]
    assert {one.value for one in nonempty(shares)} == {1.0} and any(one.left_out for one in shares)
    assert {one.value for one in report.scores if one.lower_is_better} == {0.0}


def test_the_table_says_what_was_left_out_what_is_single_and_what_a_mean_is_over(tmp_path):
    path = tmp_path / "rules.jsonl"
    assert CliRunner().invoke(main, ["baseline", "rules", str(RELEASE), "--out", str(path)]).exit_code == 0
    result = CliRunner().invoke(main, ["score", str(RELEASE), str(path)])
    lines = {" ".join(line.split()[:4]): line for line in reversed(result.output.splitlines())}
    assert result.exit_code == 0 and "2 stories: no interval" in result.output
    assert "single  56%" in lines["events F1 exact 0.597"] and "single  57%" in lines["stance macro F1 of"]
    assert "left out 34" in lines["stance macro F1 of"] and "over 3 of 3 labels" in lines["stance macro F1 of"]
    assert "over one of 24 labels: harm.kill" in lines["events macro F1 exact"]
    assert "PRED-TARGET 34 prediction(s) of stance for which the reference has no answer are not scored" in result.output


def test_silence_is_no_evidence(gold):
    """One stance right with its evidence, and nothing else, had F1 1.000 of evidence, because only right sides counted."""
    docs = {}
    for name, one in gold.docs.items():
        chosen = next((span for span in one.spans.get("evidence", ())), None) if not docs else None
        answer = [item for item in one.annotations if chosen and (item is chosen or getattr(item, "of", "") == chosen.label)]
        docs[name] = Doc(name, annotations=tuple(answer))
    report = score(gold.docs, docs, gold.codebook, resamples=0)
    (words,) = [one for one in report.scores if (one.layer, one.metric) == ("evidence", "F1 of words")]
    everything = score(gold.docs, gold.docs, gold.codebook, resamples=0)
    (whole,) = [one for one in everything.scores if (one.layer, one.metric) == ("evidence", "F1 of words")]
    assert words.n == whole.n and words.precision == 1.0 and words.value < 0.5 < whole.value == 1.0


def test_a_second_type_on_each_trigger_lowers_no_looser_score_more(gold):
    """Overlaps were matched without regard to labels: 1.000 fell to .435 by overlap, and to .667 by extent and label."""
    names, docs = gold.codebook.by_name["events"].label_names, {}
    for name, one in gold.docs.items():
        others = [
            replace_struct(span, id=f"{span.id}-2", label=names[(names.index(span.label) + 1) % len(names)])
            for span in one.spans["events"]
        ]
        docs[name] = replace(one, annotations=(*one.annotations, *others))
    values = {f"{one.layer} {one.metric}": one.value for one in score(gold.docs, docs, gold.codebook, resamples=0).scores}
    assert (
        values["events F1 exact"] == values["events F1 overlap"] == values["events F1 exact, any label"] == pytest.approx(2 / 3)
    )
    assert values["events F1 of arguments"] == 1.0
    # Of given events, no label of a trigger says which answer counts.
    given = score(gold.docs, gold.docs, gold.codebook, resamples=0, given=["events"]).scores
    assert {one.value for one in nonempty(one for one in given if one.layer in ("status", "source"))} == {1.0}


# A looser score is never below a stricter one.

PLACES = st.tuples(st.integers(0, 5), st.integers(1, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
LABELS = st.sampled_from(["territory.capture", "territory.loss", "harm.displace"])
SPANS = st.lists(st.tuples(PLACES, LABELS), unique=True, max_size=6)


def of_spans(spans: list) -> Doc:
    items = [
        {"type": "span", "id": f"s{n}", "layer": "events", "label": label, "start": start, "end": end, "quote": TEXT[start:end]}
        for n, ((start, end), label) in enumerate(spans)
    ]
    return doc(*items, *(choice("agent", (ARMY, MILL)[n % 2], f"s{n}") for n in range(len(items))))


@settings(max_examples=150, deadline=None)
@given(SPANS, SPANS, st.lists(PLACES, max_size=2))
def test_labels_and_extents_aside_no_score_falls(one, other, undecided):
    conflicts = [("events", f"[{start},{end})") for start, end in undecided]
    gold = gold_with(conflicts=conflicts)
    gold = replace(of_spans(one), conflicts=gold.conflicts)
    values = {
        f"{item.layer} {item.metric}": item.value if item.value is not None else 0.0
        for item in score({"q-1": gold}, {"q-1": of_spans(other)}, NESTING, resamples=0).scores
    }
    for strict, looser in (
        ("events F1 exact", "events F1 exact, any label"),
        ("events F1 exact", "events F1 exact, groups"),
        ("events F1 exact", "events F1 overlap"),
        ("events F1 of arguments", "events F1 of arguments, any role"),
        ("events F1 of arguments", "events F1 of arguments, last word"),
        ("events F1 of arguments", "events F1 of arguments, unattached"),
    ):
        assert values[looser] >= values[strict] - 1e-12, (strict, looser)
