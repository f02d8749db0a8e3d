"""A critic reads another machine's sets: its changes are decisions with a reason code, and its sets stand in the others' place."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from itertools import product

import msgspec
import pytest
from click.testing import CliRunner

from another_codebook import another_codebook
from example import EXAMPLE
from model_endpoint import Reply, served
from standpoint.annotate.answer import write_answer
from standpoint.annotate.conversation import Asking, converse
from standpoint.annotate.critic import CODES, critic_prompt, first_of
from standpoint.annotate.numbered import page_of
from standpoint.annotate.prompt import prompt_of
from standpoint.checks.case import Reference, independent_content
from standpoint.cli import main
from standpoint.codebook.load import open_codebook
from standpoint.core.answer_store import Response
from standpoint.core.corpus import article_streams, by_article, read_adjudicated, sets_of
from standpoint.core.files import read_lines
from standpoint.core.model import AnnotationSet, Relation, Span
from standpoint.core.provenance import Dossier, load_annotators
from standpoint.core.standoff import WITHHELD_WORDS, without_quotes
from standpoint.guide.guide import open_book
from standpoint.pages.tasks import make_task
from toy_model import ARTICLES, EMPTY, event, said, sentences_of

pytestmark = pytest.mark.server  # a served stand-in
ASKED = "Your task now"
PROJECT = EXAMPLE


@pytest.fixture
def fresh(project):
    """The project before anybody annotated."""
    for folder in (project.annotations, project.adjudicated, project.dossiers, project.decisions):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    project.annotators.unlink()
    return project


def run(project, *words):
    result = CliRunner().invoke(main, ["--project", str(project.root), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def annotate(project, url, name, *words, articles=ARTICLES):
    common = ("annotate", "--model", "toy", "--pass", "facts", "--base-url", url, "--as", name)
    return run(project, *common, *words, *articles)


def items_of(body):
    """The items of the first answer in a critic's request, by their places."""
    lines = re.findall(r"^(\w+(?:\[\d+\])?): (.*)$", body["messages"][1]["content"].rpartition("<answer ")[2], re.MULTILINE)
    return {place: json.loads(value) for place, value in lines if value[:1] in "{["}


def critic(*changes, rest=()):
    """A model that marks each "said", and as a critic answers with these changes, with others once it was told its faults."""

    def answer(body, number):
        if ASKED not in body["messages"][1]["content"]:
            return said(body)
        chosen = rest if len(body["messages"]) > 2 else changes
        made = [one(body) if callable(one) else one for one in chosen]
        return Reply(json.dumps({"changes": made}))

    return answer


def change(kind, at, value, code, reason="the rules say so"):
    return {"change": kind, "at": at, "value": value, "code": code, "reason": reason}


def added(body):
    """Adds the first word of the first sentence that has no mark yet."""
    taken = {item["sentence"] for place, item in items_of(body).items() if place.startswith("events[")}
    number, text = next((number, text) for number, text in sentences_of(body) if number not in taken)
    return change("add", "events", event(number, text.split()[0].strip('“"')), "missing", "a talk that was overlooked")


def sets(project, name):
    return list(read_lines(project.annotations / "facts" / f"{name}.jsonl", AnnotationSet))


def dossiers(project, name):
    return list(read_lines(project.dossiers / "facts" / f"{name}.jsonl", Dossier))


def events(one):
    return [item for item in one.annotations if item.layer == "events"]


def test_a_critic_changes_a_copy_and_stands_in_its_place(fresh):
    changes = (
        added,
        change("remove", "events[0]", None, "unfounded"),
        change("change", "events[1].status", "expected", "wrong_cue", "the spokesman says it"),
        change("change", "genre", "interview", "wrong_answer"),
    )
    with served(critic(*changes)) as endpoint:
        assert annotate(fresh, endpoint.url, "m21", articles=ARTICLES[:1]).exit_code == 0
        before = (fresh.annotations / "facts" / "m21.jsonl").read_bytes()
        result = annotate(fresh, endpoint.url, "m22", "--critic-of", "m21", articles=ARTICLES[:1])
        assert result.exit_code == 0 and "4  changes" in result.output, result.output
        again = annotate(fresh, endpoint.url, "m22", "--critic-of", "m21", articles=ARTICLES[:1])
        assert "1  answers kept from before" in again.output
    first, asked = endpoint.requests[0]["messages"], endpoint.requests[1]["messages"]
    assert len(endpoint.requests) == 2 and asked[0] == first[0] and asked[1]["content"].startswith(first[1]["content"])
    assert (fresh.annotations / "facts" / "m21.jsonl").read_bytes() == before
    for old, new, dossier in zip(sets(fresh, "m21"), sets(fresh, "m22"), dossiers(fresh, "m22"), strict=True):
        assert (old.assistance, new.assistance) == ("none", "model_suggestion")
        assert len(events(new)) == len(events(old)) and events(old)[1].quote in {item.quote for item in events(new)}
        assert {item.label for item in new.annotations if item.layer == "genre"} == {"interview"}
        assert {(item.layer, item.label) for item in new.annotations} >= {("status", "expected")}
        assert dossier.critic_of == "m21"
        told = [(one.change, one.layer, one.code) for one in dossier.changes]
        assert told == [
            ("add", "events", "missing"),
            ("remove", "events", "unfounded"),
            ("change", "events", "wrong_cue"),
            ("change", "genre", "wrong_answer"),
        ]
        new_one, gone, status, genre = dossier.changes
        assert new_one.before == () and isinstance(new_one.after[0], Span) and new_one.after[0].quote
        assert gone.after == () and gone.before[0].quote == "said"
        answers = [{item.label for item in side if item.layer == "status"} for side in (status.before, status.after)]
        assert answers == [{"asserted"}, {"expected"}] and status.reason == "the spokesman says it"
        assert [side[0].label for side in (genre.before, genre.after)] == ["news_report", "interview"]
    # Adjudication takes the critic's sets, and nothing is left open.
    listed = load_annotators(fresh.annotators)["m22"]
    assert (listed.critic_of, listed.takes_part) == ("m21", True)
    assert run(fresh, "adjudicate").exit_code == 0
    results = list(read_adjudicated(fresh))
    assert [(one.annotators, one.tier, one.conflicts, one.resolved) for one in results] == [(("m22",), "silver", (), ())]
    assert [len(events(one)) for one in results] == [len(events(one)) for one in sets(fresh, "m22")]
    assert run(fresh, "build").exit_code == 0
    row = "| m22 | m21 | facts | events | 1 | 1 | 1 | missing 1, unfounded 1, wrong_cue 1 |"
    assert row in (fresh.release / "README.md").read_text()
    checked = run(fresh, "check", "--select", "ADJUDICATED,SET,DOSSIER,ANNOTATOR")
    assert checked.exit_code == 0 and "SET-COPIED" not in checked.output and "ADJUDICATED-BEHIND" not in checked.output, (
        checked.output
    )


def test_what_cannot_be_changed_is_told_and_left_out_and_loses_nothing(fresh):
    wrong = (
        change("change", "events[0].label", "talking", "wrong_label"),
        change("change", "events[0].quote", "no such words", "wrong_span"),
        change("change", "events[900].status", "expected", "wrong_cue"),
        change("change", "evnts[0].status", "expected", "wrong_cue"),
        change("add", "events[0]", event(1, "said"), "missing"),
        change("remove", "events[0].label", None, "unfounded"),
        change("change", "events[1].label", "diplomacy.talks", "wrong_label"),
        change("change", "events[1].status", "expected", "because"),
        change("mend", "events[1].status", "expected", "wrong_cue"),
        change("change", "genre", "interview", "wrong_answer"),
        change("change", "genre", "other", "wrong_answer"),
        change("add", "events", "said", "missing"),
        {"change": "remove"},
        "a text",
    )
    with served(critic(*wrong, rest=wrong[:1] + wrong[9:10])) as endpoint:
        annotate(fresh, endpoint.url, "m21")
        result = annotate(fresh, endpoint.url, "m22", "--critic-of", "m21", "--rounds", "1", articles=ARTICLES[:1])
    told = endpoint.requests[-1]["messages"][3]["content"]
    assert result.exit_code == 1 and "1  left out" in result.output and "1  changes" in result.output, result.output
    assert "changes[0]: the change cannot be made" in told and "changes[1]: the change cannot be made" in told
    for expected in (
        'changes[2].at: "events[900].status" is not in the answer',
        'changes[3].at: "evnts[0].status" is no place; should be events?',
        "changes[4].at: to add an item, the place is events",
        'changes[5].at: "events[0].label" is no key that can be changed',
        "changes[6]: this is what stands there",
        'changes[7].code: "because" is no code',
        'changes[8].change: "mend"',
        "changes[10].at: another change is about the same",
        "changes[11].value",
        "changes[12]: a change has the keys change, at, value, code, reason",
        'changes[13]: "a text" should be an object',
    ):
        assert expected in told, expected
    (dossier,) = dossiers(fresh, "m22")
    assert dossier.left_out == {"ANSWER-LABEL": 1} and [one.layer for one in dossier.changes] == ["genre"]
    assert len(events(sets(fresh, "m22")[0])) == len(events(sets(fresh, "m21")[0]))


def test_links_go_with_their_span_and_come_with_a_new_one(fresh):
    """In whatever order the changes are: a link is possible once its span is there."""

    def linked(body, number):
        if ASKED not in body["messages"][1]["content"]:
            (one, text), (two, other) = [entry for entry in sentences_of(body) if len(entry[1].split()) > 4][:2]
            place = {"id": "p", "sentence": one, "quote": text.split()[3], "occurrence": 1, "label": "PLACE"}
            found = [event(one, text.split()[0]), event(two, other.split()[0])]
            links = [{"from": found[1]["id"], "to": "p", "label": "place"}]
            return Reply(json.dumps(EMPTY | {"events": found, "places": [place], "role": links}))
        number, text = next(entry for entry in sentences_of(body) if len(entry[1].split()) > 4)
        taken = {item["quote"] for item in items_of(body).values() if "quote" in item}
        word = next(word for word in text.split() if word.isalpha() and word not in taken and text.count(word) == 1)
        place = next(item for at, item in items_of(body).items() if at.startswith("places["))
        changes = [
            change("add", "role", {"from": "new", "to": place["id"], "label": "place"}, "missing"),
            change("add", "events", event(number, word, id="new", label="diplomacy.reject"), "missing"),
            change("remove", "events[1]", None, "repeated"),
            change("change", "events[0].label", "no label", "wrong_label"),  # so that each change is tried alone
        ]
        return Reply(json.dumps({"changes": changes}))

    with served(linked) as endpoint:
        assert annotate(fresh, endpoint.url, "m21", articles=ARTICLES[:1]).exit_code == 0
        annotate(fresh, endpoint.url, "m22", "--critic-of", "m21", "--rounds", "0", articles=ARTICLES[:1])
    (old,), (new,), (dossier,) = sets(fresh, "m21"), sets(fresh, "m22"), dossiers(fresh, "m22")
    heads = [
        {
            span.label
            for span in one.annotations
            for link in one.annotations
            if isinstance(link, Relation) and link.head == span.id
        }
        for one in (old, new)
    ]
    assert heads == [{"diplomacy.talks"}, {"diplomacy.reject"}]
    assert dossier.left_out == {"ANSWER-LABEL": 1} and len(dossier.changes) == 3
    link, _, gone = dossier.changes
    assert {item.layer for item in link.after} == {"role", "events", "places"}
    assert {item.layer for item in gone.before} >= {"role", "events", "places"} and gone.after == ()


BOOK = open_book(PROJECT)
PROMPTS = {name: critic_prompt(prompt_of(name, BOOK), BOOK.codebook) for name in BOOK.codebook.pass_by_name}
REFERENCE = Reference(BOOK.codebook, open_codebook(PROJECT)[1], {"m22": "model"})


def shown(article, pass_name, *sets):
    """The task of an article and its page, for a pass that asks about all actors that the sets have answers about."""
    names = {item.of: item.of for one in sets for item in one.annotations if item.layer == "stance"}
    asked = names if BOOK.codebook.asks_about_actors(pass_name) else None
    task = make_task(article, pass_name, BOOK.codebook, REFERENCE.registry, False, asked=asked)
    return task, page_of(article, task["data"], BOOK.codebook)


def criticised(article, task, first, changes, pass_name):
    """The outcome of a conversation with a critic who makes these changes in a first answer."""
    conversation = converse(article, task, Asking(REFERENCE, PROMPTS[pass_name], "m22", "toy", {}, 0, "m21"), first)
    next(conversation)
    text = json.dumps({"changes": changes})
    with pytest.raises(StopIteration) as end:
        conversation.send(Response(text=text, served="", host="", form="json", received="2031-03-09T00:00:00+00:00"))
    return end.value.value


def converted(article, first, second, pass_name, more=()):
    """The outcome of a critic who turns the first answer into the second: adds all that this has, then removes the rest."""
    task, page = shown(article, pass_name, first, second)
    given = first_of(first, page, BOOK.codebook)
    changes = []
    for name, items in write_answer(second.annotations, page, pass_name, BOOK.codebook).items():
        if isinstance(items, list):
            for item in reversed(items):
                ids = {key: f"new {item[key]}" for key in ("id", "from", "to") if key in item}
                changes.append(change("add", name, item | ids, "missing"))
        elif items != given.answer[name]:
            changes.append(change("change", name, items, "wrong_answer"))
    for name, items in given.answer.items():
        places = range(len(items)) if isinstance(items, list) and name != "role" else ()  # links go with their spans
        changes += [change("remove", f"{name}[{number}]", None, "unfounded") for number in places]
    return criticised(article, task, given, [*changes, *more], pass_name), len(changes)


def articles_with_sets(pass_name):
    """Articles with their sets by annotator."""
    for _, (article, *_), sets, _ in by_article(article_streams(PROJECT), sets_of(PROJECT, pass_name)):
        yield article, {one.annotator: one for one in sets}


@pytest.mark.parametrize("pass_name", ["facts", "stance"])
def test_any_set_can_be_made_of_any_other(pass_name):
    """All at once, and one by one where a further change is wrong: each is tried until there is room for it."""
    pairs = [
        (article, sets["m01"], sets["m11"]) for article, sets in articles_with_sets(pass_name) if {"m01", "m11"} <= sets.keys()
    ][:4]
    assert len(pairs) == 4
    wrong = change("add", "evidence" if pass_name == "stance" else "places", event(1, "no such words"), "missing")
    for (article, first, second), more in product(pairs, ((), [wrong])):
        outcome, many = converted(article, first, second, pass_name, more)
        assert [issue.code for issue in outcome.issues if issue.level == "error"] == ["ANSWER-KEY"] * bool(more), outcome.issues
        assert independent_content(outcome.imported.annotation_set) == independent_content(second)
        assert len(outcome.dossier.changes) == many


def test_a_second_event_in_a_sentence_takes_no_link_from_the_first():
    """A place is linked to the only event of its sentence without being told. With two events, nothing would be linked."""
    tried = 0
    for article, sets in articles_with_sets("facts"):
        first = sets["m11"]
        task, page = shown(article, "facts")
        given = first_of(first, page, BOOK.codebook)
        spans = {item.id: item for item in first.annotations if isinstance(item, Span)}
        same = criticised(article, task, given, [], "facts").imported.annotation_set
        assert origins(same) == origins(first)
        for link in [link for link in given.attached if not article.text[: spans[link.head].start].endswith("\n")][:1]:
            line = next(line for line in page.lines if line.number and line.start <= spans[link.head].start < line.end)
            words = re.finditer(r"\b\w+\b", page.text[line.start : line.end])
            taken = [(one.start, one.end) for one in spans.values() if one.layer == "events"]
            free = (m for m in words if not any(a < line.start + m.end() and line.start + m.start() < z for a, z in taken))
            word = next(m[0] for m in free if len(re.findall(rf"\b{m[0]}\b", page.text[line.start : line.end])) == 1)
            new = change("add", "events", event(line.number, word, id="new"), "missing")
            changed = criticised(article, task, given, [new], "facts").imported.annotation_set
            assert origins(changed).keys() >= origins(first).keys() and "manual" in {
                origin for key, origin in origins(changed).items() if origins(first).get(key) == "attached"
            }
            tried += 1
    assert tried > 10


def origins(one):
    """The origin of each link of a set, by its label and the words of its ends."""
    spans = {item.id: (item.start, item.end) for item in one.annotations if isinstance(item, Span)}
    links = [item for item in one.annotations if isinstance(item, Relation)]
    return {(link.label, spans[link.head], spans[link.tail]): link.origin for link in links}


def test_a_reader_and_its_critic_are_no_agreement(fresh):
    with served(critic(change("change", "genre", "interview", "wrong_answer"))) as endpoint:
        annotate(fresh, endpoint.url, "m21")
        annotate(fresh, endpoint.url, "m22", "--critic-of", "m21")
        again = annotate(fresh, endpoint.url, "m23", "--seed", "2", "--shuffled")
    assert "two readings by one model are one voice" in again.output
    assert not load_annotators(fresh.annotators)["m23"].takes_part
    output = run(fresh, "agree", "--resamples", "0").output
    headings = ("Machines, of which one began from a machine's answer", "Stability of one model")
    assert all(heading in output for heading in headings) and "Machines among themselves" not in output
    file = fresh.root / "agreement.json"
    run(fresh, "agree", "--resamples", "0", "--json", str(file))
    by_kind = {}
    for figure in json.loads(file.read_text())["figures"]:
        by_kind.setdefault(figure["kind"], set()).update(figure["annotators"])
    assert by_kind == {"human": set(), "same-model": {"m21", "m23"}, "model-assisted": {"m21", "m22", "m23"}}


@pytest.mark.parametrize(
    ("entries", "words", "told"),
    [
        ("", ["--critic-of", "m21"], "m21 is not listed"),
        ("{id: m21, kind: human_expert}", ["--critic-of", "m21"], "m21 is human_expert"),
        ("{id: m20, kind: model}, {id: m21, kind: model, critic_of: m20}", ["--critic-of", "m21"], "m21 is a critic itself"),
        ("{id: m21, kind: model}, {id: m22, kind: model, model: toy}", ["--critic-of", "m21"], "m22 is no critic"),
        ("{id: m20, kind: model}, {id: m22, kind: model, model: toy, critic_of: m20}", [], "m22 is the critic of m20"),
        ("{id: m22, kind: model, critic_of: m20}", [], "m22 has critic_of: m20"),
        ("{id: m20, kind: model}, {id: m22, kind: human_expert, critic_of: m20}", [], "a person changes no sets so"),
    ],
)
def test_who_can_be_a_critic(fresh, entries, words, told):
    fresh.annotators.write_text(f"annotators: [{entries}]\n")
    result = annotate(fresh, "http://127.0.0.1:9/v1", "m22", *words)
    assert result.exit_code == 2 and told in result.output and "hint: " in result.output, result.output


def test_faults_of_the_first_answer_are_told_by_their_places_in_it(fresh):
    """Such as an answer about an actor that the list has no more."""
    with served(critic(change("remove", "events[0]", None, "unfounded"))) as endpoint:
        annotate(fresh, endpoint.url, "m21", articles=ARTICLES[:1])
        path = fresh.annotations / "facts" / "m21.jsonl"
        (one,) = sets(fresh, "m21")
        third = events(one)[2]
        path.write_bytes(
            path.read_bytes().replace(
                f'"id":"{third.id}","layer":"events","label":"diplomacy.talks"'.encode(),
                f'"id":"{third.id}","layer":"events","label":"gone"'.encode(),
            )
        )
        result = annotate(fresh, endpoint.url, "m22", "--critic-of", "m21", "--rounds", "0", articles=ARTICLES[:1])
    assert "m22 events[2].label: ANSWER-LABEL" in result.output and "1  changes" in result.output, result.output
    assert len(events(sets(fresh, "m22")[0])) == len(events(one)) - 2


def test_a_critic_reads_in_order(fresh):
    result = annotate(fresh, "http://127.0.0.1:9/v1", "m22", "--critic-of", "m21", "--shuffled")
    assert result.exit_code == 2 and "--shuffled is for a reading from nothing" in result.output
    result = annotate(fresh, "http://127.0.0.1:9/v1", "m22", "--critic-of", "m21", "--dry-run")
    assert result.exit_code == 2 and "m21 is not listed" in result.output


def test_without_a_first_answer_there_is_nothing_to_read(fresh):
    with served(said) as endpoint:
        annotate(fresh, endpoint.url, "m21", articles=ARTICLES[:1])
        result = annotate(fresh, endpoint.url, "m22", "--critic-of", "m21")
    assert "CRITIC-WAITS" in result.output and len(endpoint.requests) == 3, (
        result.output
    )  # the answer to one is no list of changes


def test_a_withheld_articles_words_are_in_no_dossier(fresh):
    words = 'the army "shelled the quiet village" and then one two three four five'
    with served(critic(added, change("remove", "events[0]", None, "unfounded", words))) as endpoint:
        annotate(fresh, endpoint.url, "m21")
        annotate(fresh, endpoint.url, "m22", "--critic-of", "m21")
    for dossier in dossiers(fresh, "m22"):
        bare = without_quotes(dossier)
        assert [one.code for one in bare.changes] == ["missing", "unfounded"]
        spans = [item for one in bare.changes for item in (*one.before, *one.after) if isinstance(item, Span)]
        assert spans and all(span.quote == "" and span.quote_sha256 for span in spans)
        assert bare.changes[1].reason == f"the army {WITHHELD_WORDS} and then one two three"
        assert without_quotes(bare) == bare
        gone = without_quotes(dossier, checked=False)
        assert b"quote_sha256" not in msgspec.json.encode(gone.changes) and {one.reason for one in gone.changes} == {""}


def test_the_checklist_is_of_any_codebook(project):
    book = open_book(project)
    prompt = prompt_of("stance", book)
    asked = critic_prompt(prompt, book.codebook)
    assert asked.text == prompt.text and asked.digest != prompt.digest
    assert "marked as `evidence`" in asked.asked and all(f"`{code}`: " in asked.asked for code in CODES)
    codebook = another_codebook()
    for name in codebook.pass_by_name:
        asked = critic_prompt(prompt_of(name, replace(book, codebook=codebook, trees={}, rulings={})), codebook).asked
        assert all(f"- `{layer.name}`" in asked for layer in codebook.layers_of(name))
