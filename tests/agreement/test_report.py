"""The report: what it says of two readings worked by hand, and that the page is whole, safe, readable and always the same."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from another_codebook import another_codebook
from nonempty import nonempty
from standpoint.adjudication.content import view_of
from standpoint.agreement.agreement import Options
from standpoint.agreement.agreement import compute_agreement as agree
from standpoint.agreement.agreement import measure_agreement as agree_on
from standpoint.agreement.comparison import Confusion
from standpoint.agreement.figures import Agreement, Figure, Part
from standpoint.agreement.report import MOST_LABELS, REST, interval, matrix_of, no_link, report, verdict
from standpoint.agreement.report_articles import (
    BOTH,
    EXTENT,
    LABEL,
    ONLY,
    SAME,
    ArticleSets,
    Marked,
    Names,
    answers_that_differ,
    paragraphs_of,
    pieces,
    places_of,
    shown_articles,
    worst_articles,
)
from standpoint.agreement.report_articles import MOST as MOST_SHOWN
from standpoint.cli import main
from standpoint.codebook.registry import NO_ACTORS, Actor, Registry
from standpoint.core import svg
from standpoint.core.files import write_lines
from standpoint.core.model import AnnotationSet, Article, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange
from standpoint.labelstudio.exchange import task_links
from two_pass_article import ACTORS, CODEBOOK, KINDS, TEXT, article_of, choice, codebook, facts, made, relation, span, stance

NAMES = Registry(version="0.1.0", actors=(Actor(id="act-000001", name="Army of Veld"), Actor(id="act-000002", name="Mill Guard")))
VOID = {"meta", "link", "br", "path", "circle", "rect"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"'"


def other_facts() -> list[dict]:
    """A second reading: an event has another label, a place another extent, one is missing, a status and a link are other."""
    return [
        span("actors", "act-000001", "army"),
        span("events", "territory.capture", "seized"),
        span("events", "territory.capture", "fled"),
        span("places", "PLACE", "the mill"),
        choice("agent", "act-000001", "events-seized"),
        choice("status", "denied", "events-seized"),
        choice("status", "asserted", "events-fled"),
        choice("genre", "report"),
    ]


def article(**changes: object) -> Article:
    return msgspec.convert(article_of() | changes, Article)


def agreement_of(sets: list[AnnotationSet], grammar=None, articles=()) -> Agreement:
    return agree([[one] for one in sets], grammar or codebook(), KINDS, options=Options(resamples=500, articles=[articles]))


def page(sets: list[AnnotationSet], articles: list[Article] | None = None, link=no_link, grammar=None) -> str:
    articles = [article()] if articles is None else articles
    agreement = agreement_of(sets, grammar, articles)
    held = worst_articles(agreement, [articles], [[one] for one in sets], KINDS)
    return report(agreement, held, grammar or codebook(), NAMES, link)


def two(**changes: object) -> list[AnnotationSet]:
    return [made(facts(), "a01", **changes), made(other_facts(), "a02", **changes)]


def words_of(html: str) -> str:
    """What a reader sees, in one line."""
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def section_of(html: str, kind: str) -> str:
    """The section of one heading."""
    found = re.search(f'<section id="{kind}" class="heading">(.*?)<section id="[^"]*"( class="heading")?>', html, re.DOTALL)
    return found.group(1)


class Walk(HTMLParser):
    """Notes tags, ids, attributes; fails where an end tag does not fit."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.ids, self.tags = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_what_becomes_of_spans_in_the_other_reading():
    views = [view_of(one, codebook()) for one in two()]
    layers = codebook().by_name
    found = {name: [place.state for place in places_of(views, layers[name])] for name in ("actors", "events", "places")}
    assert found == {"actors": [SAME, ONLY], "events": [SAME, LABEL], "places": [EXTENT, ONLY]}
    wider = [made([span("places", "PLACE", "mill")]), made([span("places", "TIME", "the mill")], "a02")]
    assert [place.state for place in places_of([view_of(one, codebook()) for one in wider], layers["places"])] == [BOTH]


def test_a_span_that_all_share_is_the_same_though_its_place_is_not():
    one = made([span("places", "PLACE", "mill"), span("places", "TIME", "dawn")])
    other = made([span("places", "PLACE", "mill"), span("places", "TIME", "at dawn")], "a02")
    third = made([span("places", "PLACE", "mill at dawn")], "a03")
    layer = codebook().by_name["places"]
    pair = list(places_of([view_of(one, codebook()), view_of(other, codebook())], layer))
    assert [(TEXT[place.start : place.end], place.state) for place in pair] == [("mill", SAME), ("at dawn", EXTENT)]
    (all_three,) = places_of([view_of(each, codebook()) for each in (one, other, third)], layer)
    assert TEXT[all_three.start : all_three.end] == "mill at dawn"
    assert all_three.state_of(all_three.readings[0][0]) == BOTH
    assert [len(reading) for reading in all_three.readings] == [2, 2, 1]


def test_answers_and_answers_that_differ():
    one = made([*facts(), choice("remark", "as it was")])
    other = made([*other_facts(), choice("remark", "As  it was!")], "a02")
    views, layers = [view_of(each, codebook()) for each in (one, other)], codebook().by_name
    (status,) = answers_that_differ(views, layers["status"])
    assert TEXT[slice(*status.about)] == "seized" and status.readings == (("asserted",), ("denied",))
    (agent,) = answers_that_differ(views, layers["agent"])
    assert TEXT[slice(*agent.about)] == "fled" and agent.readings == (("NEW:NETTERS_OF_THE_QUAY",), ())
    assert list(answers_that_differ(views, layers["remark"])) == []  # typed the same but for capitals, blanks and marks
    assert list(answers_that_differ(views, layers["genre"])) == []
    assert list(answers_that_differ(views, layers["where"])) == []  # only one has the spans that are linked
    same_spans = made(
        [item for item in facts() if item["type"] != "relation"] + [relation("where", "time", "events-seized", "places-mill")]
    )
    first, second = answers_that_differ([views[0], view_of(same_spans, codebook())], layers["where"])
    assert (TEXT[slice(*first.to)], first.readings) == ("mill", (("place",), ("time",)))
    assert (TEXT[slice(*second.to)], second.readings) == ("dawn", (("time",), ()))


def test_an_answer_about_a_span_that_one_of_three_lacks_is_shown_as_none():
    third = made([span("events", "harm.displace", "fled"), choice("status", "denied", "events-fled")], "a03")
    views = [view_of(each, codebook()) for each in (*two(), third)]
    readings = {TEXT[slice(*row.about)]: row.readings for row in answers_that_differ(views, codebook().by_name["status"])}
    assert readings == {"seized": (("asserted",), ("denied",), None), "fled": (("asserted",), ("asserted",), ("denied",))}


@given(st.text("ab \n😀ع", max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=5), st.data())
def test_pieces_are_the_text_and_each_knows_what_covers_it(text, extents, data):
    start = data.draw(st.integers(0, len(text)))
    marks = [Marked(at, at + length, 0, "x", SAME) for at, length in extents]
    found = list(pieces(text, start, len(text), marks))
    assert "".join(piece.text for piece in found) == text[start:].rstrip()
    at = start
    for piece in found:
        covering = {mark for mark in marks if mark.start < at + len(piece.text) and mark.end > at}
        assert {cover.marked for cover in piece.covers} == covering
        assert all(mark.start <= at and at + len(piece.text) <= mark.end for mark in covering)  # all of it, or it would be cut
        at += len(piece.text)


def test_a_span_is_begun_once_and_ended_once():
    found = list(pieces("the old mill fell", 0, 17, [Marked(0, 12, 0, "PLACE", SAME), Marked(4, 17, 1, "event", ONLY)]))
    assert [piece.text for piece in found] == ["the ", "old mill", " fell"]
    ends = [[(cover.marked.label, cover.first, cover.last) for cover in piece.covers] for piece in found]
    assert ends == [[("PLACE", True, False)], [("PLACE", False, True), ("event", True, False)], [("event", False, True)]]


def test_paragraphs_are_all_of_the_annotation_window():
    bounds = paragraphs_of(article())
    assert [TEXT[start:end].strip() for start, end in bounds] == [
        "Quay falls 😀",
        "The army seized the mill at dawn. Netters fled.",
    ]
    assert bounds[0][0] == 0 and bounds[0][1] == bounds[1][0] and bounds[1][1] == article().annotated_until
    assert paragraphs_of(article(paragraphs=[], annotated_until=0)) == [(0, len(TEXT))]


def test_a_figure_against_its_target():
    def figure(**fields: object) -> Figure:
        return Figure(
            **{"pass_name": "facts", "layer": "events", "statistic": "F1 exact", "kind": "human", "value": 0.7, "n": 9} | fields
        )

    assert verdict(figure()) == "" and interval(figure()) == "–"
    assert verdict(figure(target=0.7, low=0.7, high=0.9)) == "✔ reached"
    assert verdict(figure(target=0.7, low=0.6, high=0.9)) == "✔ reached, not certain"
    assert verdict(figure(target=0.8, low=0.6, high=0.9)) == "✘ missed, not certain"
    assert verdict(figure(target=0.8, low=0.6, high=0.75)) == "✘ missed"
    assert verdict(figure(target=0.8, value=None)) == ""
    assert interval(figure(low=-0.125, high=0.5)) == "−0.12 to 0.50"


def test_a_dot_a_bar_and_a_line():
    scale = svg.report_scale([0.5, None])
    assert (scale.low, scale.x(0), scale.x(1), scale.x(0.5)) == (0, svg.EDGE, svg.WIDTH - svg.EDGE, svg.WIDTH / 2)
    assert svg.report_scale([-0.2]).low == -0.25 and svg.report_scale([-7]).low == -1 and svg.report_scale([-7]).x(-7) == svg.EDGE
    assert [word for _, word in svg.report_scale([-0.2]).ticks] == ["−0.25", "0", "0.5", "1"]
    drawn = svg.dot_and_bar(scale, 0.5, 0.25, 0.75, 1.0)
    assert (
        'class="dot" cx="130.0"' in drawn and 'class="bar" d="M70.0 11.0H190.0' in drawn and 'class="target" d="M250.0 1' in drawn
    )
    assert "bar" not in svg.dot_and_bar(scale, 0.5, None, None, None) and "dot" not in svg.dot_and_bar(scale, None, 0, 1, 1)
    broken = re.findall(r'bar" d="([^"]*)"', svg.line([0.0, 0.5, None, 1.0]))  # where a month has none
    assert broken == [f"M10 30.0L{10 + svg.STEP} 17.0M{10 + 3 * svg.STEP} 4.0"]


def test_many_labels_are_summed_up_and_no_count_is_lost():
    labels = tuple(f"label-{number:02}" for number in range(30)) + ("",)
    counts = [[0] * 31 for _ in labels]
    for number in range(30):
        counts[number][number] = 2
    counts[29][28] = counts[28][29] = 5
    counts[0][30] = counts[30][0] = 3
    one = Confusion(pass_name="facts", layer="x", kind="human", labels=labels, counts=tuple(map(tuple, counts)))
    matrix = matrix_of(one, Names(codebook(), NO_ACTORS))
    assert matrix.most == [("label-28", "label-29", 5), ("label-00", "not annotated", 3)]
    assert len(matrix.names) == MOST_LABELS + 1 and matrix.names[-1] == REST and matrix.folded == 31 - MOST_LABELS
    assert sum(count for row in matrix.rows for count, _ in row) == sum(map(sum, counts))
    assert {"label-28", "label-29", "label-00", "not annotated"} < set(matrix.names)
    shade = dict(zip(matrix.names, matrix.rows[matrix.names.index("label-28")], strict=True))
    assert shade["label-29"] == (5, 3) and shade["label-28"] == (2, 2) and shade["label-00"] == (0, 0)  # of 7, in quarters


def test_the_page_says_what_differs():
    html = page(two())
    text = words_of(html)
    assert "There is no human agreement" not in text and "People who read on their own" in text
    for words in ("◆ only a01", "▲ other label", "↔ other extent", "“seized” asserted denied", "“mill” PLACE “the mill” PLACE"):
        assert words in text, words
    assert "Most often: " in text and "territory.capture and harm.displace (1)" in text
    assert (
        'class="span line1 differs label first last">fled<bdi class="tag" lang="en"><b>▲</b> harm.displace</bdi></span>' in html
    )
    assert 'class="span line0 first last">army<bdi class="tag" lang="en">Army of Veld</bdi></span>' in html
    assert "Quay falls 😀" in text and "Support the desk" not in text  # beyond the annotation window
    assert "Left out: 17 characters beyond the annotation window" in text


def test_each_column_is_the_text_and_nothing_else():
    html = page(two())
    cells = [
        re.sub(r'<bdi class="tag".*?</bdi>', "", cell)
        for cell in re.findall(r'<td dir="auto" lang="en">(.*?)</td>', html, re.DOTALL)
    ]
    shown = [re.sub(r"<[^>]*>", "", cell) for cell in cells]
    assert shown == ["Quay falls 😀"] * 2 + ["The army seized the mill at dawn. Netters fled."] * 2


def test_targets_and_intervals_stand_beside_the_figures():
    readings = {"a01": [facts()] * 6, "a02": [facts(), other_facts()] * 3}
    sets = [made(items, name, article_id=f"quay-{n}") for name, row in readings.items() for n, items in enumerate(row)]
    aimed = codebook(CODEBOOK | {"targets": [{"layer": "events", "statistic": "F1 exact", "value": 0.9}]})
    row = page(sets, grammar=aimed).partition(">F1 exact</th>")[2]
    events = row.partition('rowspan="4">events')[2].partition("</tr>")[0]
    assert 'class="target"' in events and 'class="bar"' in events
    # Three of six stories agree: 1 to 5 of six drawn ones in 95 % of the resamples, so that F1 is 0.50 + 0.50 k / 6.
    assert "F1 exact 0.75 0.58 to 0.92 0.90 ✘ missed, not certain 24 1 . quay-1" in words_of("<td>" + events)
    few = page(sets[:2] + sets[6:8], grammar=aimed).partition(">F1 exact</th>")[2]
    assert "F1 exact 0.75 2 stories: no interval 0.90 ✘ missed 8" in words_of("<td>" + few.partition('rowspan="4">events')[2])


def test_what_machines_made_stands_apart():
    html = page([*two(), made(facts(), "m01"), made(other_facts(), "r01")])
    human, machine, mixed = (words_of(section_of(html, kind)) for kind in ("human", "model-model", "human-model"))
    assert "not human agreement" not in human and "m01" not in human and "r01" not in human
    assert "This is not human agreement." in machine and "m01" in machine and "a01" not in machine
    assert "This is not human agreement." in mixed and "a01" in mixed and "m01" in mixed
    only_machines = page([made(facts(), "m01"), made(other_facts(), "r01")])
    assert "there is no human agreement to report" in words_of(section_of(only_machines, "human"))
    assert "Machines made some of what is compared here (m01, r01)" in words_of(only_machines)
    assert "Machines made" not in words_of(page(two()))


def test_spans_outside_the_annotated_text_are_listed_and_no_difference():
    other = made([*other_facts(), span("events", "harm.displace", "Support")], "a02")
    text = words_of(page([made(facts(), "a01"), other]))
    assert "spans of events in text that is not annotated are left out: 1 by a02." in text
    assert "“Support”" not in text and "◆ only a02" not in text


def test_each_heading_says_how_pairs_are_weighted():
    html = page([*two(), made(facts(), "m01")])
    people, mixed = (words_of(section_of(html, kind)) for kind in ("human", "human-model"))
    assert "F1, Cohen's kappa, LEA and CEAFe: the mean over pairs of annotators, each weighted by its n" in unescape(people)
    assert "All figures: the mean over pairs of annotators, each weighted by its n" in mixed


def test_a_withheld_text_shows_quotes_only():
    text = words_of(page(two(), [article(text=None, licence="proprietary")]))
    assert "only the quotes are shown" in text and "“seized” territory.capture" in text and "“army” Army of Veld" in text
    assert "at dawn. Netters" not in text
    other = words_of(page(two(), [article(sha256="0" * 64)]))  # not the text that was read
    assert "only the quotes are shown" in other and "at dawn. Netters" not in other
    assert "“seized”" in words_of(page(two(), []))  # no such article


def test_nothing_that_was_typed_becomes_markup():
    facts_of = [*facts(), choice("remark", EVIL)]
    facts_of[11]["label"] = "<b>Netters</b>"
    grammar = codebook(CODEBOOK | {"title": EVIL})
    sets = [made(facts_of, "a01"), made([*other_facts(), choice("remark", "none")], "a02")]
    html = page(sets, [article(title=EVIL, language='en" onload="x')], lambda *_: 'http://host/?a="b"&c=<d>', grammar)
    assert "<script" not in html and "<img" not in html and "<b>Netters" not in html and 'onload="x' not in html
    assert words_of(html).count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3  # the title twice, the remark
    links = [attributes["href"] for tag, attributes in Walk(html).tags if tag == "a" and "host" in attributes["href"]]
    assert links == ['http://host/?a="b"&c=<d>'] * 2


def test_links_to_the_tasks_where_a_server_is_known():
    html = page(two(), link=lambda *where: "http://127.0.0.1:8080/" + "/".join(where))
    assert f'href="http://127.0.0.1:8080/{article().id}/facts/a02"' in html and "it has no links to tasks" not in html
    assert "it has no links to tasks" in page(two())


def test_the_same_input_is_the_same_bytes():
    assert page(two()) == page(list(reversed(two())))


def test_right_to_left_and_emoji():
    text = "سقط الميناء 😀\n\nغادر الصيادون المدينة."
    start = text.index("غادر")
    fled = {
        "type": "span",
        "id": "e",
        "layer": "events",
        "label": "harm.displace",
        "start": start,
        "end": start + 4,
        "quote": "غادر",
    }
    sets = [made([fled], "a01", text_sha256="1" * 64), made([fled | {"label": "territory.capture"}], "a02", text_sha256="1" * 64)]
    html = page(
        sets, [article(text=text, sha256="1" * 64, language="ar", paragraphs=[[0, 13], [start, len(text)]], annotated_until=0)]
    )
    assert '<td dir="auto" lang="ar"><span class="span line1 differs label first last">غادر<bdi' in html
    assert "سقط الميناء 😀</td>" in html


@pytest.mark.parametrize("grammar, annotations", [(codebook(), facts()), (another_codebook(), [])])
def test_the_page_is_whole(grammar, annotations):
    name = grammar.passes[0].name
    crops = [span("crops", "grain", "mill"), span("amounts", "price", "seized the mill"), choice("tone", "hopeful")]
    sets = [made(annotations or crops, "a01", name), made(annotations[:3] or crops[1:], "a02", name, submitted="2031-05-04")]
    sets += [made(stance(), who, "stance") for who in ("a01", "a02") if annotations]
    html = page(sets, grammar=grammar)
    walk = Walk(html)
    assert len(walk.ids) == len(set(walk.ids))
    refers = [attributes["href"] for tag, attributes in walk.tags if tag == "a"]
    assert all(href[1:] in walk.ids for href in refers) and len(refers) > 8
    assert all(attributes.get("scope") for attributes in nonempty(attributes for tag, attributes in walk.tags if tag == "th"))
    assert [tag for tag, _ in walk.tags if tag in ("script", "img", "iframe", "object")] == []
    assert not re.search(r"url\(|@import|https?:", html.replace("Content-Security-Policy", ""))
    levels = [int(tag[1]) for tag, _ in walk.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in nonempty(zip(levels, levels[1:], strict=False)))
    assert sum(tag == "table" for tag, _ in walk.tags) == sum(tag == "caption" for tag, _ in walk.tags)


def test_nothing_annotated_at_all():
    text = words_of(page([]))
    assert "There are no annotation sets." in text and "there is no human agreement to report" in text


def test_only_the_worst_articles_are_held():
    agreement = agreement_of(two())
    articles = (article(id=f"courier-{number}") for number in range(5))
    held = worst_articles(agreement, [articles, [article()]], [[one] for one in two()], KINDS)
    assert list(held) == [article().id] and len(held[article().id].sets) == 2
    parts = [msgspec.structs.replace(agreement.by_article[0], part=f"courier-{number:02}") for number in range(MOST_SHOWN + 3)]
    many = msgspec.structs.replace(agreement, by_article=tuple(parts))
    sets = [[made(facts(), who, article_id=one.part) for one in parts] for who in ("a01", "a02")]
    held = worst_articles(many, [[article(id=one.part) for one in parts]], sets, KINDS)
    assert list(held) == [one.part for one in parts[:MOST_SHOWN]]
    assert "3 further articles" in words_of(report(many, held, codebook(), NAMES))
    part = Part(pass_name="facts", layer="events", statistic="F1 exact", kind="human", part="nowhere", value=0.0, n=1)
    lost = msgspec.structs.replace(agreement, by_article=(part,))
    assert list(shown_articles(lost, {"nowhere": ArticleSets(None, ())}, Names(codebook(), NO_ACTORS), no_link)) == []


def test_a_set_that_cannot_be_read_is_named():
    broken = made([choice("status", "asserted", "nothing")], "a01")
    agreement = agreement_of(two())
    held = {article().id: ArticleSets(article(), (broken, made(facts(), "a02")))}
    with pytest.raises(StandpointError, match="nothing.status.asserted: status is not about a span of events"):
        report(agreement, held, codebook(), NAMES)


def project_of(root: Path, sets: list[AnnotationSet]) -> Project:
    """A project with the article of the quay and these sets."""
    project = Project(root)
    for path, values in ((project.codebook, CODEBOOK), (project.actors, {"version": "0.1.0", "actors": ACTORS})):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(values, file)
    write_lines(project.articles / "courier.jsonl", [article()])
    for one in sets:
        write_lines(project.annotations / one.pass_name / f"{one.annotator}.jsonl", [one])
    return project


def both_passes() -> list[AnnotationSet]:
    other = [item | {"label": "-2"} if item["layer"] == "stance" else item for item in stance()]
    return [*two(), made(stance(), "a01", "stance"), made(other, "a02", "stance")]


def test_the_verb_writes_the_file_whole_and_the_same_each_time(tmp_path):
    project, path = project_of(tmp_path, both_passes()), tmp_path / "report.html"
    words = ["--project", str(tmp_path), "agree", "--resamples", "20", "--report", str(path)]
    assert CliRunner().invoke(main, words).exit_code == 0
    before = path.read_bytes()
    assert CliRunner().invoke(main, words).exit_code == 0
    assert path.read_bytes() == before
    assert "Army of Veld" in words_of(before.decode()) and "it has no links to tasks" in before.decode()
    write_lines(project.annotations / "facts" / "a01.jsonl", [made([choice("status", "asserted", "nothing")], "a01")])
    assert CliRunner().invoke(main, words).exit_code == 2
    assert path.read_bytes() == before


@pytest.mark.server
def test_links_lead_to_the_tasks_of_a_real_server(tmp_path, label_studio):
    project = project_of(tmp_path, both_passes())
    client = client_module.connect(label_studio.url, label_studio.token)
    exchange.push_articles(project, client, ["a01", "a02"], 0.0, Reporter(), "quay-report")
    link = task_links(project, agree_on(project, Reporter(), Options(resamples=0)), client, "quay-report")
    for pass_name in ("facts", "stance"):  # the stance pass hides the article's id from the task
        for annotator in ("a01", "a02"):
            url = link(article().id, pass_name, annotator)
            project_id, task = map(int, re.fullmatch(rf"{client.url}/projects/(\d+)/data\?task=(\d+)", url).groups())
            assert client.sdk.projects.get(project_id).title == f"quay-report {pass_name} {annotator}"
            assert client.sdk.tasks.get(str(task)).data["text"] == TEXT
    assert link(article().id, "facts", "a03") is None and link("nowhere", "facts", "a01") is None


@pytest.mark.browser
def test_the_page_opens_in_a_browser_and_asks_for_nothing(tmp_path):
    from browser import new_page

    path, said, asked = tmp_path / "report.html", [], []
    path.write_text(page([*two(), made(facts(), "m01")]), encoding="utf-8")
    with new_page() as window:
        window.on("console", lambda message: said.append(message.text))
        window.on("pageerror", lambda error: said.append(str(error)))
        window.on("request", lambda request: asked.append(request.url))
        window.goto(path.as_uri())
        assert window.locator(".readings .differs").first.is_visible()
        assert window.evaluate("document.documentElement.scrollWidth") == 1366  # nothing sticks out
        for width, media in ((1366, "print"), (420, "screen")):
            window.set_viewport_size({"width": width, "height": 768})
            window.emulate_media(media=media)
            assert window.evaluate("document.documentElement.scrollWidth") <= width
    assert said == [] and asked == [path.as_uri()]
