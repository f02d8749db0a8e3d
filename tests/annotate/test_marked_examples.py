"""Each marked example of the guidelines, turned into a request and answered with its own markup, gives exactly its annotations."""

from __future__ import annotations

import json

import pytest

from example import EXAMPLE
from standpoint.annotate.answer import write_answer
from standpoint.annotate.conversation import Asking, converse
from standpoint.annotate.numbered import page_of
from standpoint.annotate.prompt import prompt_of
from standpoint.checks.case import Reference
from standpoint.codebook.examples import examples, parse
from standpoint.core.answer_store import Response
from standpoint.core.model import Span, in_reading_order, with_new_ids
from standpoint.guide.guide import actors_asked, annotated, open_book
from standpoint.pages.tasks import make_task

BOOK = open_book(EXAMPLE)
REFERENCE = Reference(BOOK.codebook, BOOK.cast, {"a01": "human_expert", "m11": "model"})
PROMPTS = {name: prompt_of(name, BOOK) for name in BOOK.codebook.pass_by_name}


def by_place(annotations):
    """The annotations with ids that follow from the places of spans, in reading order: a model's ids of spans are not ours."""
    names = {item.id: f"{item.layer} {item.start} {item.end}" for item in annotations if isinstance(item, Span)}
    return in_reading_order(with_new_ids(item, names) for item in annotations)


def answered(source: str, pass_name: str, worked=None):
    """What a marked text says, and the outcome of a conversation that is answered with it."""
    article, one = annotated(parse(source), pass_name, REFERENCE, whole=bool(worked))
    task = make_task(article, pass_name, BOOK.codebook, BOOK.cast, False, asked=actors_asked(pass_name, REFERENCE, worked or one))
    page = page_of(article, task["data"], BOOK.codebook)
    answer = write_answer(one.annotations, page, pass_name, BOOK.codebook)
    conversation = converse(article, task, Asking(REFERENCE, PROMPTS[pass_name], "m11", "toy", {}, 0))
    request = next(conversation)
    assert request.messages[0]["content"] == PROMPTS[pass_name].text
    with pytest.raises(StopIteration) as end:
        conversation.send(Response(json.dumps(answer), "toy", "", "text", "2031-05-06T00:00:00+00:00"))
    return one, end.value.value


def test_every_example_comes_back():
    number = 0
    for example in examples(BOOK.codebook, BOOK.rulings.values()):
        pass_name = BOOK.codebook.pass_of(example.layer).name
        one, outcome = answered(example.source, pass_name)
        # A sentence has no answers about an article, which the checks ask for.
        assert {fault for fault in outcome.dossier.left_out} <= {"SET-EMPTY", "CHOICE-MISSING"}, (example, outcome.issues)
        assert by_place(outcome.imported.annotation_set.annotations) == by_place(one.annotations), example
        number += 1
    assert number > 392


def test_every_worked_article_comes_back():
    for worked in BOOK.worked:
        for pass_name, source in worked.passes.items():
            one, outcome = answered(source, pass_name, worked)
            assert not outcome.dossier.left_out, outcome.issues
            assert by_place(outcome.imported.annotation_set.annotations) == by_place(one.annotations)
