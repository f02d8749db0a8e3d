"""Zones of a whole article, and paragraphs of news that look like boilerplate by a word and are not."""

from __future__ import annotations

import re
import time
import tomllib
from importlib.resources import files

import msgspec
import pytest

from ingest_samples import BODY, COURIER, read, zones_of
from nonempty import nonempty
from standpoint.ingest.article import article_of, sentences
from standpoint.ingest.metadata import inline_dateline
from standpoint.ingest.readers._raw import Block, Raw
from standpoint.ingest.zones import ANNOTATABLE, rules, zone_names

REPUBLISHED = """# The Fall of the Salt Gate

By [Tern Dispatch](#)

The Harbour Courier, March 14, 2031  
[Tern Dispatch](#) 12 March 2031

Region: [Lower Veld](#)

Theme: [Sieges](#), [Dockers](#)

*A week of fighting over the gate has ended, and nobody agrees on who has won it.*

The Army of Veld entered the Salt Gate on Monday, and its engineers began to clear the road.

The dockers support the truce, their council said, and asked the towns to share what they have.

[Read also: Dockers vow to fight on](https://courier.example/2)

On 9 March both sides had signed a truce.

*If you like our work, please support the project: [desk@tern.example](mailto:desk@tern.example) or <https://tern.example/donate>*

The original source of this article is [Tern Dispatch](#)  
Copyright © [Tern Dispatch](#), 2031

---

[Comment on our articles on our Facebook page](#)

**Disclaimer:** The contents of this article are of sole responsibility of the author.

For press inquiries: [desk@courier.example](mailto:desk@courier.example)
"""


def test_a_republished_article_with_all_its_boilerplate(tmp_path):
    (tmp_path / "a.txt").write_text(REPUBLISHED)
    (article,), _, _ = read(tmp_path)
    assert [name for name, _ in zones_of(article)] == [
        "headline", "byline", "dateline", "metadata", "standfirst", "body", "boilerplate", "body", "donation", "copyright",
        "boilerplate",
    ]  # fmt: skip
    assert (article.publisher, article.published) == ("The Harbour Courier", "2031-03-14")
    assert (article.original_publisher, article.original_published) == ("Tern Dispatch", "2031-03-12")
    assert article.metadata == {"region": "Lower Veld", "theme": "Sieges, Dockers"}
    assert article.byline == "Tern Dispatch" and "@" not in article.text and "](" not in article.text


def test_zones_partition_the_text(tmp_path):
    (tmp_path / "a.txt").write_text(REPUBLISHED)
    (article,), _, _ = read(tmp_path)
    assert "".join(article.text[zone.start : zone.end] for zone in article.zones) == article.text
    assert all(
        one.end == other.start and one.name != other.name
        for one, other in nonempty(zip(article.zones, article.zones[1:], strict=False))
    )


NEWS = [
    "Turkey-sized Veld pledged to support our allies, the minister said, and to donate blood to the field hospitals.",
    "“If you can, please donate blood, our hospitals need your help,” the mayor said on Monday.",
    "By Monday the city had fallen.",
    "By 5 March, government forces had taken the mill.",
    "The army asked residents to share food with the newcomers and to follow the orders of the council.",
    "The newsletter of the dockers' union called on its members to join the strike and subscribe to the truce.",
    "Print shops in the Quay District were closed by decree on Tuesday.",
    "The copyright law that the council passed in 2029 does not apply to the besieged towns.",
    "Comment from the army was not available; the ministry did not respond to a request for comment.",
    "Photographs that were seen by this newspaper show smoke over the Salt Gate.",
    "Text messages told the dockers to leave by noon.",
    "Follow-up attacks on the bridge killed three people, Facebook posts by residents said.",
    "Related attacks in the north killed two more people on Sunday.",
    "Correction facilities in the city were emptied before the siege.",
    "More from the front came on Wednesday: two bridges were mined.",
    "Both sides signed the truce.",
    "NATO — the alliance that Veld left in 2019 — would not say.",
    "The views of the council do not count any more, a docker said.",
    "Join us or leave, the dockers told the guards on the bridge.",
    "The permission to publish stories about the siege was withdrawn from all foreign reporters on Friday, the union said.",
]


@pytest.mark.parametrize("line", NEWS)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_news_stays_body(line, place):
    lines = [*BODY[:place], line, *BODY[place:]]
    assert zone_names(lines, [""] * len(lines)) == ["body"] * len(lines)


@pytest.mark.parametrize(
    "line, zone",
    [
        ("Photo: Mira Sol / Tern Dispatch", "caption"),
        ("Smoke over the Salt Gate on Monday (Photo: Tern Dispatch)", "caption"),
        ("© 2031 The Harbour Courier. All rights reserved.", "copyright"),
        ("This article is published under a Creative Commons licence.", "copyright"),
        ("Support independent journalism: donate today, help us keep reporting.", "donation"),
        ("Become a member", "donation"),
        ("Sign up for our newsletter and get the news in your inbox.", "boilerplate"),
        ("Facebook | Twitter | WhatsApp | Copy link", "boilerplate"),
        ("Share this article", "boilerplate"),
        ("Follow us on Telegram", "boilerplate"),
        ("Read also: Dockers vow to fight on", "boilerplate"),
        ("Home » World » Veld » Siege", "boilerplate"),
        ("ADVERTISEMENT", "boilerplate"),
        ("12 comments", "boilerplate"),
        ("* * *", "boilerplate"),
        ("(Reporting by Mira Sol; Editing by Jon Hale)", "byline"),
        ("By Mira Sol and Jon Hale in Port Selma", "byline"),
        ("Updated: 12 March 2031, 14:05", "dateline"),
        ("The Harbour Courier | March 12, 2031", "dateline"),
        ("Region: Lower Veld", "metadata"),
        ("-30-", "boilerplate"),
        ("— 30 —", "boilerplate"),
        ("30", "body"),  # a number alone is a cell of a table
        ("(ends)", "boilerplate"),
    ],
)
def test_boilerplate_is_found_between_paragraphs(line, zone):
    lines = [*BODY[:2], line, BODY[2]]
    assert zone_names(lines, [""] * 4) == ["body", "body", zone, "body"]


def ways(parsed) -> list[str]:
    """The texts that a parsed pattern matches: each alternative, with and without what is optional; "\\0" for what may vary."""
    found = [""]
    for kind, value in parsed:
        if str(kind) == "LITERAL":
            parts = [chr(value)]
        elif str(kind) == "IN" and all(str(item) == "LITERAL" for item, _ in value):
            parts = [chr(char) for _, char in value]
        elif str(kind) == "BRANCH":
            parts = [way for branch in value[1] for way in ways(branch)]
        elif str(kind) == "SUBPATTERN":
            parts = ways(value[-1])
        elif str(kind) == "MAX_REPEAT" and value[:2] == (0, 1):
            parts = ["", *ways(value[2])]
        else:  # a class, a repetition or an assertion
            parts = ["\0"] if str(kind) != "AT" else [""]
        found = [before + part for before in found for part in parts]
    return found


def test_what_a_rule_matches_has_one_of_its_words():
    text = files("standpoint.ingest").joinpath("zone_rules.toml").read_text(encoding="utf-8")
    for entry in nonempty(tomllib.loads(text)["rules"]):
        if "has" in entry:
            parts = [ways(re._parser.parse(part)) for part in entry["find"]]
            certain = [all(any(word in way.lower() for word in entry["has"]) for way in found) for found in parts]
            assert any(certain), f"{entry['matches']}: `has` leaves out a paragraph that the rule matches"
        else:  # such a rule is tried only at the beginning of a paragraph
            (part,) = entry["find"]
            assert part.startswith("^") and "|^" not in part


@pytest.mark.parametrize(
    "line, zone",
    [
        ("It said: All r\u0130ghts re\u017ferved.", "copyright"),
        ("It said: ALL R\u0131GHTS RESERVED.", "copyright"),
        ("Help us on \u212ao-fi.", "donation"),
    ],
)
def test_letters_that_python_takes_for_letters_of_ascii(line, zone):
    assert zone_names(["A.", line], ["", ""]) == ["body", zone]


def test_what_quotes_somebody_is_body_and_an_appeal_without_a_speaker_is_not():
    appeal = "please donate to the field hospitals if you can"
    assert zone_names(["A.", f"“We are few, {appeal},” the mayor said."], ["", ""]) == ["body", "body"]
    assert zone_names(["A.", f"The mayor said: “{appeal}."], ["", ""]) == ["body", "body"]
    assert zone_names(["A.", f"He said that, and “this”: {appeal}."], ["", ""]) == ["body", "body"]
    assert zone_names(["A.", f"As the mayor said, {appeal}."], ["", ""]) == ["body", "donation"]
    assert zone_names(["A.", f"“Hope” is here, {appeal}."], ["", ""]) == ["body", "donation"]


@pytest.mark.parametrize(
    "sentence, language",
    [
        ("The “army” left the bridge by the mill. ", "en"),
        ("The mayor said that the army left the bridge. ", "en"),
        ("军队星期二离开了大桥。", "zh"),
        ("กองทัพออกจากสะพาน ", "th"),
    ],
)
def test_the_work_on_one_long_paragraph_grows_with_its_length_only(sentence, language):
    source = msgspec.structs.replace(COURIER, language=language)

    def seconds(length):
        raw = Raw(where="a:1", title="Bridge", blocks=(Block((sentence * length)[:length].strip()),))
        begin = time.process_time()
        article = article_of(raw, source)
        assert len(article.paragraphs) == 2
        return time.process_time() - begin

    seconds(1000)  # compiles the rules
    assert seconds(320_000) < 24 * max(seconds(40_000), 0.01)  # 8 times if linear, 64 times if quadratic


def test_a_long_paragraph_has_the_same_sentences_as_a_short_one():
    kinds = ["The army left the bridge.", "“No,” she said.", "He fled (so they say).", "It cost 3.5 million."]
    paragraph = " ".join(kinds[number % 4] for number in range(2000))
    found = [paragraph[start:end] for start, end in sentences(paragraph, "en")]
    assert found == [kinds[number % 4] for number in range(2000)]


def test_a_wire_dateline_is_a_zone_of_its_own_and_sentences_begin_after_it():
    paragraph = "PORT SELMA, Veld, 12 March (Tern) — The army took the bridge. It holds."
    assert paragraph[inline_dateline(paragraph) :].startswith("The army")
    article = article_of(Raw(where="a:1", title="Bridge", blocks=(Block(paragraph),)), COURIER)
    assert [name for name, _ in zones_of(article)] == ["headline", "dateline", "body"]
    assert "The army took the bridge." in [article.text[start:end] for start, end in article.sentences]


def test_what_stands_between_headline_and_byline_is_the_standfirst():
    lines = ("Bridge falls", "A week of fighting has ended.", "By Mira Sol", *BODY)
    article = article_of(Raw(where="a:1", blocks=(Block("\n\n".join(lines)),)), COURIER)
    assert dict(zones_of(article))["standfirst"] == lines[1]


def test_every_rule_is_a_known_zone_and_says_what_it_matches():
    assert all(rule.matches and rule.zone in ("caption", "copyright", "donation", "boilerplate") for rule in rules())
    assert not {rule.zone for rule in rules()} & set(ANNOTATABLE)


@pytest.mark.parametrize(
    "text, zone",
    [
        ("The leaked account [e-mail] sent orders to shell the mill.", "body"),
        ("The mayor can be reached at [e-mail], the army said.", "body"),
        ("Email us at [e-mail] with your tips and story ideas.", "boilerplate"),
        ("Contact Mira Sol at [e-mail] and follow her on Mastodon.", "boilerplate"),
        ("Mira Sol reports from the Quay District. [e-mail]", "boilerplate"),
        ("Mail: [e-mail] Phone: 12 34 56 78", "boilerplate"),
        ("[e-mail] for more information.", "boilerplate"),
        ("X", "boilerplate"),  # a link to a network; as a numeral of a section it has nothing to annotate either
    ],
)
def test_a_report_that_has_an_address_is_no_contact_line(text, zone):
    assert zone_names([BODY[0], text, BODY[1]], ["", "", ""])[1] == zone
