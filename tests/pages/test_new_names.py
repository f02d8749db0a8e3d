"""Names of new actors that are guessed from a text: by brackets, titles, headwords and repetition, and what is no name of one."""

from __future__ import annotations

import msgspec
import pytest

from example import EXAMPLE
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Registry
from standpoint.core.model import Article, sha256
from standpoint.pages.suggestions import new_names, suggestions
from standpoint.pages.suggestions._name_rules import guess
from standpoint.pages.suggestions.new_names import guessed

FOUND = {
    "an acronym in brackets, and later alone": (
        "The Free Harbour Front (FHF) sailed at dawn. The FHF denied it.",
        {"Free Harbour Front": ("acronym", ["Free Harbour Front", "FHF", "FHF"])},
    ),
    "the name in the brackets": (
        "Boats of the FHF (Free Harbour Front) sailed.",
        {"Free Harbour Front": ("acronym", ["FHF", "Free Harbour Front"])},
    ),
    "small words count for an acronym or not": (
        "The League of Tarn Elders (LTE) met the Union for the Oskel (UFO).",
        {
            "League of Tarn Elders": ("acronym", ["League of Tarn Elders", "LTE"]),
            "Union for the Oskel": ("acronym", ["Union for the Oskel", "UFO"]),
        },
    ),
    "a translated name, whose letters have another order": (
        "The Oskel National Liberation Front (ONFL) fired. The ONFL left.",
        {"Oskel National Liberation Front": ("acronym", ["Oskel National Liberation Front", "ONFL", "ONFL"])},
    ),
    "a title before a person, who is later named by the last name": (
        "In Sele, President Ilse Morn spoke. A crowd heard Morn, and Morn left.",
        {"Ilse Morn": ("title", ["Ilse Morn", "Morn", "Morn"])},
    ),
    "a rank with a dot, an initial": ("It was Gen. Orsk V. Tane who called.", {"Orsk V. Tane": ("title", ["Orsk V. Tane"])}),
    "a rank before one name": ("At noon Colonel Tane called.", {"Tane": ("title", ["Tane"])}),
    "an office of a country": (
        "the President of the Republic of Estonia Ilse Morn, and Secretary of State Orsk Tane.",
        {"Ilse Morn": ("title", ["Ilse Morn"]), "Orsk Tane": ("title", ["Orsk Tane"])},
    ),
    "a title in small letters after another actor's name": (
        "Tarn Guard spokeswoman Ilse Morn said no.",
        {"Tarn Guard": ("headword", ["Tarn Guard"]), "Ilse Morn": ("title", ["Ilse Morn"])},
    ),
    "a headword at the end": (
        "Men of the Lower Oskel Brigade came.",
        {"Lower Oskel Brigade": ("headword", ["Lower Oskel Brigade"])},
    ),
    "a headword with its purpose": (
        "the Oskel Observatory for Human Rights said.",
        {"Oskel Observatory for Human Rights": ("headword", ["Oskel Observatory for Human Rights"])},
    ),
    "a headword at the beginning": ("fighters of Jaish al-Oskel in Sele", {"Jaish al-Oskel": ("headword", ["Jaish al-Oskel"])}),
    "the members belong to the span": (
        "Tarn Guard fighters fled. A Tarn Guard militant group stayed, and so did Tarn Guard boats.",
        {"Tarn Guard": ("headword", ["Tarn Guard fighters", "Tarn Guard militant group", "Tarn Guard"])},
    ),
    "the modifiers before a name belong to the span": (
        "the Syrian Oskel Army and the Sele-based Tarn Guard.",
        {"Syrian Oskel Army": ("headword", ["Syrian Oskel Army"]), "Tarn Guard": ("headword", ["Sele-based Tarn Guard"])},
    ),
    "a headword alone, with a capital": (
        "The Oskel Coalition met. The Coalition rejected the plan.",
        {"Oskel Coalition": ("headword", ["Oskel Coalition", "Coalition"])},
    ),
    "a part of a longer name": (
        "The Sele Guard Command wrote. Later the Guard Command denied it.",
        {"Sele Guard Command": ("headword", ["Sele Guard Command", "Guard Command"])},
    ),
    "a state body after a nationality": (
        "The Syrian army and Syrian government forces met; the Syrian military is silent.",
        {
            "Syrian army": ("headword", ["Syrian army"]),
            "Syrian government forces": ("headword", ["Syrian government forces"]),
            "Syrian military": ("headword", ["Syrian military"]),
        },
    ),
    "a regime and its ruler": (
        "The Morn regime denied it. Morn spoke.",
        {"Morn regime": ("headword", ["Morn regime"]), "Morn": ("headword", ["Morn"])},
    ),
    "a name that is repeated and speaks": (
        "Velimir warned of a flood. Nobody answered Velimir.",
        {"Velimir": ("repeated", ["Velimir", "Velimir"])},
    ),
    "a name that is known everywhere": ("an appeal to the UN", {"UN": ("well known", ["UN"])}),
    "all in capitals": (
        "THE OSKEL LIBERATION FRONT (OLF) ATTACKED THE TARN GUARD, COLONEL ORSK TANE SAID. OLF UNITS FLED FROM TANE.",
        {
            "OSKEL LIBERATION FRONT": ("acronym", ["OSKEL LIBERATION FRONT", "OLF", "OLF UNITS"]),
            "TARN GUARD": ("headword", ["TARN GUARD"]),
            "ORSK TANE": ("title", ["ORSK TANE", "TANE"]),
        },
    ),
    "across a line break": ("the Tarn\nGuard. The Tarn Guard", {"Tarn Guard": ("headword", ["Tarn\nGuard", "Tarn Guard"])}),
    "without apostrophes, as some corpora are": (
        "Ilse left. Envoy Ilse Morn spoke on Morns behalf.",
        {"Ilse Morn": ("title", ["Ilse Morn", "Morns"])},
    ),
    "without an apostrophe, its members are a mention of their own": (
        "The Harbour Front fighters left. Old Harbour Fronts fighters left with Harbour Front advisers.",
        {"Harbour Front": ("headword", ["Harbour Front fighters", "Harbour Fronts", "Harbour Front advisers"])},
    ),
}
NOTHING = {
    "places": "Shells fell on Upper Sele and Upper Sele burned. In Oskel, Oskel said.",
    "a street, a river, a treaty": "It burned in Tarn Guard Street, on the Oskel River and after the Tarn Guard Treaty.",
    "an adjective made of a name": "the Tarn Guard-held quay",
    "brackets that are no acronym": "the Sele road (closed) and an old device (IED)",
    "a thing with a short name": "They found a TVB. The TVB burned.",
    "a military base": "a Syrian military base",
    "a ship": "the cruiser Admiral Tane, an Admiral Tane aircraft carrier",
    "months, days, beginnings of sentences": "Monday was calm. Monday came. However, May passed. However said.",
    "a headline in capitals": "Guns Fall Silent Over Quiet Harbour Front Today\n\nAll was calm.",
    "addresses": "write to https://Tarn.Guard/ or Guard@tarn.example",
    "a country": "President of the United Kingdom",
    "all in capitals": "A TECHNICAL INSTITUTE BURNED. THE NEW GOVERNMENT SPOKE TO SUPPORT TROOPS. MAJOR CRIMES WERE REPORTED.",
    "nothing": "",
}


def found(text: str, **more: object) -> dict[str, tuple[str, list[str]]]:
    return {one.name: (one.source, [text[start:end] for start, end in one.places]) for one in guess(text, **more)}


@pytest.mark.parametrize("case", FOUND)
def test_names_are_guessed_with_their_forms_and_mentions(case):
    text, expected = FOUND[case]
    assert found(text) == expected


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_name_of_an_actor_is_not_guessed(case):
    assert found(NOTHING[case]) == {}


def test_what_is_known_is_not_guessed_and_other_languages_have_only_brackets():
    text = "The Tarn Guard left. President Ilse Morn stayed."
    assert found(text, known=[(4, 14)]) == {"Ilse Morn": ("title", ["Ilse Morn"])}
    assert found(text, language="de") == {}
    assert found("Die Freie Hafenfront Oskel (FHO)", language="de") == {
        "Freie Hafenfront Oskel": ("acronym", ["Freie Hafenfront Oskel", "FHO"])
    }
    assert found(text, more=[("Guard left", "spacy"), ("Ilse Morn", "spacy")])["Ilse Morn"][0] == "title"


def test_names_stand_in_the_order_of_their_first_mentions():
    text = "Envoy Ilse Morn met the Tarn Guard (TG). The Oskel League did not."
    assert list(found(text)) == ["Ilse Morn", "Tarn Guard", "Oskel League"]


CODEBOOK = load_codebook(EXAMPLE.codebook)
REGISTRY = msgspec.convert({"version": "0.1.0", "actors": [{"id": "act-000001", "name": "Oskel League"}]}, Registry)


def article(text: str, **more: object) -> Article:
    values = {"id": "q-1", "source": "q", "publisher": "The Sele Post", "title": "", "licence": "CC0-1.0", "language": "en"}
    values |= {"sha256": sha256(text), "text": text, "zones": [{"name": "body", "start": 0, "end": len(text)}]}
    return msgspec.convert(values | {"annotated_until": len(text)} | more, Article)


def test_each_guessed_name_has_a_slot_and_the_registry_and_the_publisher_have_none():
    text = "The Oskel League met the Tarn Guard. Envoy Ilse Morn told The Sele Post Council of it. The Tarn Guard left."
    one = article(text)
    assert [name.name for name in guessed(one, CODEBOOK, REGISTRY)] == ["Tarn Guard", "Ilse Morn"]
    spans = [
        (item.span.quote, item.span.label, item.source, item.way)
        for item in suggestions(one, CODEBOOK.by_name["actors"], CODEBOOK, REGISTRY)
    ]
    assert spans == [
        ("Oskel League", "act-000001", "registry", "Oskel League"),
        ("Tarn Guard", "NEW:1", "new_names", "headword"),
        ("Ilse Morn", "NEW:2", "new_names", "title"),
        ("Tarn Guard", "NEW:1", "new_names", "headword"),
    ]
    grey = article(text, annotated_until=text.index("Envoy"))
    assert [name.name for name in guessed(grey, CODEBOOK, REGISTRY)] == ["Tarn Guard"]


def test_at_most_eight_of_twenty_slots_are_guessed_the_most_mentioned_so_that_twelve_stay_free():
    groups = [f"{letter}arn Guard" for letter in "BCDFGHJKLM"]
    text = " and ".join(f"the {group}" for group in [*groups, *groups[2:]]) + "."
    assert [name.name for name in guessed(article(text), CODEBOOK, REGISTRY)] == groups[2:]


def test_a_rule_that_is_switched_off_names_no_slot():
    one = article("The Tarn Guard met Envoy Ilse Morn.")
    off = msgspec.structs.replace(REGISTRY, off=frozenset({("new_names", "actors", "NEW:", "headword")}))
    assert [name.name for name in guessed(one, CODEBOOK, off)] == ["Ilse Morn"]
    (span,) = suggestions(one, CODEBOOK.by_name["actors"], CODEBOOK, off)
    assert (span.span.quote, span.span.label) == ("Ilse Morn", "NEW:1")


@pytest.fixture
def pipeline(tmp_path, monkeypatch):
    """A pipeline of spaCy that is installed, with the labels that a test gives."""
    pytest.importorskip("spacy")
    (tmp_path / "en_quay_sm-1.0.dist-info").mkdir()
    (tmp_path / "en_quay_sm-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: en_quay_sm\nVersion: 1.0\n")
    (tmp_path / "en_quay_sm-1.0.dist-info" / "entry_points.txt").write_text("[spacy_models]\nen_quay_sm = en_quay_sm\n")
    (tmp_path / "en_quay_sm.py").write_text(
        "import spacy\n\n\ndef load(**options):\n    pipeline = spacy.blank('en')\n    ruler = pipeline.add_pipe('entity_ruler')\n"
        "    ruler.add_patterns([{'label': 'ORG', 'pattern': 'Blue Lamp'}, {'label': 'NORP', 'pattern': 'Tarnish'},\n"
        "                        {'label': 'GPE', 'pattern': 'Upper Sele'}, {'label': 'PERSON', 'pattern': 'Morn'}])\n"
        "    return pipeline\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    new_names._pipeline.cache_clear()
    new_names._guessed.cache_clear()
    yield
    new_names._pipeline.cache_clear()
    new_names._guessed.cache_clear()


def test_a_pipeline_of_spacy_that_is_installed_adds_organisations_and_people(pipeline):
    text = "Blue Lamp left Upper Sele. The Tarnish Blue Lamp boat met Morn."
    (name,) = guessed(article(text), CODEBOOK, REGISTRY)  # one word that occurs once is too little
    assert (name.name, name.source, [text[slice(*place)] for place in name.places]) == ("Blue Lamp", "spacy", ["Blue Lamp"] * 2)


def test_without_a_pipeline_for_the_language_spacy_is_not_loaded():
    assert new_names.entities("Blue Lamp", "xx") == []
