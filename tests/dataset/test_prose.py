"""What of the card is by hand is whole or refused, and stands in the card, the citation and the Croissant file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from example import EXAMPLE
from nonempty import nonempty
from release_corpus import build, corpus, plan, prose, records
from standpoint.core.model import StandpointError
from standpoint.dataset.card_tables import SECTIONS, read_prose

ROOT = Path(__file__).parent.parent.parent
HEAD = "---\nauthors: [A]\ncontact: a page\n---\n"
BODY = "".join(f"## {name}\n\nwords\n\n" for name in SECTIONS)


def test_the_projects_own_prose_is_whole_and_calls_nothing_gold():
    made = read_prose((EXAMPLE.root / "dataset" / "card.md").read_text(encoding="utf-8"), "card.md")
    assert set(made.sections) == set(SECTIONS)
    assert "@" not in "".join(made.sections.values()) and "gold" not in "".join(made.sections.values())


@pytest.mark.parametrize(
    "text, words",
    [
        (BODY, "should begin with YAML"),
        (f"x\n{HEAD}{BODY}", "should begin with YAML"),
        ("---\nauthors: [A\n---\n" + BODY, "card.md: "),
        ("---\nauthors: [A]\n---\n" + BODY, "contact"),
        ("---\nauthors: []\ncontact: a page\n---\n" + BODY, "authors cannot be empty"),
        ("---\nauthors: [A]\ncontact: me@veld.example\n---\n" + BODY, "cannot be an e-mail address"),
        ("---\nauthors: [A]\ncontact: a page\ncolour: red\n---\n" + BODY, "colour"),
        (HEAD + BODY.replace("## Uses", "## Misuses"), "'Misuses' is not known"),
        (HEAD + BODY.replace("## Uses\n\nwords", "## Uses\n\n"), "'Uses' should occur once"),
        (HEAD + BODY + "## Uses\n\nmore\n", "'Uses' should occur once"),
        (HEAD + BODY.replace("## Uses\n\nwords\n\n", ""), "'Uses' should occur once"),
    ],
)
def test_prose_that_is_not_whole_is_refused(text, words):
    with pytest.raises(StandpointError, match="card.md") as caught:
        read_prose(text, "card.md")
    assert words in caught.value.message


def test_line_ends_do_not_matter():
    assert read_prose((HEAD + BODY).replace("\n", "\r\n"), "card.md") == read_prose(HEAD + BODY, "card.md")


@pytest.fixture(scope="module")
def card_with_prose(tmp_path_factory):
    out = tmp_path_factory.mktemp("prose") / "release"
    build(records(corpus()), plan(prose=prose(repo="veld/reports", url="https://veld.example")), out)
    return out


def test_each_section_stands_in_the_card_once_beside_what_is_computed(card_with_prose):
    card = (card_with_prose / "README.md").read_text(encoding="utf-8")
    for section in SECTIONS:
        assert card.count(f"**Why?** For the valley: {section.lower()}.") == 1
    order = ["## What it is", "## Motivation", "## How to load it", "## Composition", "## Splits", "## Labels", "## Labelling"]
    order += ["## Agreement", "## Known limits", "## Uses", "## Errors and removal", "## Licence", "## Citation"]
    places = [card.index(f"\n{heading}\n") for heading in order]
    assert places == sorted(places) and "\n\n\n" not in card and "Contact: the page of the valley" in card


def test_without_prose_no_heading_stands_empty(valley_release):
    card = (valley_release / "README.md").read_text(encoding="utf-8")
    lines = [line for line in card.splitlines() if line.strip()]
    assert "## Motivation" not in lines and "## Composition" in lines
    headings = [number for number, line in enumerate(lines) if line.startswith("## ")]
    assert all(not lines[number + 1].startswith("## ") for number in nonempty(headings))


def test_the_citation_names_authors_version_and_content(card_with_prose):
    values = yaml.safe_load((card_with_prose / "CITATION.cff").read_text(encoding="utf-8"))
    card = (card_with_prose / "README.md").read_text(encoding="utf-8")
    assert (values["cff-version"], values["type"], values["version"]) == ("1.2.0", "dataset", "0.1.0")
    assert values["authors"] == [{"name": "The Veld Readers"}] and values["url"].endswith("/datasets/veld/reports")
    content = values["identifiers"][0]["value"].removeprefix("sha256:")
    assert f"`{content}`" in card and "@misc{reports-0.1.0," in card and "author  = {{The Veld Readers}}," in card
