"""Suggestions: what the registry and the rules find, what becomes of each in an annotator's hands, and how good they are."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from browser import drag, open_task, page_of, press, submit
from example import EXAMPLE
from nonempty import nonempty
from page_annotator import key_of
from standpoint.cli.render import suggestion_score_lines
from standpoint.codebook.kinds._items import NO_KEY, Item
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.core.corpus import read_articles
from standpoint.core.files import plug_ins
from standpoint.core.model import AdjudicatedSet, Article, Conflict, Reporter, Span, sha256
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.labelstudio.import_annotations import AnnotationImporter, suggestion_outcomes
from standpoint.pages import suggestions
from standpoint.pages.label_config import label_config
from standpoint.pages.suggestions import Suggested
from standpoint.pages.task_json import DECODE_TASK
from standpoint.pages.tasks import make_task
from standpoint.scoring import suggestion_scores
from standpoint.scoring.suggestion_scores import SuggestionScore, Tally
from standpoint.server.accounts import ensure_accounts as accounts
from standpoint.server.accounts import password_of

ENTRIES = [
    {
        "id": "act-000001",
        "name": "Free Harbour Front",
        "aliases": [{"text": "harbour fighter", "kind": "descriptor"}, {"text": "the rebels", "kind": "descriptor"}],
    },
    {"id": "act-000002", "name": "Tarn Guard", "aliases": [{"text": "Guard", "kind": "name"}]},
    {"id": "act-000003", "name": "Guard of the Tarn Coast"},
]
REGISTRY = msgspec.convert({"version": "0.1.0", "actors": ENTRIES, "places": [{"id": "pl-1", "name": "Osterby"}]}, Registry)
FRONT, GUARD, COAST = "act-000001", "act-000002", "act-000003"

FOUND = {
    "possessive": ("Osterby's quay and the Guard’s boats", [("Osterby", "pl-1"), ("Guard", GUARD)]),
    "plural of a description": ("Two harbour fighters waved.", [("harbour fighters", FRONT)]),
    "capital at the beginning": ("Harbour fighters waved.", [("Harbour fighters", FRONT)]),
    "a definite description has no other number": ("the rebel waved, the rebels left", [("rebels", FRONT)]),
    "longest first": (
        "the Guard of the Tarn Coast and the Tarn Guard",
        [("Guard of the Tarn Coast", COAST), ("Tarn Guard", GUARD)],
    ),
    "an acronym that the text introduces": (
        "The Free Harbour Front (FHF) sailed. The FHF's boats",
        [("Free Harbour Front", FRONT), ("FHF", FRONT), ("FHF", FRONT)],
    ),
    "with points and quotation marks": (
        "Guard of the Tarn Coast (“G.T.C.”) sailed; G.T.C. left",
        [("Guard of the Tarn Coast", COAST), ("G.T.C.", COAST), ("G.T.C.", COAST)],
    ),
    "brackets that are no acronym": (
        "The Tarn Guard (XYZ) left. XYZ stayed. The Tarn Guard (Osterby)",
        [("Tarn Guard", GUARD), ("Tarn Guard", GUARD), ("Osterby", "pl-1")],
    ),
    "not introduced": ("The FHF sailed.", []),
    "not in addresses": (
        "https://x.example/Osterby/Guard www.Osterby.example Guard@Osterby.example x.example/Tarn Guard",
        [("Guard", GUARD)],
    ),
    "not in words": ("Guardian, Osterbyer, pre-Osterby", []),
    "emoji and Arabic beside it": ("😀Osterby، الحرس Guard", [("Osterby", "pl-1"), ("Guard", GUARD)]),
}


@pytest.mark.parametrize("case", FOUND)
def test_names_are_found_as_they_stand_in_text(case):
    text, expected = FOUND[case]
    assert [(text[one.start : one.end], one.id) for one, _ in REGISTRY.mentions(text)] == expected


@given(
    st.lists(
        st.sampled_from(["Free Harbour Front (FHF)", "FHF", "Tarn Guard", "😀", "\n", "harbour fighters", "é", "Osterby", "x"]),
        max_size=12,
    )
)
@example(["Tarn Guard", "x", "Free Harbour Front (FHF)", "FHF", "Osterby"])
def test_mentions_are_in_order_and_do_not_overlap(words):
    text = " ".join(words)
    found = [one for one, _ in REGISTRY.mentions(text)]
    assert [one.id for one in found].count("pl-1") == words.count("Osterby")
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert all(text[one.start : one.end].strip() for one in found)


def article(text: str = "The Tarn Guard took Osterby on Friday.") -> Article:
    zones = [{"name": "body", "start": 0, "end": len(text)}]
    values = {
        "id": "q-1",
        "source": "q",
        "publisher": "Q",
        "title": "",
        "licence": "CC0-1.0",
        "language": "en",
        "sha256": "0" * 64,
        "text": text,
    }
    return msgspec.convert(values | {"zones": zones, "annotated_until": len(text)}, Article)


def digested(one: Article) -> Article:
    """The article under the id and with the digest that its text gives."""
    digest = sha256(one.text)
    return msgspec.structs.replace(one, id=f"q-2031-05-02-{digest[:8]}", sha256=digest)


def test_a_source_is_a_module_and_nothing_else_is_needed(tmp_path, monkeypatch):
    (tmp_path / "oracle.py").write_text(
        '"""Says that all is a place."""\ndef suggest(article, layer, codebook, registry, annotated):\n    yield 0, 3, "PLACE"\n'
    )
    monkeypatch.setattr(suggestions, "__path__", [*suggestions.__path__, str(tmp_path)])
    plug_ins.cache_clear()
    codebook, _ = open_codebook(EXAMPLE)
    layer = codebook.by_name["places"]
    found = [(one.span.quote, one.source) for one in suggestions.suggestions(article(), layer, codebook, REGISTRY)]
    plug_ins.cache_clear()
    assert found == [("The", "oracle"), ("Osterby", "registry"), ("Friday", "rule")]


def test_only_span_layers_that_ask_for_them_get_suggestions():
    codebook, _ = open_codebook(EXAMPLE)
    for layer in nonempty(codebook.layers):
        found = list(suggestions.suggestions(article(), layer, codebook, REGISTRY))
        assert bool(found) == (layer.name in ("actors", "places"))
    assert {layer.name for layer in codebook.layers if layer.suggestions}.isdisjoint({"status", "source", "stance", "evidence"})


def suggestion(name: str, start: int, end: int, label: str = "PLACE", **more: object) -> dict:
    return {
        "id": name,
        "from_name": "places",
        "to_name": "text",
        "type": "labels",
        "value": {"start": start, "end": end, "labels": [label]},
        **more,
    }


def told(predictions: list, items: list[dict], begun_from: int | None = 7) -> list[tuple[str, str]]:
    raws = [msgspec.Raw(msgspec.json.encode(one)) for one in predictions]
    return [(one.source, one.outcome) for one in suggestion_outcomes(raws, begun_from, msgspec.convert(items, list[Item]))]


def test_what_became_of_each_suggestion():
    meta = {"meta": {"suggestion": "rule"}}
    offered = [
        suggestion("a", 0, 3, **meta),
        suggestion("b", 4, 8, **meta),
        suggestion("c", 9, 12, **meta),
        suggestion("d", 13, 15, **meta),
    ]
    kept = [suggestion("a", 0, 3), suggestion("b", 4, 7), suggestion("c", 9, 12, "TIME"), suggestion("own", 13, 15)]
    expected = [("rule", "accepted"), ("rule", "edited"), ("rule", "edited"), ("rule", "rejected")]
    assert told([{"id": 7, "result": offered}], kept) == expected
    assert told([{"id": 7, "result": offered}, {"id": 8, "result": []}], kept, begun_from=8) == []
    assert told([7], kept) == []  # an export that gives predictions as bare ids
    assert told([{"id": 7, "result": [{"id": "x", "type": "choices", "value": {"choices": ["y"]}}]}], kept) == []


def test_scores_worked_by_hand():
    layers = [{"name": "places", "kind": "span", "suggestions": True, "labels": [{"name": "PLACE"}, {"name": "TIME"}]}]
    from standpoint.codebook.types import Codebook

    codebook = msgspec.convert(
        {"title": "t", "version": "0.1.0", "passes": [{"name": "p", "layers": ["places"]}], "layers": layers}, Codebook
    )

    def span(name: str, label: str, start: int, end: int) -> Span:
        return Span(id=f"rule-{name}", layer="places", label=label, start=start, end=end, quote="x")

    adjudicated = AdjudicatedSet(
        article_id="q-1", tier="silver", codebook_version="0.1.0", annotators=("m01",), text_sha256="0" * 64,
        annotations=(span("1", "PLACE", 0, 3), span("2", "PLACE", 5, 8), span("3", "TIME", 10, 12)),
        conflicts=(Conflict(layer="places", where="[20,25)", readings={"m01": "x", "m02": ""}),),
    )  # fmt: skip
    spans = [span("a", "PLACE", 0, 3), span("b", "PLACE", 10, 12), span("c", "PLACE", 14, 15), span("d", "PLACE", 22, 24)]
    tally = Tally(codebook)
    tally.add_adjudicated([Suggested(one, "rule", "") for one in spans], adjudicated)
    (row,) = tally.scores()
    # Of three suggestions (the fourth lies in a conflict) one is right, one has a wrong label; of two places one was found.
    assert row == SuggestionScore("rule", "places", "PLACE", 3, 2, 1, 2, 0, 0, 0) and (row.precision, row.recall) == (
        1 / 3,
        1 / 2,
    )
    assert list(Tally(codebook).scores()) == []


def test_the_project_s_own_suggestions_are_scored_and_the_control_share_is_told():
    project = EXAMPLE
    found = suggestion_scores.score_suggestions(project, Reporter())
    sources = {("new_names", "actors"), ("registry", "actors"), ("registry", "places"), ("rule", "places")}
    assert {(row.source, row.layer) for row in found.rows} == sources
    assert all(0 < row.precision <= 1 and 0 < row.recall <= 1 for row in nonempty(found.rows))
    assert found.tiers == ("silver",) and 0 < found.control < found.articles == len(list(read_articles(project)))
    assert any("silver: machines made" in line for line in suggestion_score_lines(found))


@pytest.mark.server
@pytest.mark.browser
def test_in_a_real_browser_a_suggestion_is_kept_one_deleted_and_the_set_says_so(label_studio, tmp_path):
    codebook, _ = open_codebook(EXAMPLE)
    one = article()
    accounts(label_studio, ["dr1"])
    client = client_module.connect(label_studio.url, label_studio.token)
    number = client_module.ensure_project(client, "suggestions facts dr1", label_config(codebook, "facts"))
    task = make_task(one, "facts", codebook, REGISTRY)
    task["data"]["text_sha256"] = one.sha256
    push.push_tasks(client, number, [task])
    (there,) = list(pull.pull_tasks(client, number, tmp_path / "before"))
    with page_of(label_studio.url, "dr1@standpoint.invalid", password_of(label_studio, "dr1")) as page:
        open_task(page, label_studio.url, number, there["id"])
        page.locator(".htx-highlight").first.click()
        press(page, "Backspace", "Escape")
        submit(page)
    (done,) = list(pull.pull_tasks(client, number, tmp_path / "after"))
    importer = AnnotationImporter(
        codebook, lambda account: ("dr1", "human_trained"), {one.sha256: one.id, task["data"]["shown_sha256"]: one.id}
    )
    (found,) = [item for item in importer.convert([DECODE_TASK(msgspec.json.encode(done))]) if not hasattr(item, "code")]
    assert found.assistance == "rule_suggestion"
    outcome = {(item.source, item.label): item.outcome for item in found.suggestions}
    assert outcome == {("registry", GUARD): "rejected", ("registry", "PLACE"): "accepted", ("rule", "TIME"): "accepted"}


NEWCOMERS = [f"{letter}orl" for letter in "BCDFGHJKLMPQT"]


@pytest.fixture
def annotate(label_studio, tmp_path):
    """A function that lets ``work`` be done on a task's page, and gives what was submitted and its annotation set."""
    codebook, _ = open_codebook(EXAMPLE)
    accounts(label_studio, ["dr2"])
    client = client_module.connect(label_studio.url, label_studio.token)

    def annotated(title: str, one: Article, work, **options):
        number = client_module.ensure_project(client, f"{title} facts dr2", label_config(codebook, "facts"))
        task = make_task(one, "facts", codebook, Registry(version="0.1.0"), **options)
        push.push_tasks(client, number, [task])
        (there,) = list(pull.pull_tasks(client, number, tmp_path / "before"))
        with page_of(label_studio.url, "dr2@standpoint.invalid", password_of(label_studio, "dr2")) as page:
            open_task(page, label_studio.url, number, there["id"])
            work(page, [key_of(entry["hotkey"]) for entry in task["data"]["actors"] if entry["hotkey"] != NO_KEY])
            submit(page)
        (done,) = list(pull.pull_tasks(client, number, tmp_path / "after"))
        importer = AnnotationImporter(codebook, lambda account: ("dr2", "human_trained"), {one.sha256: one.id})
        (found,) = importer.convert([DECODE_TASK(msgspec.json.encode(done))])
        return done["annotations"][0]["result"], found, importer.counts

    return annotated


def names_in(found) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The mentions of actors with their slots, and the names of the slots."""
    spans = [(item.quote, item.label) for item in found.annotations if item.layer == "actors"]
    return spans, {item.of: item.label for item in found.annotations if item.layer == "new_actor"}


@pytest.mark.server
@pytest.mark.browser
def test_in_a_real_browser_guessed_names_are_kept_changed_and_left(annotate):
    text = "Envoy Ilse Morn met the Tarn Guard. The Blue Lamp Council met Orsk Tane."
    one = digested(article(text))

    def work(page, keys):
        assert [" ".join(name.split()) for name in page.locator(".sp-slot").all_inner_texts()][:4] == [
            "1 Ilse Morn", "2 Tarn Guard", "3 Blue Lamp Council", "4",
        ]  # fmt: skip
        page.locator(".htx-highlight").first.click()
        press(page, "Backspace", "Escape")  # the envoy is no actor
        press(page, keys[3])
        drag(page, text.index("Orsk"), len(text) - 1)
        press(page, "Escape")
        page.locator("[placeholder='new 4']").fill("General Orsk Tane")

    result, found, counts = annotate("guessed names", one, work)
    assert {item["from_name"]: item["value"]["text"] for item in result if item["type"] == "textarea"} == {
        "new_actor_1": ["Ilse Morn"],
        "new_actor_2": ["Tarn Guard"],
        "new_actor_3": ["Blue Lamp Council"],
        "new_actor_4": ["General Orsk Tane"],
    }
    spans, names = names_in(found)
    assert spans == [("Tarn Guard", "NEW:2"), ("Blue Lamp Council", "NEW:3"), ("Orsk Tane", "NEW:4")]
    assert names == {"NEW:2": "Tarn Guard", "NEW:3": "Blue Lamp Council", "NEW:4": "General Orsk Tane"}
    assert [(item.source, item.outcome) for item in found.suggestions] == [
        ("new_names: title", "rejected"),
        ("new_names: headword", "accepted"),
        ("new_names: headword", "accepted"),
    ]
    assert counts["items"] == counts["items taken"] + 1 and counts["items unused"] == 1


@pytest.mark.server
@pytest.mark.browser
def test_in_a_real_browser_thirteen_new_actors_are_marked_and_named_from_the_keyboard(annotate):
    text = f"There came {', '.join(NEWCOMERS)}."

    def work(page, keys):
        assert len(keys) == 19
        for name, key in zip(NEWCOMERS, keys, strict=False):
            press(page, key)
            drag(page, text.index(name), text.index(name) + len(name))
            press(page, "Escape")
        page.locator("[placeholder='new 1']").click()
        for name in NEWCOMERS:
            page.keyboard.type(f"{name} of the quay")
            press(page, "Tab")

    _, found, _ = annotate("thirteen names", digested(article(text)), work, with_suggestions=False)
    spans, names = names_in(found)
    assert spans == [(name, f"NEW:{number}") for number, name in enumerate(NEWCOMERS, 1)]
    assert names == {f"NEW:{number}": f"{name} of the quay" for number, name in enumerate(NEWCOMERS, 1)}
