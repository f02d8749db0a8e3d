"""Who or what made an annotation set, and the tier that follows: machine labels are never gold or human agreement."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace
from ruamel.yaml import YAML

from standpoint.core.files import inside, read_json, read_text, write_whole
from standpoint.core.model import Annotation, AnnotationSet, Name, Noun, StandpointError, sha256
from standpoint.core.project import Project
from standpoint.core.yaml_files import Strict, append_entry, load_as, means, yaml_text


class Annotator(Strict, frozen=True):
    """The public entry of an annotator."""

    id: Annotated[Name, means("the pseudonym, which the dataset names")]
    kind: Annotated[
        str,
        means(
            "`human_trained`, `human_expert`, `human_crowd`, `model`, `rule`, or `published` for the labels of a published "
            "dataset, which people made by other guidelines; `check` refuses others, such as `unknown`"
        ),
    ]
    description: Annotated[str, means("what is published about the annotator: no name, no address")] = ""
    assistance: Annotated[str, means("what the annotator started from: `none`, `rule_suggestion` or `model_suggestion`")] = "none"
    model: Annotated[str, means("of a machine: the name of the model, as its endpoint is asked for it")] = ""
    adjudicated: Annotated[
        bool | None,
        means(
            "whether the annotator's sets take part in adjudication; with `false` they are compared, scored and released, and "
            "change no adjudicated set and no tier. Without it, all take part but those of the kind `published`"
        ),
    ] = None

    critic_of: Annotated[
        str,
        means(
            "of a machine: the machine whose sets it has read and changed (`annotate --critic-of`). In adjudication, its set of "
            "an article stands in place of the other's"
        ),
    ] = ""

    @property
    def takes_part(self) -> bool:
        """Whether the annotator's sets take part in adjudication."""
        return self.kind != PUBLISHED if self.adjudicated is None else self.adjudicated


class Annotators(Strict, frozen=True):
    """``dataset/annotators.yaml``."""

    annotators: Annotated[tuple[Annotator, ...], means("who annotated")] = ()


def load_annotators(path: Path) -> dict[str, Annotator]:
    """The public list of annotators by pseudonym; empty if the file does not exist."""
    loaded = load_as(path, Annotators, "list of annotators") if path.exists() else Annotators()
    found: dict[str, Annotator] = {}
    for annotator in loaded.annotators:
        if found.setdefault(annotator.id, annotator) is not annotator:
            raise StandpointError(f"{path}: {annotator.id!r} is listed more than once", "give each annotator one entry")
        if "@" in annotator.id:
            raise StandpointError(f"{path}: an id is an e-mail address", "give the annotator a pseudonym: the list is published")
    for annotator in (one for one in found.values() if one.critic_of):
        first = found.get(annotator.critic_of)
        if first is None or first.critic_of or not is_machine(first.kind) or not is_machine(annotator.kind):
            what = (
                "is no machine of the list, or a critic itself" if is_machine(annotator.kind) else "a person changes no sets so"
            )
            message = f"{path}: {annotator.id} has critic_of: {annotator.critic_of}: {what}"
            raise StandpointError(message, "a critic is a machine, and reads the sets of a machine that annotated from nothing")
    return found


def list_annotator(path: Path, name: str, **fields: object) -> None:
    """List an annotator in the public list, or state these fields of one that is listed; all else stays as it is written."""
    public = YAML().load(read_text(path)) if path.exists() else {}
    entry = next((entry for entry in public.get("annotators") or () if entry["id"] == name), None)
    if entry is None:
        append_entry(public, "annotators", {"id": name, **fields})
    else:
        entry.update(fields)
    write_whole(path, yaml_text(public))


def kinds_of(project: Project) -> dict[str, str]:
    """The kind of each annotator in ``dataset/annotators.yaml``."""
    return {name: annotator.kind for name, annotator in load_annotators(project.annotators).items()}


class Round(Noun, frozen=True):
    """One request to a model and its answer. ``request`` is the SHA-256 of what was asked: model, parameters and messages.

    ``served`` is the model that the endpoint names, ``host`` the endpoint's ("" for an answer from a batch file), ``form`` how
    the form of the answer was asked for (schema, json or text). Tokens are as the endpoint counts them, None if it does not say.
    ``faults`` counts the faults of the answer by code. Where the article's text is withheld, ``answer`` is "" and a ``refusal``
    is WITHHELD_WORDS, because both may quote it.
    """

    request: str
    served: str
    host: str
    form: str
    received: str
    finish: str
    answer_sha256: str
    answer: str = ""
    refusal: str = ""
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    faults: dict[str, int] = {}


class Change(Noun, frozen=True):
    """A decision of a critic: what it changed in the set that it read.

    ``change`` is add, remove or change; ``code`` one of the reason codes of annotate/critic.toml; ``reason`` is in the critic's
    words. ``before`` and ``after`` are the item of the layer with the answers about it, and the spans of a link; () if there was
    none, or is none any more. Ids are of these annotations alone.
    """

    change: str
    layer: Name
    code: str
    reason: str = ""
    before: tuple[Annotation, ...] = ()
    after: tuple[Annotation, ...] = ()


WITHHELD_WORDS = "…"  # in place of words about a withheld article, where it has to be seen that there were some


class Dossier(Noun, frozen=True):
    """How a model made the annotation set of an article in a pass.

    ``prompt`` is the ``prompt_digest`` that names the files of the prompt (``prompt_files``). ``parameters`` are those of the
    requests, as JSON. ``rounds`` are the first answer, and the answers after its faults were told; ``taken`` is the index of the
    one that the set was made from, -1 if there is no set. ``left_out`` counts what had a fault to the end, by code. ``cost`` is
    in ``currency``, by the stated prices; None without them. ``critic_of`` is the annotator whose set a critic has read, and
    ``changes`` what it changed in it. ``shuffled`` is the seed of the order in which lists were shown, None for the usual order.
    """

    article_id: Name
    annotator: Name
    pass_name: Name
    codebook_version: str
    text_sha256: str
    model: str
    template: str
    prompt: Name
    parameters: str
    rounds: Annotated[tuple[Round, ...], Meta(min_length=1)]
    taken: Annotated[int, Meta(ge=-1)]
    left_out: dict[str, int] = {}
    cost: float | None = None
    currency: str = ""
    critic_of: str = ""
    shuffled: int | None = None
    changes: tuple[Change, ...] = ()


def apart_from_adjudication(project: Project) -> frozenset[str]:
    """The annotators whose sets take no part in adjudication."""
    return frozenset(name for name, annotator in load_annotators(project.annotators).items() if not annotator.takes_part)


def critics_of(project: Project) -> dict[str, str]:
    """Whose sets each critic has read, of the critics that take part in adjudication."""
    listed = load_annotators(project.annotators)
    return {name: annotator.critic_of for name, annotator in listed.items() if annotator.critic_of and annotator.takes_part}


def standing(sets: Iterable[AnnotationSet], critics: Mapping[str, str]) -> list[AnnotationSet]:
    """The sets of an article that are adjudicated: a critic's set stands in place of the set that it has changed."""
    sets = list(sets)
    replaced = {(one.pass_name, critics[one.annotator]) for one in sets if one.annotator in critics}
    return [one for one in sets if (one.pass_name, one.annotator) not in replaced]


def prompt_digest(text: str, schema: str) -> str:
    """The checksum by which dossiers name a prompt: its text, and the JSON Schema of the answers to it, as JSON."""
    return sha256(f"{text}\n{schema}")[:16]


def prompt_files(folder: Path, digest: str) -> tuple[Path, Path]:
    """The files of a prompt in a folder: its text, and the schema. Each ends with a line break that is no part of them."""
    return inside(folder, f"{digest}.md"), inside(folder, f"{digest}.schema.json")


def models_of(project: Project) -> dict[str, str]:
    """The model of each annotator of whom ``dataset/annotators.yaml`` names one."""
    return {name: annotator.model for name, annotator in load_annotators(project.annotators).items() if annotator.model}


PSEUDONYM = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")


def refuse_name(name: str, where: str = "") -> None:
    """StandpointError if a name is no pseudonym."""
    if not PSEUDONYM.fullmatch(name):
        hint = "it is published: use small letters, digits and . _ - (a01, say), and no name and no e-mail address"
        raise StandpointError(f"{where}{name!r} is no pseudonym", hint)


def load_people(path: Path) -> dict[str, str]:
    """The pseudonym of each account, from ``people.json``; empty if the file does not exist."""
    people = read_json(path, dict[str, str]) if path.exists() else {}
    for name in people.values():
        refuse_name(name, f"{path}: ")
    return people


# E-mail addresses are never published, neither an annotator's nor that of a person in a text.
MAILBOX, DOMAIN = r"[\w.+%-]+", r"[\w-]+(?:\.[\w-]+)+"
EMAIL = re.compile(f"{MAILBOX}@{DOMAIN}")
ACCOUNT_DOMAIN = "@standpoint.invalid"  # an annotator's account on our servers is the pseudonym with this ending


HUMAN_KINDS = ("human_trained", "human_expert", "human_crowd")
PUBLISHED = "published"  # the labels of a published dataset: people made them, but by other guidelines
KINDS = (*HUMAN_KINDS, "model", "rule", PUBLISHED)
UNKNOWN = "unknown"  # the kind of an annotator of whom the list says nothing yet
HUMAN, MODEL, UNNAMED, STABILITY, REVISED = "human", "model-model", "unnamed-model", "same-model", "model-assisted"
# Of the report on agreement. Intervals are drawn by the number of a heading, so a new one stands at the end.
HEADINGS = (HUMAN, "human-assisted", "human-model", MODEL, UNNAMED, STABILITY, UNKNOWN, PUBLISHED, REVISED)
ORIGINS = ("prediction", "prediction-changed", "manual")  # of spans, the weakest claim of own work first
ASSISTANCE = ("none", "rule_suggestion", "model_suggestion")
TIERS = ("silver", "reviewed", "human_single", "gold")  # the weakest claim first
HUMAN_TIERS = TIERS[1:]  # people made all sets


def is_human(kind: str) -> bool:
    """Whether an annotator of this kind is a person who follows our guidelines."""
    return kind in HUMAN_KINDS


def is_machine(kind: str) -> bool:
    """Whether an annotator of this kind is a model or a rule. An unknown or published kind is neither that nor a person."""
    return kind in ("model", "rule")


def as_listed(annotation_set: AnnotationSet, kinds: Mapping[str, str]) -> AnnotationSet:
    """The set with its annotator's ``kind_as_listed``."""
    kind = kind_as_listed(annotation_set.annotator, annotation_set.annotator_kind, kinds)
    return annotation_set if kind == annotation_set.annotator_kind else replace(annotation_set, annotator_kind=kind)


def kind_as_listed(name: str, kind: str, kinds: Mapping[str, str]) -> str:
    """The kind of an annotator or adjudicator from the list of annotators, if ``kind`` is not known or the list has a machine.

    So the list can turn a person's work into a machine's, and never a machine's into a person's.
    """
    listed = kinds.get(name, UNKNOWN)
    return listed if is_machine(listed) or kind not in KINDS else kind


def heading(first: AnnotationSet, second: AnnotationSet, models: Mapping[str, str]) -> str:
    """The heading under which the agreement of two sets is reported. Headings are never merged.

    ``models``: the model of each annotator, as far as it is named. Two sets of one model show how stable it is, and are no
    agreement; so it is if they may be of one model. The set of a critic, which began from a machine's, is neither independent of
    that nor a reading from nothing: with another machine's, it is under a heading of its own.
    """
    kinds = (first.annotator_kind, second.annotator_kind)
    if PUBLISHED in kinds:
        return PUBLISHED
    if all(map(is_human, kinds)):
        return HUMAN if first.assistance == second.assistance == "none" else "human-assisted"
    if all(map(is_machine, kinds)) and not first.assistance == second.assistance == "none":
        return REVISED
    if kinds == ("model", "model"):
        names = {models.get(first.annotator, ""), models.get(second.annotator, "")}
        return UNNAMED if "" in names else STABILITY if len(names) == 1 else MODEL
    if all(map(is_machine, kinds)):
        return MODEL
    return "human-model" if all(is_human(kind) or is_machine(kind) for kind in kinds) else "unknown"


def tier_of(sets: Sequence[AnnotationSet]) -> str:
    """The tier of the adjudicated set that is made from these sets of one article.

    gold: people made all sets, without a model's suggestions, and each pass has two annotators or more. human_single:
    the same, but a pass has only one annotator. reviewed: people made all sets, some from a model's suggestions.
    silver: all others.
    """
    if not all(is_human(annotation_set.annotator_kind) for annotation_set in sets):
        return "silver"
    if any(annotation_set.assistance not in ("none", "rule_suggestion") for annotation_set in sets):
        return "reviewed"
    people: dict[str, set[str]] = defaultdict(set)
    for annotation_set in sets:
        people[annotation_set.pass_name].add(annotation_set.annotator)
    return "gold" if all(len(names) > 1 for names in people.values()) else "human_single"
