"""`standpoint annotate`: the articles of a project, one conversation each, side by side; sets and dossiers in the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from standpoint.adjudication.article_tasks import article_tasks
from standpoint.adjudication.fix import recorded_fixes
from standpoint.annotate.conversation import Asking, Conversation, converse
from standpoint.annotate.critic import critic_prompt, first_of
from standpoint.annotate.endpoint import cost_of
from standpoint.annotate.numbered import page_of
from standpoint.annotate.prompt import Prompt, prompt_of
from standpoint.annotate.shuffle import draw, shuffled_book, shuffled_tasks
from standpoint.annotate.talk import Answers, Ledger, Options, answer_size, talk
from standpoint.checks.case import Reference
from standpoint.codebook.load import open_codebook
from standpoint.core.answer_store import AnswerStore
from standpoint.core.corpus import Lookup, RecordStore, updated
from standpoint.core.files import inside, read_lines, write_whole
from standpoint.core.model import TAKEN_DOWN, AnnotationSet, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import (
    Annotator,
    Dossier,
    is_human,
    is_machine,
    kinds_of,
    list_annotator,
    load_annotators,
    models_of,
    prompt_files,
    refuse_name,
)
from standpoint.core.standoff import Standoff, article_id_of
from standpoint.guide.blocks import Book
from standpoint.guide.guide import open_book
from standpoint.labelstudio.exchange import committed_sets, people_of
from standpoint.labelstudio.merge import Batch


def ensure_annotator(project: Project, options: Options, reporter: Reporter) -> None:
    """List a model in ``annotators.yaml``; StandpointError if the pseudonym is a person's, another model's or another critic's.

    A new model takes no part in adjudication where people annotate, as its sets would make silver of their gold; nor where it
    takes part already under another pseudonym, as two readings by one model are one voice. A critic takes part as who it reads.
    """
    name, model = options.annotator, options.model
    refuse_name(name)
    known = load_annotators(project.annotators)
    listed = known.get(name)
    has_sets = any(project.annotations.glob(f"*/{name}.jsonl"))
    if listed and (not is_machine(listed.kind) or (listed.model != model and (listed.model or has_sets))):
        who = f"the model {listed.model or '(not named)'}" if is_machine(listed.kind) else f"of the kind {listed.kind}"
        raise StandpointError(f"{name} is {who} in {project.annotators}", "a pseudonym is one annotator: give --as another one")
    if listed and listed.critic_of != options.critic_of:
        who = f"the critic of {listed.critic_of}" if listed.critic_of else "no critic"
        raise StandpointError(f"{name} is {who} in {project.annotators}", "a pseudonym is one annotator: give --as another one")
    if listed and listed.model:
        return
    fields: dict[str, object] = {"model": model} if listed else {"kind": "model", "model": model}
    if options.critic_of:
        fields |= {"critic_of": options.critic_of, "assistance": "model_suggestion"}
    if not listed and (why := _why_apart(options, known)):
        fields["adjudicated"] = False
        message = f"is listed with `adjudicated: false`: its sets change no adjudicated set, as {why}"
        reporter.report(Issue(f"dataset/annotators.yaml: {name}", "ANNOTATOR-APART", message, "note"))
    list_annotator(project.annotators, name, **fields)


def _refuse_no_reader(project: Project, options: Options) -> None:
    """StandpointError if a critic is to read the sets of somebody who is no machine, or a critic."""
    first = load_annotators(project.annotators).get(options.critic_of)
    if options.critic_of and (first is None or not is_machine(first.kind) or first.critic_of):
        who = "is a critic itself" if first and first.critic_of else f"is {first.kind}" if first else "is not listed"
        hint = "a critic reads the sets of a machine that annotated from nothing"
        raise StandpointError(f"{options.critic_of} {who} in {project.annotators}", hint)


def _why_apart(options: Options, known: Mapping[str, Annotator]) -> str:
    """Why a new model takes no part in adjudication, "" if it does."""
    if any(is_human(one.kind) for one in known.values()):
        return "those are made by people"
    if options.critic_of:
        return "" if known[options.critic_of].takes_part else f"those of {options.critic_of} change none"
    same = next((one.id for one in known.values() if one.model == options.model and one.takes_part and not one.critic_of), "")
    return f"{same} is the same model, and two readings by one model are one voice" if same else ""


def conversations(project: Project, prompt: Prompt, options: Options, reporter: Reporter) -> Iterator[tuple[str, Conversation]]:
    """A conversation about each article that the pass can be asked about now, by its id."""
    codebook, registry = open_codebook(project)
    reference = Reference(codebook, registry, kinds_of(project) | {options.annotator: "model"})
    seed = options.seed if options.shuffled else None
    asking = Asking(
        reference, prompt, options.annotator, options.model, options.parameters, options.rounds, options.critic_of, seed
    )
    wanted = set(options.articles) or None
    tasks = article_tasks(project, prompt.pass_name, 1.0, reporter, codebook, wanted)
    if not options.critic_of:
        for article, task in tasks if seed is None else shuffled_tasks(tasks, seed):
            yield article.id, converse(article, task, asking)
        return
    path = inside(inside(project.annotations, prompt.pass_name), f"{options.critic_of}.jsonl")
    sets = Lookup(Standoff(project).read(path, AnnotationSet), key=article_id_of)
    for article, task in tasks:
        one = next(iter(sets.of(article.id)), None)
        where = f"{article.id} {prompt.pass_name} {options.critic_of}"
        if one is None or one.text_sha256 != article.sha256:
            what = "has no set of the article" if one is None else "has annotated another text of the article"
            reporter.report(Issue(where, "CRITIC-WAITS", f"{what}: there is nothing that a critic could read", "note"))
            continue
        try:
            first = first_of(one, page_of(article, task["data"], codebook), codebook)
        except ValueError as error:
            reporter.report(Issue(where, "CRITIC-FORM", f"the set cannot be shown to a critic: {error}"))
            continue
        yield article.id, converse(article, task, asking, first)


def annotate(project: Project, options: Options, answers: Answers, reporter: Reporter) -> Counter:
    """Ask a model about the articles of a project, pass by pass, and store its annotation sets and their dossiers."""
    options, prompts = _prepared(project, options)
    ensure_annotator(project, options, reporter)
    counts: Counter = Counter()
    for prompt in prompts:
        if answers.has_ended:
            break
        path = _dossiers_of(project, prompt, options)
        _fill(answers.store, path)
        counts.update(_annotate_pass(project, prompt, path, options, answers, reporter))
    if answers.stopped:
        raise answers.stopped
    counts.update(answers.counts)
    ledger = answers.ledger
    tokens = {"input": ledger.input, "cached input": ledger.cached, "output": ledger.output}
    counts.update({f"{name} tokens": number for name, number in tokens.items()})
    return counts


def _prepared(project: Project, options: Options) -> tuple[Options, list[Prompt]]:
    """The options with the articles that are drawn, and the prompt of each pass."""
    book = open_book(project)
    passes = passes_of(project, options, book)
    _refuse_no_reader(project, options)
    if options.share is not None:
        known = (name for name, status in Standoff(project).status.items() if status != TAKEN_DOWN)
        options = options._replace(articles=draw(options.articles or known, options.share, options.seed))
    shown = shuffled_book(book, options.seed) if options.shuffled else book
    prompts = [prompt_of(name, shown, options.examples) for name in passes]
    if options.critic_of:
        prompts = [critic_prompt(prompt, shown.codebook) for prompt in prompts]
    for prompt in prompts:
        _refuse_second_name(project, prompt, options)
    return options, prompts


def passes_of(project: Project, options: Options, book: Book) -> tuple[str, ...]:
    """The passes of a run; StandpointError if one of them, or one of its articles, does not exist."""
    for name in options.passes:
        book.codebook.refuse_unknown_pass(name)
    refuse_unknown_articles(options.articles, Standoff(project).status)
    return options.passes or tuple(book.codebook.pass_by_name)


def refuse_unknown_articles(names: Iterable[str], known: Container[str]) -> None:
    """StandpointError if there is no article with one of these ids."""
    if unknown := sorted(name for name in names if name not in known):
        raise StandpointError(f"there is no article {unknown[0]}", "dataset/articles has the ids")


def _refuse_second_name(project: Project, prompt: Prompt, options: Options) -> None:
    """StandpointError if another annotator's sets were made from the same requests: one answer would come under two names."""
    path = _dossiers_of(project, prompt, options)
    seed = options.seed if options.shuffled else None
    asked = (options.model, prompt.digest, options.parameters, options.critic_of, seed)
    models = models_of(project)
    others = (other for other in sorted(path.parent.glob("*.jsonl")) if other != path)
    for other in (other for other in others if models.get(other.stem, options.model) == options.model):
        if any(
            (one.model, one.prompt, json.loads(one.parameters), one.critic_of, one.shuffled) == asked
            for one in read_lines(other, Dossier)
        ):
            name = other.stem
            hint = f"give --as {name}, or other parameters, such as another --seed: the answers that are kept are {name}'s"
            raise StandpointError(f"{name} is {options.model}, asked the same in the pass {prompt.pass_name}", hint)


def _dossiers_of(project: Project, prompt: Prompt, options: Options) -> Path:
    return inside(inside(project.dossiers, prompt.pass_name), f"{options.annotator}.jsonl")


def _fill(store: AnswerStore, path: Path) -> None:
    """Take the answers that are in dossiers: a fresh clone has them nowhere else."""
    if path.exists():
        store.fill(read_lines(path, Dossier))


def _annotate_pass(
    project: Project, prompt: Prompt, path: Path, options: Options, answers: Answers, reporter: Reporter
) -> Counter:
    """One pass. Sets and dossiers are stored when all conversations have ended; the answers are kept as they come."""
    counts: Counter = Counter()
    people, committed = people_of(project), committed_sets(project)
    people.begin(f"annotate {options.model}", options.annotator)
    people.who(None)
    with ExitStack() as stack:
        stored = stack.enter_context(closing(RecordStore(int)))
        fixes = cache(lambda: recorded_fixes(project))
        batch = stack.enter_context(closing(Batch(people, project.annotations, stored, fixes, committed, by_date=False)))
        dossiers = stack.enter_context(closing(RecordStore(Dossier)))

        started = conversations(project, prompt, options, reporter)
        total = len(options.articles) or len(Standoff(project).status)
        outcomes = stack.enter_context(closing(talk(started, answers, options.jobs, reporter, prompt.pass_name, total)))

        def sets() -> Iterator[Any]:
            for outcome in outcomes:
                dossiers.put(outcome.article_id, _priced(outcome.dossier, options))
                counts["left out"] += sum(outcome.dossier.left_out.values())
                counts["rounds of asking again"] += len(outcome.dossier.rounds) - 1
                counts["refused by the model"] += outcome.is_refusal
                counts.update({"changes": len(outcome.dossier.changes)} if options.critic_of else {})
                yield from outcome.issues
                if outcome.imported:
                    yield outcome.imported
                else:
                    counts["articles without a set"] += 1

        for issue in chain(batch.add(sets()), batch.store()):
            reporter.report(issue)
        counts["annotation sets"] += batch.counts["annotation sets"]
        counts["annotations"] += batch.counts["items stored"]
        if any(True for _ in dossiers):
            text, schema = prompt_files(project.prompts, prompt.digest)
            write_whole(text, f"{prompt.kept}\n")
            write_whole(schema, f"{prompt.schema_text}\n")
            _write_dossiers(project, path, dossiers)
    return counts


def _priced(dossier: Dossier, options: Options) -> Dossier:
    if options.price is None:
        return dossier
    price = options.price
    parts = ((one.input_tokens or 0, one.output_tokens or 0, one.cached_tokens or 0) for one in dossier.rounds)
    return replace(dossier, cost=sum(cost_of(price, *part) for part in parts), currency=options.currency)


def _write_dossiers(project: Project, path: Path, new: Iterable[Dossier]) -> None:
    """Merge dossiers into their file, by article. One without a set does not replace that of a set, which is still stored."""
    standoff = Standoff(project)

    def choose(before: Dossier, after: Dossier) -> Dossier:
        return before if after.taken < 0 <= before.taken else after

    standoff.write(path, updated(standoff.read(path, Dossier), new, article_id_of, choose))


def estimate(project: Project, options: Options, reporter: Reporter) -> Iterator[str]:
    """What a run would send: requests, tokens, and their price."""
    options, prompts = _prepared(project, options)
    with closing(AnswerStore(project.answers)) as store:
        for prompt in prompts:
            _fill(store, _dossiers_of(project, prompt, options))
            yield from estimated(prompt.pass_name, conversations(project, prompt, options, reporter), store, options)


def estimated(name: str, started: Iterable[tuple[str, Conversation]], store: AnswerStore, options: Options) -> Iterator[str]:
    """What conversations would send. Only the first request of each is counted."""
    ledger, known, number, fixed = Ledger(options), 0, 0, 0
    for _, conversation in started:
        request = next(conversation)
        if store.get(request.key) is not None:
            known += 1
            continue
        number += 1
        fixed += len(request.messages[0]["content"].encode()) // 4
        ledger.input += request.size
        ledger.output += answer_size(request)
    share = fixed / ledger.input if ledger.input else 0.0
    cost = "" if ledger.cost is None else f", about {ledger.cost:.2f} {options.currency}"
    yield f"{name}: {number:,} request(s), {known:,} answered already"
    yield f"  requests: about {ledger.input:,} tokens, {share:.0%} of them the same in each"
    yield f"  answers: about {ledger.output:,} tokens{cost}"
