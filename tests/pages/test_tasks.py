"""What a task holds: actors with keys that mean one thing each, masks of the same length, suggestions only where they may be."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from another_codebook import another_codebook
from example import EXAMPLE
from news_articles import MANY, long_article
from standpoint.codebook.hotkeys import LIST_KEYS
from standpoint.codebook.kinds._items import NO_KEY, spare_slots
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Actor, Alias, Place, Registry
from standpoint.core.model import AnnotationSet, Article, Issue, Relation, Span, StandpointError, Zone
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.pages.label_config import label_config
from standpoint.pages.suggestions import has_suggestions
from standpoint.pages.task_json import DECODE_TASK, sha256
from standpoint.pages.tasks import make_task, sending_problems

TEXT = "Guns over Osterby\n\nBy Ana Réz\n\nThe Tarn Guard shelled Osterby on Friday. The guard denied it.\n\nGive to the Tarn Guard fund."
REGISTRY = Registry(
    version="0.0.1",
    actors=(
        Actor(id="act-000001", name="Tarn Guard", aliases=(Alias(text="the guard"),)),
        Actor(id="act-000002", name="Lake League"),
    ),
    places=(Place(id="plc-000001", name="Osterby"),),
)


@pytest.fixture(scope="module")
def codebook():
    return load_codebook(EXAMPLE.codebook)


@pytest.fixture(scope="module")
def article() -> Article:
    cuts = [0, *(TEXT.index(part) for part in ("By Ana", "The Tarn", "Give")), len(TEXT)]
    zones = tuple(
        Zone(name=name, start=cuts[i], end=cuts[i + 1]) for i, name in enumerate(("headline", "byline", "body", "donation"))
    )
    body = cuts[2], cuts[3]
    return Article(
        id=f"courier-2031-05-02-{sha256(TEXT)[:8]}",
        source="courier",
        publisher="The Courier",
        title="Guns over Osterby",
        licence="CC0-1.0",
        language="en",
        sha256=sha256(TEXT),
        text=TEXT,
        published="2031-05-02",
        zones=zones,
        sentences=((0, 17), (body[0], TEXT.index(" The guard")), (TEXT.index("The guard"), body[1] - 2)),
        annotated_until=body[1] - 2,
    )


def test_a_key_means_one_thing(codebook, article):
    data = make_task(article, "facts", codebook, REGISTRY)["data"]
    keys = [entry["hotkey"] for name in ("actors", "agents", "targets") for entry in data[name] if entry["hotkey"] != NO_KEY]
    fixed = [label.hotkey for layer in codebook.layers_of("facts") for label in layer.labels if label.hotkey]
    assert len({*keys, *fixed}) == len(keys) + len(fixed) and len(keys) == 3 * len(LIST_KEYS)
    assert [entry["alias"] for entry in data["actors"]] == ["act-000001", *spare_slots(20)]
    assert len({entry["background"] for entry in data["actors"]}) == 21  # a region shows by its colour which actor it is
    assert [entry["value"] for entry in data["actors"]][:3] == ["Tarn Guard", "new 1", "new 2"]


def test_a_pass_that_asks_about_each_actor_lists_all_that_are_mentioned(codebook):
    asked = make_task(long_article(codebook), "stance", codebook, MANY)["data"]["actors"]
    assert len(asked) == len(MANY.actors) == 40
    names = "".join(f"The {actor.name} left. " for actor in MANY.actors[:12]) + f"The {MANY.actors[11].name} slept."
    once = named_article(names)
    assert (
        [entry["alias"] for entry in make_task(once, "stance", codebook, MANY)["data"]["actors"]]
        == [
            MANY.actors[11].id,  # mentioned twice
            *(actor.id for actor in MANY.actors[:11]),
        ]
    )


def test_the_stance_pass_sees_neither_publisher_nor_byline_nor_boilerplate_and_offsets_stay(codebook, article):
    data = make_task(article, "stance", codebook, REGISTRY)["data"]
    assert article.source not in msgspec.json.encode(data).decode().lower() and "published" not in data
    assert len(data["text"]) == len(TEXT) and data["text"].count("\n") == TEXT.count("\n")
    assert "Ana" not in data["text"] and "Give" not in data["text"]
    assert data["text"][: TEXT.index("By Ana")] == TEXT[: TEXT.index("By Ana")]


def test_a_task_that_hides_the_publisher_is_found_by_its_key(codebook, article):
    task = make_task(article, "stance", codebook, REGISTRY) | {
        "id": 1,
        "annotations": [{"id": 1, "completed_by": 1, "result": []}],
    }
    whole = DECODE_TASK(msgspec.json.encode(task | {"predictions": []}))
    missing, found = AnnotationImporter(codebook, lambda account: ("a01", "human"), {article.sha256: article.id}).convert([whole])
    assert missing.code == "ACTOR-UNANSWERED" and "Tarn Guard" in missing.message
    assert (found.article_id, found.text_sha256) == (article.id, article.sha256)


def test_suggestions_are_of_mentions_places_and_dates_only_and_say_where_they_came_from(codebook, article):
    (suggestion,) = make_task(article, "facts", codebook, REGISTRY)["predictions"]
    found = {(item["from_name"], item["value"]["text"], item["meta"]["suggestion"]) for item in suggestion["result"]}
    assert found == {
        ("actors", "Tarn Guard", "registry"),
        ("actors", "guard", "registry"),
        ("places", "Osterby", "registry"),
        ("places", "Friday", "rule"),
    }
    assert make_task(article, "facts", codebook, REGISTRY, with_suggestions=False)["predictions"] == []
    assert make_task(article, "stance", codebook, REGISTRY)["predictions"] == []


NAMES = "Envoy Ilse Morn met the Tarn Guard and the Blue Lamp Council. Morn left."


def named_article(text: str = NAMES) -> Article:
    """An article that names three actors, two of which are in no registry."""
    digest, zones = sha256(text), (Zone(name="body", start=0, end=len(text)),)
    values = {"source": "courier", "publisher": "The Courier", "title": "", "licence": "CC0-1.0", "language": "en", "text": text}
    identity = f"courier-2031-05-02-{digest[:8]}"
    return Article(**values, id=identity, sha256=digest, published="2031-05-02", zones=zones, annotated_until=len(text))


def test_slots_have_guessed_names_and_articles_without_suggestions_have_blank_ones(codebook):
    task = make_task(named_article(), "facts", codebook, REGISTRY)
    assert [(one["alias"], one["value"]) for one in task["data"]["actors"]][:4] == [
        ("act-000001", "Tarn Guard"),
        ("NEW:1", "Ilse Morn"),
        ("NEW:2", "Blue Lamp Council"),
        ("NEW:3", "new 3"),
    ]
    assert len(task["data"]["actors"]) == 21
    items = task["predictions"][0]["result"]
    assert [(item["value"]["text"], item["value"]["labels"]) for item in items if item["from_name"] == "actors"] == [
        ("Ilse Morn", ["NEW:1"]),
        ("Tarn Guard", ["act-000001"]),
        ("Blue Lamp Council", ["NEW:2"]),
        ("Morn", ["NEW:1"]),
    ]
    assert {item["from_name"]: item["value"]["text"] for item in items if item["type"] == "textarea"} == {
        "new_actor_1": ["Ilse Morn"],
        "new_actor_2": ["Blue Lamp Council"],
    }
    sources = {tuple(item["value"]["labels"]): item["meta"]["suggestion"] for item in items if "labels" in item["value"]}
    assert sources == {("NEW:1",): "new_names: title", ("act-000001",): "registry", ("NEW:2",): "new_names: headword"}
    assert list(sending_problems("q", task, [], codebook)) == []
    blank = make_task(named_article(), "facts", codebook, REGISTRY, with_suggestions=False)
    assert [one["value"] for one in blank["data"]["actors"]][:3] == ["Tarn Guard", "new 1", "new 2"]


def answered(codebook, items: list[dict]) -> tuple[dict[str, str], dict]:
    """The names of the slots of a set that has these items, and what was counted."""
    one = named_article()
    task = make_task(one, "facts", codebook, REGISTRY) | {"id": 1, "annotations": [{"id": 1, "completed_by": 1, "result": items}]}
    importer = AnnotationImporter(codebook, lambda account: ("a01", "human"), {one.sha256: one.id})
    *_, found = importer.convert([DECODE_TASK(msgspec.json.encode(task | {"predictions": []}))])
    return {item.of: item.label for item in found.annotations if item.layer == "new_actor"}, importer.counts


def mention(words: str, slot: str) -> dict:
    start = NAMES.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [slot]}
    return {"id": f"{words}-{slot}", "from_name": "actors", "to_name": "text", "type": "labels", "value": value}


def name(slot: int, typed: str) -> dict:
    return {"id": str(slot), "from_name": f"new_actor_{slot}", "to_name": "text", "type": "textarea", "value": {"text": [typed]}}


MORN, COUNCIL = mention("Ilse Morn", "NEW:1"), mention("Blue Lamp Council", "NEW:2")


@pytest.mark.parametrize(
    "items, names, unused",
    [
        ([MORN, name(1, "Ilse Morn"), name(2, "Blue Lamp Council")], {"NEW:1": "Ilse Morn"}, 1),
        ([MORN, name(1, "Envoy Morn")], {"NEW:1": "Envoy Morn"}, 0),
        ([MORN, COUNCIL, name(2, "Blue Lamp Council")], {"NEW:1": "Ilse Morn", "NEW:2": "Blue Lamp Council"}, 0),
        ([name(1, "Somebody else")], {"NEW:1": "Somebody else"}, 0),  # typed by the annotator: check reports it
        ([name(5, "new 5")], {"NEW:5": "new 5"}, 0),
        ([mention("Morn", "NEW:3")], {"NEW:3": "Morn"}, 0),  # a blank slot without a name is called as it is mentioned
    ],
)
def test_a_guessed_name_counts_where_its_slot_is_used_and_only_there(codebook, items, names, unused):
    found, counts = answered(codebook, items)
    assert found == names
    assert counts["items unused"] == unused and counts["items"] == counts["items taken"] + unused == len(items)


def test_a_share_of_articles_gets_no_suggestions_and_it_is_always_the_same():
    ids = [f"courier-2031-05-02-{number:08x}" for number in range(2000)]
    assert 0.75 < sum(map(has_suggestions, ids)) / len(ids) < 0.85
    assert [has_suggestions(name) for name in ids] == [has_suggestions(name) for name in ids]


UNSAFE = {
    "TASK-SURROGATE": lambda task: task["data"].update(text=task["data"]["text"] + "\ud83d"),
    "TASK-NUL": lambda task: task["data"].update(text=task["data"]["text"] + "\0"),
    "REGION-LABEL": lambda task: task["predictions"][0]["result"][0]["value"].update(labels=["act-999999"]),
    "REGION-TWICE": lambda task: task["predictions"][0]["result"][1].update(id=task["predictions"][0]["result"][0]["id"]),
    "REGION-OFFSETS": lambda task: task["predictions"][0]["result"][0]["value"].update(end=9999),
    "RELATION-DANGLING": lambda task: task["predictions"][0]["result"].append(
        {"type": "relation", "from_id": "x", "to_id": "y", "direction": "right", "labels": ["place"]}
    ),
}


@pytest.mark.parametrize("code", UNSAFE)
def test_what_would_brick_a_task_or_a_project_is_refused_before_it_is_sent(code, codebook, article):
    task = msgspec.json.decode(msgspec.json.encode(make_task(article, "facts", codebook, REGISTRY)))
    assert list(sending_problems(article.id, task, [], codebook)) == []
    UNSAFE[code](task)
    assert code in [issue.code for issue in sending_problems(article.id, task, [], codebook)]


def test_the_toy_codebook_has_a_page_too():
    config = label_config(another_codebook(), "reading")
    assert 'name="crops"' in config and "<Relation " in config
    with pytest.raises(StandpointError, match="no pass 'facts'"):
        label_config(another_codebook(), "facts")


OURS = "The Tarn Guard's boats burned St. Ada's mill and a bridge in Osterby. It was the boats' last raid at St. Ada's.\nTARN GUARD'S ST. ADA'S"


def collected(codebook, *items: dict) -> tuple[list[Issue], AnnotationSet]:
    """What comes back of a page on which these were made."""
    registry = replace(REGISTRY, places=(*REGISTRY.places, Place(id="plc-000002", name="St. Ada's")))
    article = Article(
        id=f"courier-2031-05-03-{sha256(OURS)[:8]}",
        source="courier",
        publisher="The Courier",
        title="",
        licence="CC0-1.0",
        language="en",
        sha256=sha256(OURS),
        text=OURS,
        zones=(Zone(name="body", start=0, end=len(OURS)),),
        sentences=((0, OURS.index(" It was")), (OURS.index("It was"), len(OURS))),
        annotated_until=len(OURS),
    )
    work = {"id": 1, "completed_by": 1, "result": list(items)}
    task = make_task(article, "facts", codebook, registry, with_suggestions=False) | {"id": 1, "annotations": [work]}
    found = list(
        AnnotationImporter(codebook, lambda account: ("a01", "human_trained")).convert([DECODE_TASK(msgspec.json.encode(task))])
    )
    return found[:-1], found[-1]


def region(name: str, label: str, quote: str, identity: str) -> dict:
    start = OURS.index(quote)
    value = {"start": start, "end": start + len(quote), "text": quote, "labels": [label]}
    return {"id": identity, "from_name": name, "to_name": "text", "type": "labels", "value": value}


@pytest.mark.parametrize(
    ("marked", "taken"),
    [
        ("Tarn Guard's", "Tarn Guard"),
        ("TARN GUARD'S", "TARN GUARD"),
        ("ST. ADA'S", "ST. ADA'S"),
        ("Guard's boats", "Guard's boats"),
        ("boats'", "boats'"),
        ("St. Ada's", "St. Ada's"),
        ("mill", "mill"),
    ],
)
def test_the_possessive_that_a_page_of_whole_words_takes_along_is_cut_off_and_said_unless_it_is_part_of_a_name(
    codebook, marked, taken
):
    notes, one = collected(codebook, region("places", "OBJECT", marked, "r"))
    (span,) = (item for item in one.annotations if isinstance(item, Span))
    assert (span.quote, span.start) == (taken, OURS.index(marked)) and OURS[span.start : span.end] == taken
    assert [(note.code, note.level) for note in notes] == ([("REGION-POSSESSIVE", "note")] if marked != taken else [])


@pytest.mark.parametrize(
    ("layer", "quote", "given", "label"),
    [
        ("PLACE", "Osterby", [], "place"),
        ("TIME", "last raid", [], "time"),
        ("OBJECT", "bridge", [], "target"),
        ("OBJECT", "bridge", ["instrument"], "instrument"),
    ],
)
def test_an_arrow_without_a_label_is_named_as_its_end_or_as_the_layer_says(codebook, layer, quote, given, label):
    arrow = {"type": "relation", "from_id": "e", "to_id": "p", "direction": "right", "labels": given}
    notes, one = collected(codebook, region("events", "harm.destroy", "burned", "e"), region("places", layer, quote, "p"), arrow)
    assert notes == [] and [item.label for item in one.annotations if isinstance(item, Relation)] == [label]
