"""Every question that real texts asked about the guide has a ruling, which its page shows and section 13 links."""

from __future__ import annotations

import pytest

from example import EXAMPLE
from standpoint.guide.guide import open_book

PROJECT = EXAMPLE
RULINGS = open_book(PROJECT).rulings

# question: the names of the rulings that answer it
ASKED = {
    # two readings of six real texts
    "reopen a road, break the siege, remains closed, roadblocks": "closed-roads siege-goes-on siege-ends",
    "fighters from X and Y": "several-groups",
    "adjectives and owners before an event or a thing": "owners-before-things modifier-fills-a-role owner-of-a-target",
    "support, assist, advise, defeat, campaign to, work with": "support advisers war-as-an-aim operation-to",
    "bare strikes; targeted a car, firing on any vehicle": "bare-strikes fire-on-vehicles",
    "advance without a word of contact; broke defence lines": "advance defence-lines participles",
    "a fragment without a verb": "fragments",
    "stacked cues of status": "stacked-cues conditions rejected-proposals enable-and-try reach-of-speech",
    "foil a raid, failed bid, unsuccessfully launched": "foiled-and-failed",
    "outlets that spread rumours; monitors as source": "rumours monitors observers",
    "a phrase that covers two": "cue-for-two owners-before-things",
    "how many cues make a 2; loaded names in reported speech": "how-many-cues strong-and-mild loaded-names-in-speech",
    "a release that quotes its commander; the first person": "own-commander first-person",
    "one army or several; militants here and there; a branch": "one-army same-militants parent-and-branch",
    "scraped text, capitals, brackets, quotation marks": "scraped-lines marks-in-names lost-hyphens",
    "a vehicle that attacks and is hit; a unit as a place": "vehicle-attacks-and-is-hit unit-as-place named-by-occupation",
    "event nouns as modifiers; an agent elsewhere; killed in": "event-before-a-noun agent-of-a-noun killed-in killed-during",
    # kinds of text
    "lists of incidents": "lists-of-incidents",
    "casualty tolls": "counted-victims destroyed-people",
    "official titles": "titles-of-office appositions",
    "radio transcripts": "transcripts",
    # readers of the generated prompt
    "aliases of the list, wide entries, civilians who are not listed": "wide-entries",
    "bystanders and witnesses": "named-by-occupation",
    "so-called and heroic before a name": "words-before-a-name",
    "appositions and predicate nouns": "appositions",
    "a column of refugees, a member of": "containers",
    "the enemy, our side, a town that fights, this newspaper": "who-is-meant",
    "aid that is let in, blocked or attacked": "aid-words fire-on-vehicles",
    "held their fire, took control, came under attack": "light-verbs",
    "pushed back, cleaned out, came out, laid their arms down": "pushed-back cleared-areas",
    "entered a town": "entered",
    "an attack that refers back": "refers-back",
    "requests, must, warned not to, threatened": "requests",
    "what has no type": "no-type",
    "a building that is hit or attacked": "building-or-place",
    "places, times and targets of two events": "shared-roles larger-places",
    "durations and edges of a time": "times times-with-places",
    "a rocket attack": "modifier-fills-a-role",
    "orders that were carried out; could leave if; any attack": "orders-carried-out",
    "denied rumours, suspected, expected": "verbs-of-saying thought-to-have",
    "strong and mild cues": "strong-and-mild",
    "a loaded noun in a headline": "headline-cues",
}


@pytest.mark.parametrize("question", ASKED)
def test_a_question_of_real_texts_has_a_ruling_where_an_annotator_looks(question):
    links = (PROJECT.guidelines / "13-faq.md").read_text(encoding="utf-8")
    for name in ASKED[question].split():
        ruling = RULINGS[name]
        assert f"<!-- guide: ruling {name} -->" in (PROJECT.guidelines / f"{ruling.page}.md").read_text(encoding="utf-8")
        assert f"- [{ruling.question}](" in links
