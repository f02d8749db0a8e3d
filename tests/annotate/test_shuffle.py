"""A seeded share of the articles is read again, with lists in another order and the same meaning."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from standpoint.annotate.prompt import prompt_of
from standpoint.annotate.shuffle import draw, shuffled_book
from standpoint.cli import main
from standpoint.core.corpus import read_articles
from standpoint.guide.guide import open_book


def requests(project, tmp_path, *words):
    """The articles that are asked about, in their order, and the messages."""
    path = tmp_path / "requests.jsonl"
    command = ["--project", str(project.root), "annotate", "--model", "toy", "--as", "m21", "--pass", "facts", "--seed", "2"]
    result = CliRunner().invoke(main, [*command, "--write-batch", str(path), *words])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["custom_id"].partition(".facts")[0] for line in lines], [line["body"]["messages"] for line in lines]


def test_a_share_is_drawn_by_its_seed():
    ids = [f"outlet-{number:03}" for number in range(200)]
    some = draw(ids, 0.15, 1)
    assert len(some) == 30 and draw(reversed(ids), 0.15, 1) == some and draw(ids, 0.15, 2) != some
    assert set(some) < set(draw(ids, 0.3, 1)) and draw(ids[:3], 0.01, 1) and draw(ids, 1, 1) == tuple(ids)
    more = draw([*ids, *(f"another-{number:03}" for number in range(10))], 0.15, 1)
    assert len(set(some) - set(more)) <= 4  # new articles take few places


def test_a_share_of_the_articles_is_asked_about(project, tmp_path):
    every = {article.id for article in read_articles(project)}
    asked, _ = requests(project, tmp_path, "--share", "0.15")
    assert tuple(asked) == draw(every, 0.15, 2) and len(asked) == 5
    assert requests(project, tmp_path, "--share", "0.5", *asked)[0] == list(draw(asked, 0.5, 2))
    again, _ = requests(project, tmp_path, "--share", "0.15", "--shuffled")
    assert sorted(again) == asked and again != asked


@pytest.mark.parametrize("share", ["0", "1.1", "nan"])
def test_a_share_is_a_part(project, tmp_path, share):
    with pytest.raises(AssertionError, match="Invalid value for '--share'"):
        requests(project, tmp_path, "--share", share)


def test_a_shuffled_request_has_the_same_lines_in_another_order(project, tmp_path):
    asked, usual = requests(project, tmp_path)
    by_id = dict(zip(asked, usual, strict=True))
    other, shuffled = requests(project, tmp_path, "--shuffled")
    assert requests(project, tmp_path, "--shuffled") == (other, shuffled)
    assert sorted(other) == asked and other != asked
    moved = 0
    for name, (prompt, article) in zip(other, shuffled, strict=True):
        before, about = by_id[name]
        assert prompt != before and prompt["content"] == shuffled[0][0]["content"]  # a cache serves all of them
        assert sorted(article["content"].split("\n")) == sorted(about["content"].split("\n"))
        numbered = [[line for line in one["content"].split("\n") if " | " in line] for one in (article, about)]
        assert numbered[0] == numbered[1]  # the text stays as it is
        moved += article != about
    assert moved > len(other) / 2


def test_only_what_has_no_order_is_shuffled(project):
    book = open_book(project)
    other = shuffled_book(book, 3)
    for layer, now in zip(book.codebook.layers, other.codebook.layers, strict=True):
        assert [label.group for label in now.labels] == [label.group for label in layer.labels]
        assert sorted(now.label_names) == sorted(layer.label_names)
        assert not layer.ordinal or now.label_names == layer.label_names
    names = [[label.name for label in one.codebook.by_name["events"].labels] for one in (book, other)]
    assert names[0] != names[1] and set(book.rulings) == set(other.rulings) and [*book.rulings] != [*other.rulings]
    rules = [prompt_of("stance", one).text.partition("# Layer")[2].split("\n") for one in (book, other)]
    assert rules[0] != rules[1] and sorted(rules[0]) == sorted(rules[1])  # before them is an example, which may be another
