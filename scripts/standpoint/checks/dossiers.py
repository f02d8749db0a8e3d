"""Whether the dossiers of models belong to their articles, sets, prompts and annotators, and say what was answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from standpoint.checks.case import Corpus
from standpoint.checks.table import Findings, check, checks_on, issues_from
from standpoint.core.corpus import grouped
from standpoint.core.files import read_lines
from standpoint.core.model import Issue, sha256
from standpoint.core.project import Project
from standpoint.core.provenance import Annotator, Dossier, is_machine, load_annotators, prompt_digest, prompt_files

DIGEST = re.compile(r"[0-9a-f]{16}")  # the name of a prompt; other files are stray


class DossierReference(NamedTuple):
    """What dossiers are checked against. ``prompts``: the digests of the prompts whose two files are there."""

    corpus: Corpus
    annotators: Mapping[str, Annotator]
    prompts: Collection[str]


class DossierCase(NamedTuple):
    """A dossier. ``has_set``: whether its article has a set of its annotator and pass; ``again``: whether it has two dossiers."""

    dossier: Dossier
    reference: DossierReference
    has_set: bool
    again: bool


class SetsOfModel(NamedTuple):
    """How many sets a model has in a pass, how many have no dossier, and the article of the first of these."""

    sets: int
    without: int
    first: str


class PromptFile(NamedTuple):
    """A prompt: the digest that its files are named after, and that of their content."""

    name: str
    digest: str


@check("set", on="dossier")
def dossier_article(case: DossierCase) -> Findings:
    """a dossier is about an article of dataset/articles
    Why: what a model answered about a text that is gone explains nothing.
    Fix: ingest the article. If it was removed on purpose, remove its lines from dataset/dossiers as well."""
    if case.reference.corpus.missing(case.dossier.article_id):
        yield "", "the article does not exist"


@check("set", on="dossier")
def dossier_text(case: DossierCase) -> Findings:
    """a dossier is about the article's text
    Why: the model was asked about another text than the one that its set is about.
    Fix: restore the old text, or run standpoint annotate again."""
    known = case.reference.corpus.articles.get(case.dossier.article_id)
    if known and known.sha256 != case.dossier.text_sha256:
        yield "", "text_sha256 is not the sha256 of the article"


@check("set", on="dossier")
def dossier_twice(case: DossierCase) -> Findings:
    """an article has one dossier of an annotator in a pass
    Why: of two, nobody can say which one the set was made by.
    Fix: remove one of the lines, or run standpoint annotate again."""
    if case.again:
        yield "", "there is more than one dossier"


@check("set", on="dossier")
def dossier_model(case: DossierCase) -> Findings:
    """dataset/annotators.yaml lists the annotator of a dossier, as a model with the name that was asked for, and as whose critic
    Why: the list is published, and says which model is behind a pseudonym, and whose sets it began from.
    Fix: correct the entry. Another model needs another pseudonym."""
    listed = case.reference.annotators.get(case.dossier.annotator)
    if listed is None:
        yield "", f"{case.dossier.annotator} has no entry"
    elif not is_machine(listed.kind) or listed.model != case.dossier.model:
        yield "", f"{listed.id} is {listed.kind} {listed.model or '(no model named)'} there, and {case.dossier.model} here"
    elif listed.critic_of != case.dossier.critic_of:
        there, here = listed.critic_of or "nobody", case.dossier.critic_of or "nobody"
        yield "", f"{listed.id} is the critic of {there} there, and of {here} here"


@check("set", on="dossier")
def dossier_set(case: DossierCase) -> Findings:
    """a dossier of which an answer was taken has its annotation set
    Why: the set was removed, or made by somebody else, and the dossier explains nothing any more.
    Fix: run standpoint annotate again, which makes the set from the answers that are kept; or remove the dossier."""
    if case.dossier.taken >= 0 and not case.has_set:
        yield "", "the set does not exist"


@check("set", on="dossier")
def dossier_taken(case: DossierCase) -> Findings:
    """a dossier says which of its answers was taken: the number of a round, from 0, or -1 for none
    Why: it is the answer that the annotation set was made from.
    Fix: restore the line from the last commit, or run standpoint annotate again."""
    if case.dossier.taken >= len(case.dossier.rounds):
        yield "", f"taken is {case.dossier.taken}, and there are {len(case.dossier.rounds)} rounds"


@check("set", on="dossier")
def dossier_answer(case: DossierCase) -> Findings:
    """a raw answer of a dossier has the SHA-256 that the dossier states
    Why: it is the record of what a model said, and nobody edits it.
    Fix: restore the line from the last commit, or run standpoint annotate again."""
    for number, one in enumerate(case.dossier.rounds):
        if one.answer and sha256(one.answer) != one.answer_sha256:
            yield f"round {number}", "the answer is not the one that answer_sha256 was computed from"


@check("set", on="dossier")
def dossier_prompt(case: DossierCase) -> Findings:
    """the prompt of a dossier is in dataset/dossiers/prompts: DIGEST.md and DIGEST.schema.json
    Why: the release says with which prompt a model was asked.
    Fix: restore the files from an earlier commit, or run standpoint annotate again."""
    if case.dossier.prompt not in case.reference.prompts:
        yield "", f"there is no prompt {case.dossier.prompt}"


@check("set", on="prompt")
def dossier_digest(file: PromptFile) -> Findings:
    """the files of a prompt have the checksum that is their name
    Why: dossiers name a prompt by its checksum. A prompt that was edited is not the one that was sent.
    Fix: restore the files from an earlier commit, or run standpoint annotate again."""
    if file.digest != file.name:
        yield "", f"the checksum is {file.digest}"


@check("set", on="sets of a model", level="note")
def dossier_none(model: SetsOfModel) -> Findings:
    """each annotation set of a model that is named has a dossier in which an answer was taken
    Why: without it, nobody can say with which prompt and parameters the set was made.
    Fix: run standpoint annotate under another pseudonym, which writes dossiers; or leave it: the card says so."""
    if model.without:
        yield "", f"{model.without:,} of {model.sets:,} sets have none (the first: {model.first})"


def dossier_issues(
    where: str, dossiers: Iterable[Dossier], articles_with_set: Iterable[str], reference: DossierReference
) -> Iterator[Issue]:
    """The issues of a model's work in a pass. ``where``: its file of sets. Both streams are sorted by article."""
    streams = (((one.article_id, one) for one in dossiers), ((article_id, None) for article_id in articles_with_set))
    sets, first, without = 0, "", 0
    for article_id, group in grouped(streams, key=itemgetter(0)):
        about = [dossier for _, dossier in group if dossier]
        has_set = len(about) < len(group)
        for dossier in about:
            place = f"{article_id} {dossier.pass_name} {dossier.annotator}"
            yield from issues_from(checks_on("dossier"), place, DossierCase(dossier, reference, has_set, len(about) > 1))
        sets += has_set
        if has_set and all(dossier.taken < 0 for dossier in about):
            without, first = without + 1, first or article_id
    yield from issues_from(checks_on("sets of a model"), where, SetsOfModel(sets, without, first))


class _SetHead(Struct):
    article_id: str


Counted = Callable[[Iterable[Dossier], str], Iterable[Dossier]]


def project_dossier_issues(project: Project, corpus: Corpus, bad: Collection[Path], counted: Counted) -> Iterator[Issue]:
    """The issues of all dossiers and prompts of a project, and of the sets of its named models.

    ``bad``: files that are not read. ``counted``: passes records on and counts them under a name.
    """
    annotators = load_annotators(project.annotators)
    prompts = list(prompts_in(project))
    for prompt in prompts:
        where = prompt_files(project.prompts, prompt.name)[0].relative_to(project.root).as_posix()
        yield from issues_from(checks_on("prompt"), where, prompt)
    reference = DossierReference(corpus, annotators, {prompt.name for prompt in prompts})
    named = [one.id for one in annotators.values() if one.model]
    files = {path.relative_to(project.dossiers) for path in project.dossiers.glob("*/*.jsonl")}
    files |= {path.relative_to(project.annotations) for name in named for path in project.annotations.glob(f"*/{name}.jsonl")}
    for file in sorted(files):
        dossiers, sets = project.dossiers / file, project.annotations / file
        if not {dossiers, sets} & set(bad):
            heads = read_lines(sets, _SetHead) if sets.exists() else ()
            read = read_lines(dossiers, Dossier) if dossiers.exists() else ()
            where = sets.relative_to(project.root).as_posix()
            yield from dossier_issues(where, counted(read, "dossiers"), (head.article_id for head in heads), reference)


def prompts_in(project: Project) -> Iterator[PromptFile]:
    """The prompts of a project whose two files are there."""
    for path in sorted(project.prompts.glob("*.md")):
        files = prompt_files(project.prompts, path.stem) if DIGEST.fullmatch(path.stem) else ()
        if files and all(file.is_file() for file in files):
            text, schema = (file.read_bytes().decode("utf-8", "replace").removesuffix("\n") for file in files)
            yield PromptFile(path.stem, prompt_digest(text, schema))
