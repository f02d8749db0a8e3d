"""The conversation about one article: a request, the faults of its answer, another request, and the annotation set in the end.

An answer is read, and becomes a result of Label Studio on the task that an annotator would get. So it goes through the same
importer, and then through the same checks, as people's work.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from standpoint.adjudication.content import about_of
from standpoint.annotate.answer import Answer, Fault, read_answer
from standpoint.annotate.critic import First, Proposal, decisions, first_answer, fitting, read_changes, revise, without_attached
from standpoint.annotate.numbered import Page, page_of
from standpoint.annotate.prompt import TEMPLATE, Prompt, again, checksum_of, request_of
from standpoint.annotate.requests import Request
from standpoint.checks.case import Reference
from standpoint.checks.run import Walk
from standpoint.codebook.kinds._items import Item
from standpoint.core.answer_store import Response
from standpoint.core.model import Annotation, Article, Issue
from standpoint.core.provenance import ACCOUNT_DOMAIN, Change, Dossier
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.labelstudio.merge import Imported
from standpoint.pages.task_json import Submission, Task, write_result

LONGEST_ANSWER = 200_000  # characters that a model is shown of its own answer: more is none, and would be paid for again
CUT_OFF = "length"  # the finish reason of an answer that reached the limit of its length


class Asking(NamedTuple):
    """What all conversations of a run share. ``rounds``: how often faults are told.

    ``critic_of``: whose answers a critic reads. ``shuffled``: the seed of the order of lists, None for the usual order.
    """

    reference: Reference
    prompt: Prompt
    annotator: str
    model: str
    parameters: Mapping[str, Any]
    rounds: int
    critic_of: str = ""
    shuffled: int | None = None


class Outcome(NamedTuple):
    """The end of a conversation. ``imported`` is None if there is no set, because the model refused or gave no JSON.

    ``issues``: what was left out, and why; and what the importer tells. ``is_refusal``: of the last answer.
    """

    article_id: str
    imported: Imported | None
    dossier: Dossier
    issues: list[Issue]
    is_refusal: bool


class Reading(NamedTuple):
    """One answer, read, imported and checked. ``imported`` is None if nothing could be read. ``changes``: of a critic."""

    response: Response
    request: Request
    imported: Imported | None
    faults: list[Fault]
    notes: list[Issue]
    changes: tuple[Change, ...] = ()


Conversation = Generator[Request, Response, Outcome]


def converse(article: Article, task: dict, asking: Asking, first: First | None = None) -> Conversation:
    """Yields requests and is sent their answers, until an answer has no fault or enough were asked for; returns the outcome.

    The set is made from the answer with the fewest faults, the later of equal ones. What has a fault in it is left out.
    ``first``: the answer that a critic reads; the answers are then the changes in it.
    """
    codebook, pass_name = asking.reference.codebook, asking.prompt.pass_name
    data = task["data"]
    page = page_of(article, data, codebook)
    content = request_of(article, page, data, pass_name, codebook, asking.reference.registry, asking.shuffled)
    if first is not None:
        content = "\n\n".join((content, first_answer(first.answer, checksum_of(page)), asking.prompt.asked))
    messages: tuple[dict[str, str], ...] = (
        {"role": "system", "content": asking.prompt.text},
        {"role": "user", "content": content},
    )
    readings: list[Reading] = []
    for number in range(1 + asking.rounds):
        about = f"{data['article_id']}.{pass_name}.{number + 1}"  # in a masked pass, the id of a task does not name the outlet
        request = Request(asking.model, asking.parameters, messages, asking.prompt.schema, about)
        response = yield request
        readings.append(_Reader(response, request, article, task, page, asking).read(first))
        if response.is_refusal or not readings[-1].faults:
            break
        told = {"role": "user", "content": again(readings[-1].faults)}
        messages = (*messages[:2], {"role": "assistant", "content": response.text[:LONGEST_ANSWER]}, told)
    return _outcome(article, readings, asking)


class _Reader(NamedTuple):
    """Reads one response about an article."""

    response: Response
    request: Request
    article: Article
    task: dict
    page: Page
    asking: Asking

    def read(self, first: First | None) -> Reading:
        """The answer or, of a critic, what its changes make of the first answer."""
        if self.response.is_refusal:
            return Reading(self.response, self.request, None, [], [])
        if first is None:
            answer, imported, notes = self._checked(self.response.text)
            return Reading(self.response, self.request, imported, answer.faults, notes)
        return self._criticised(first)

    def _criticised(self, first: First) -> Reading:
        pass_name, codebook = self.asking.prompt.pass_name, self.asking.reference.codebook
        proposals, faults = read_changes(self.response.text, first.answer, pass_name, codebook)
        if faults and faults[0].code == "ANSWER-JSON":
            return Reading(self.response, self.request, None, [*faults, *self._cut_off()], [])

        def faults_after(chosen: Sequence[Proposal]) -> list[Fault]:
            return self._checked(revise(first.answer, chosen, pass_name, codebook).text, first)[0].faults

        taken, refused = fitting(proposals, faults_after)
        revised = revise(first.answer, taken, pass_name, codebook)
        answer, imported, notes = self._checked(revised.text, first)
        if imported:
            one = replace(imported.annotation_set, assistance="model_suggestion")
            imported = imported._replace(annotation_set=one)
        changes = decisions(taken, first.answer, revised, self.page, pass_name, codebook)
        faults += [*refused, *map(revised.as_before, answer.faults)]
        return Reading(self.response, self.request, imported, faults, notes, tuple(changes))

    def _cut_off(self) -> Iterator[Fault]:
        if self.response.finish == CUT_OFF:
            message = "the answer was cut off at the limit of its length; it should be shorter, or the limit higher"
            yield Fault("", "ANSWER-CUT", message)

    def _checked(self, text: str, first: First | None = None) -> tuple[Answer, Imported | None, list[Issue]]:
        """An answer with all its faults, its set, None without JSON, and what the importer tells."""
        answer = read_answer(text, self.page, self.asking.prompt.pass_name, self.asking.reference.codebook)
        answer.faults += self._cut_off()
        if answer.faults and answer.faults[0].code == "ANSWER-JSON":
            return answer, None, []
        if first:
            sentences, codebook = self.article.sentences, self.asking.reference.codebook
            answer.annotations = without_attached(answer, first, sentences, self.asking.prompt.pass_name, codebook)
        return answer, *self._imported(answer)

    def _imported(self, answer: Answer) -> tuple[Imported | None, list[Issue]]:
        """The set of an answer after import and checks. What these refuse is a fault of the answer and is left out of the set.

        A check may find a fault in what is left, so they are run until they find none that belongs to an annotation.
        """
        kept = list(answer.annotations)
        reported: set[Fault] = set()
        while True:
            items = list(self._import(kept))
            imported = next((item for item in items if isinstance(item, Imported)), None)
            issues = [item for item in items if isinstance(item, Issue)]
            if imported:
                one = imported.annotation_set
                found = Walk(self.asking.reference).check([[self.article]], [[one]])
                issues += [issue for issue in found if issue.where.startswith(one.where) and issue.level == "error"]
            errors = [issue for issue in issues if issue.level == "error"]
            wrong = {identity for issue in errors if (identity := _about(issue, answer))} & {item.id for item in kept}
            for issue in errors:
                fault = Fault(answer.places.get(_about(issue, answer), ""), issue.code, issue.message)
                if fault not in reported:
                    reported.add(fault)
                    answer.faults.append(fault)
            if not wrong:
                return imported, [issue for issue in issues if issue.level != "error"]
            kept = list(_without(kept, wrong))

    def _import(self, annotations: list[Annotation]) -> Iterator[Imported | Issue]:
        """The annotations through the importer, as the submission of an account with the annotator's pseudonym on the task."""
        codebook, data, asking = self.asking.reference.codebook, self.task["data"], self.asking
        result = write_result(annotations, data, codebook)
        submission = Submission(
            completed_by=f"{asking.annotator}{ACCOUNT_DOMAIN}",
            result=msgspec.convert(result, list[Item]),
            unique_id=f"answer {self.request.key[:16]}",
            created_at=self.response.received,
            updated_at=self.response.received,
        )
        kind = asking.reference.kinds[asking.annotator]
        importer = AnnotationImporter(codebook, lambda _: (asking.annotator, kind), {self.article.sha256: self.article.id})
        return importer.read([Task(data=Raw(msgspec.json.encode(data)), annotations=[submission])])


def _about(issue: Issue, answer: Answer) -> str:
    """The id of the annotation that an issue is about, "" if it is about none."""
    return next((word for word in reversed(issue.where.split()) if word in answer.places), "")


def _without(annotations: Iterable[Annotation], wrong: set[str]) -> Iterator[Annotation]:
    """The annotations without those that are wrong, and without what is about these."""
    for item in annotations:
        if wrong.isdisjoint((item.id, *about_of(item))):
            yield item


def _outcome(article: Article, readings: list[Reading], asking: Asking) -> Outcome:
    usable = [(len(reading.faults), -number) for number, reading in enumerate(readings) if reading.imported]
    taken = -min(usable)[1] if usable else -1
    where = f"{article.id} {asking.prompt.pass_name} {asking.annotator}"
    best = readings[taken]
    left_out = Counter(fault.code for fault in best.faults)
    issues = [Issue(f"{where} {fault.where}".rstrip(), fault.code, fault.message) for fault in best.faults] + best.notes
    if best.response.is_refusal:
        why = best.response.refusal or "its endpoint filtered the answer"
        issues = [Issue(where, "MODEL-REFUSED", f"the model did not answer: {' '.join(why.split())[:200]}")]
    rounds = [one.response.round(one.request.key, Counter(fault.code for fault in one.faults)) for one in readings]
    dossier = Dossier(
        article_id=article.id,
        annotator=asking.annotator,
        pass_name=asking.prompt.pass_name,
        codebook_version=asking.reference.codebook.version,
        text_sha256=article.sha256,
        model=asking.model,
        template=TEMPLATE,
        prompt=asking.prompt.digest,
        parameters=json.dumps(dict(asking.parameters), sort_keys=True),
        rounds=tuple(rounds),
        taken=taken,
        left_out=dict(left_out),
        critic_of=asking.critic_of,
        shuffled=asking.shuffled,
        changes=best.changes if taken >= 0 else (),
    )
    refused = readings[-1].response.is_refusal
    return Outcome(article.id, best.imported if taken >= 0 else None, dossier, issues, refused)
