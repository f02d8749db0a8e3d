"""Whether a set says truly who made it, and with what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standpoint.assess.checks._case import Case, mail_in, note
from standpoint.assess.made import ASSISTANCE, KINDS
from standpoint.model import Span

Found = Iterator[tuple[str, str]]


@note
def set_version(case: Case) -> Found:
    """a set made with another version of the codebook may mean something else"""
    if case.set.codebook_version != case.codebook.version:
        yield "", f"made with codebook {case.set.codebook_version}, this is {case.codebook.version}"


def set_annotator(case: Case) -> Found:
    """each annotator has an entry in dataset/annotators.yaml"""
    if case.set.annotator not in case.kinds:
        yield "", f"annotator {case.set.annotator!r} has none"


def set_kind(case: Case) -> Found:
    """annotator_kind is what dataset/annotators.yaml says, and one of human_…, model, rule"""
    listed = case.kinds.get(case.set.annotator)
    if listed is not None and (case.set.annotator_kind != listed or listed not in KINDS):
        yield "", f"annotator_kind {case.set.annotator_kind!r}, listed as {listed!r}"


def set_assistance(case: Case) -> Found:
    """assistance is none, rule_draft or model_draft"""
    if case.set.assistance not in ASSISTANCE:
        yield "", f"assistance {case.set.assistance!r}"


def set_ids(case: Case) -> Found:
    """each annotation of a set has an id of its own"""
    for identity, count in Counter(item.id for item in case.set.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations"


def set_mail(case: Case) -> Found:
    """nothing in a set tells anybody's e-mail address"""
    texts = [("", case.set.annotator), *((item.id, item.label) for item in case.set.annotations)]
    texts += [(item.id, item.quote) for item in case.set.annotations if isinstance(item, Span)]
    for where, text in texts:
        if mail_in(text):
            yield where, "there is one"
