"""Whether a set says truly who made it, with what, and how long it took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from standpoint.checks._case import Case, mail_in
from standpoint.checks._table import note
from standpoint.core.model import Relation, Span
from standpoint.core.provenance import ASSISTANCE, KINDS, is_human

SCOPE = "set"
# Words a minute. Adults read English prose at 238, hardly anybody at more than 400 (Brysbaert 2019, "How many words do we
# read per minute?", Journal of Memory and Language 109); who is faster than 700 has not read it, let alone annotated.
FASTEST = 700
LONGEST = 8 * 3600  # seconds: a working day
FEW = 5  # spans: so many may be right as they were suggested
Found = Iterator[tuple[str, str]]


@note
def set_version(case: Case) -> Found:
    """a set made with another version of the codebook may mean something else

    Why: a label whose meaning changed is one name for two things.
    Fix: run standpoint migrate, which brings it to this version unless a label changed its meaning; annotate that anew.
    """
    if case.set.codebook_version != case.codebook.version:
        yield "", f"made with codebook {case.set.codebook_version}, this is {case.codebook.version}"


def set_annotator(case: Case) -> Found:
    """each annotator has an entry in dataset/annotators.yaml

    Why: who is not listed is neither human nor machine, and may be called neither.
    Fix: add the pseudonym and its kind. No name, no e-mail address.
    """
    if case.set.annotator not in case.kinds:
        yield "", f"annotator {case.set.annotator!r} has none"


def set_kind(case: Case) -> Found:
    """annotator_kind is what dataset/annotators.yaml says, and one of human_…, model, rule

    Why: machine-made labels are never called human; the set and the list must say the same.
    Fix: correct whichever is wrong.
    """
    listed = case.kinds.get(case.set.annotator)
    if listed is not None and (case.set.annotator_kind != listed or listed not in KINDS):
        yield "", f"annotator_kind {case.set.annotator_kind!r}, listed as {listed!r}"


def set_assistance(case: Case) -> Found:
    """assistance is none, rule_suggestion or model_suggestion

    Why: agreement on suggestions is reported apart from agreement without; another word belongs to neither.
    Fix: say how the annotator was helped.
    """
    if case.set.assistance not in ASSISTANCE:
        yield "", f"assistance {case.set.assistance!r}"


def set_suggestions(case: Case) -> Found:
    """a set with spans that were suggestions says that its annotator had suggestions

    Why: with assistance none, the machine's suggestions would count as a person's independent work.
    Fix: set assistance to rule_suggestion or model_suggestion; import does so.
    """
    suggested = sum(isinstance(item, Span) and item.origin.startswith("prediction") for item in case.set.annotations)
    if suggested and case.set.assistance == "none":
        yield "", f"{suggested} spans were suggestions, and assistance is none"


@note
def set_stamped(case: Case) -> Found:
    """a set made on suggestions has something that its annotator added or changed

    Why: who submits the suggestions as they are has not annotated, but clicked; the machine would agree with itself.
    Fix: look at the article. If suggestions were missing or wrong there, have it annotated anew.
    """
    spans = [span for span, _ in case.spans]
    added = any(isinstance(item, Relation) and item.origin == "manual" for item in case.set.annotations)
    if len(spans) >= FEW and not added and all(span.origin == "prediction" for span in spans):
        yield "", f"all {len(spans)} spans are suggestions, unchanged"


@note
def set_empty(case: Case) -> Found:
    """a set says something

    Why: nothing marked and nothing answered is what a submission by mistake looks like, too.
    Fix: ask the annotator. Nothing need be done where nothing was asked: a scale for each actor, and no actor listed.
    """
    if not case.set.annotations:
        yield "", "it has no annotation"


def set_ids(case: Case) -> Found:
    """each annotation of a set has an id of its own

    Why: answers and relations name spans by their ids; of two with one id, one gets the answers of both.
    Fix: import the set again, or give one of them another id, and look which answers are its.
    """
    for identity, count in Counter(item.id for item in case.set.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations"


def set_mail(case: Case) -> Found:
    """nothing in a set tells anybody's e-mail address

    Why: sets are published; an annotator is a pseudonym, and the people in the news have not been asked.
    Fix: take the address out of what was typed; an annotator's goes into .standpoint/people.json.
    """
    texts = [("", case.set.annotator), *((item.id, item.label) for item in case.set.annotations)]
    texts += [(item.id, item.quote) for item in case.set.annotations if isinstance(item, Span)]
    for where, text in texts:
        if mail_in(text):
            yield where, "there is one"


def set_lead_time(case: Case) -> Found:
    """a lead time is a number of seconds above 0

    Why: no work takes no time; such a number comes from a clock that was set back, or from an import.
    Fix: take lead_time out: not known is better than wrong.
    """
    seconds = case.set.lead_time
    if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
        yield "", f"lead_time {seconds}"


@note
def set_hurried(case: Case) -> Found:
    """an article was not annotated faster than it can be read

    Why: who had no time to read it did not annotate it, or read it elsewhere, and then the lead time says nothing.
    Fix: look at the set; do not count its lead time.
    """
    seconds = case.set.lead_time or 0
    if seconds > 0 and is_human(case.set.annotator_kind) and case.here.words > FASTEST * seconds / 60:
        yield "", f"{case.here.words} words in {seconds:g} s"


@note
def set_idle(case: Case) -> Found:
    """an article did not take longer than a working day

    Why: a page that was left open over night makes a mean lead time meaningless.
    Fix: nothing; report medians, as the card does.
    """
    if (case.set.lead_time or 0) > LONGEST and is_human(case.set.annotator_kind):
        yield "", f"{case.set.lead_time / 3600:.1f} hours"
