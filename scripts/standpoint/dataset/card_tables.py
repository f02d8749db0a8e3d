"""The content of the card: the hand-written sections, and the counts of the written rows as tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median
from typing import Annotated, Any, NamedTuple

import msgspec
import yaml
from datasets import Features
from msgspec import Struct

from standpoint.agreement.figures import COLUMNS, HEADING_TEXTS, Figure, cells, weighting
from standpoint.agreement.resampling import too_few
from standpoint.codebook.types import ACTORS, DOSSIERS, REGISTRY, STORIES, Layer, is_soft, names_actor
from standpoint.core.model import StandpointError
from standpoint.core.provenance import PUBLISHED, Annotator
from standpoint.core.standoff import SURFACE
from standpoint.core.yaml_files import means, split_front_matter
from standpoint.dataset.card_baselines import Baseline, baseline_values
from standpoint.dataset.rows import DECIDED, OPEN
from standpoint.dataset.schema import TOKENS, Schema
from standpoint.splits.leaks import LeakReport
from standpoint.splits.splits import BY_CONFLICT, BY_DATE, BY_SOURCE, DEFAULT, QUARANTINE, RELEASED, SHARES, split_ends

SECTIONS = (
    *("Motivation", "Composition", "Collection", "Preprocessing", "Labelling", "Annotators", "Limits", "Biases"),
    *("Uses", "Personal information", "Social impact", "Distribution", "Maintenance", "Errors and removal"),
)
HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter of dataset/card.md."""

    authors: Annotated[tuple[str, ...], means("the authors, in the card and the citation")]
    contact: Annotated[str, means("where to ask: a web page, not an e-mail address")]
    description: Annotated[str, means("a sentence about the dataset")] = ""
    repo: Annotated[str, means("the repository on the Hub, `owner/name`")] = ""
    url: Annotated[str, means("the address of the dataset, if it is not on the Hub")] = ""
    keywords: Annotated[tuple[str, ...], means("keywords")] = ()
    platform: Annotated[str, means("the annotation tool")] = ""
    key: Annotated[str, means("the key of the BibTeX entry, before its version; without it, it is from the title")] = ""


class Prose(Struct, frozen=True):
    """The hand-written part of the card, dataset/card.md."""

    head: Head
    sections: Mapping[str, str]


def read_prose(text: str, where: str) -> Prose:
    """The front matter and sections of dataset/card.md; StandpointError if a section is missing, empty, repeated or unknown."""
    front_matter, body = split_front_matter(text)
    if front_matter is None:
        raise StandpointError(f"{where}: should begin with YAML between two lines ---", "it names authors and contact")
    try:
        head = msgspec.convert(yaml.safe_load(front_matter), Head)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        hint = "`standpoint keys card.md` explains its keys"
        raise StandpointError(f"{where}: {str(error).splitlines()[0]}", hint) from None
    if not head.authors or "@" in head.contact:
        raise StandpointError(f"{where}: authors cannot be empty, contact cannot be an e-mail address", "name a page on the web")
    _, *parts = HEADING.split(body)
    names, bodies = parts[::2], [part.strip() for part in parts[1::2]]
    if unknown := [name for name in names if name not in SECTIONS]:
        raise StandpointError(f"{where}: section {unknown[0]!r} is not known", f"there are: {', '.join(SECTIONS)}")
    for section in SECTIONS:
        if names.count(section) != 1 or not bodies[names.index(section)]:
            raise StandpointError(f"{where}: section {section!r} should occur once, and not be empty", "answer its questions")
    return Prose(head, dict(zip(names, bodies, strict=True)))


@dataclass
class MachineWork:
    """What a machine did in a pass: its annotation sets, and what its dossiers say."""

    sets: int = 0
    dossiers: int = 0
    without_set: int = 0  # dossiers of articles about which no answer was usable
    again: int = 0  # requests that told faults
    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by column of the dossiers
    days: set[str] = field(default_factory=set)  # of all answers
    left_out: Counter = field(default_factory=Counter)  # by code
    numbers: Counter = field(default_factory=Counter)  # of tokens, as far as they are known
    cost: Counter = field(default_factory=Counter)  # by currency
    changes: Counter = field(default_factory=Counter)  # of a critic: by layer, change and reason code

    @property
    def unexplained(self) -> int:
        """The number of sets that have no dossier."""
        return self.sets - (self.dossiers - self.without_set)

    def add(self, row: dict) -> None:
        """Count one row of the dossiers."""
        self.dossiers += 1
        self.without_set += row["taken"] < 0
        self.again += len(row["rounds"]) - 1
        for one in row["rounds"]:
            self.values["served"].add(one["served"] or UNKNOWN)
            self.values["host"].add(one["host"] or "batch files")
            self.days |= {one["received"][:10]} if one["received"] else set()
        for name in ("model", "prompt", "parameters"):
            self.values[name].add(row[name])
        self.left_out.update({item["code"]: item["count"] for item in row["left_out"]})
        self.numbers.update({name: row[name] for name in TOKENS if row[name] is not None})
        self.values["critic_of"] |= {row["critic_of"]} if row["critic_of"] else set()
        self.changes.update((change["layer"], change["change"], change["code"]) for change in row["changes"])
        if row["cost"] is not None:
            self.cost[row["currency"] or ""] += row["cost"]


UNKNOWN = "not known"
HUMAN = "human_"  # the prefix of the kinds of annotators that are people
ANY_ACTOR, TYPED, NUMBER = "(any actor)", "(typed)", "(number)"


@dataclass
class Tally:
    """Counts of a release. ``labels``: by layer, label and split. ``sets``: by annotator kind, assistance and pass."""

    schema: Schema
    articles: Counter = field(default_factory=Counter)
    sources: Counter = field(default_factory=Counter)
    languages: Counter = field(default_factory=Counter)
    tiers: Counter = field(default_factory=Counter)
    labels: Counter = field(default_factory=Counter)
    sets: Counter = field(default_factory=Counter)
    annotators: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    by_source: Counter = field(default_factory=Counter)  # answers on a scale about actors: by layer, source and label
    versions: Counter = field(default_factory=Counter)  # of the codebook
    groups: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # the groups of near-duplicates of each split
    stories: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # the stories of each split
    adjudicated: Counter = field(default_factory=Counter)  # annotations, by layer and resolution
    places: Counter = field(default_factory=Counter)  # articles, by file of splits and split
    states: Counter = field(default_factory=Counter)  # conflicts, by layer and state
    per_item: Counter = field(default_factory=Counter)  # (pass, number of sets) -> number of articles
    dates: tuple[str, str] | None = None  # of the first and the last article
    # By annotator and pass.
    machines: dict[tuple[str, str], MachineWork] = field(default_factory=lambda: defaultdict(MachineWork))
    withheld: int = 0
    conflicts: int = 0
    _place: tuple[str, str] = ("", "")  # the article and pass of the last set
    _sets: int = 0  # the number of their sets up to now

    def document(self, row: dict, split: str) -> None:
        self.articles[split] += 1
        self.sources[row["source"], row["licence"], row["text"] is None] += 1
        self.languages[row["language"]] += 1
        self.tiers[row["tier"], split] += 1
        self.withheld += row["text"] is None
        self.conflicts += row["n_conflicts"]
        self.versions[row["codebook_version"]] += 1
        self.groups[split].add(row["group"] or row["id"])
        self.stories[split].add(row["story"])
        if row["published"]:
            first, last = self.dates or (row["published"], row["published"])
            self.dates = min(first, row["published"]), max(last, row["published"])
        for layer in self.scales:
            labels = (item["label"] for item in row[layer.name])
            self.by_source.update((layer.name, row["source"], label) for label in labels if label is not None)

    def resolution(self, row: dict, split: str) -> None:
        """Count one row of the resolutions. All actors count as one label, and so do all typed answers."""
        if not row["annotation"]:
            self.states[row["layer"], row["state"]] += 1
            return
        self.adjudicated[row["layer"], row["how"] or "unknown"] += 1
        if row["label"] is not None:
            label, other = row["label"], _shared_label(self.schema.codebook.by_name[row["layer"]])
            self.labels[row["layer"], other or label, split] += 1

    def annotations(self, row: dict) -> None:
        """Count one annotator's set. The sets of an article and pass must follow each other."""
        name, place = row["pass"], (row["article_id"], row["pass"])
        self.sets[row["annotator_kind"], row["assistance"], name] += 1
        self.annotators[row["annotator_kind"]].add(row["annotator"])
        if not row["annotator_kind"].startswith((HUMAN, PUBLISHED)):
            self.machines[row["annotator"], name].sets += 1
        if row["lead_time"] is not None:
            self.times[name].append(row["lead_time"])
        if place == self._place:
            self.per_item[name, self._sets] -= 1
        self._sets = self._sets + 1 if place == self._place else 1
        self._place = place
        self.per_item[name, self._sets] += 1

    def dossier(self, row: dict) -> None:
        """Count one row of the dossiers."""
        self.machines[row["annotator"], row["pass"]].add(row)

    @property
    def scales(self) -> list[Layer]:
        """The layers that place an actor on a scale."""
        return [layer for layer in self.schema.each if is_soft(layer)]

    @property
    def human_sets(self) -> int:
        """The number of annotation sets by people who followed the guidelines."""
        return sum(count for (kind, *_), count in self.sets.items() if kind.startswith(HUMAN))

    @property
    def published_sets(self) -> int:
        """The number of annotation sets that are the labels of published datasets."""
        return sum(count for (kind, *_), count in self.sets.items() if kind == PUBLISHED)


def _shared_label(layer: Layer) -> str:
    """The label that stands for all answers of a layer whose labels are not the codebook's; "" for other layers."""
    return "" if layer.labels else ANY_ACTOR if layer.labels_from == ACTORS else NUMBER if layer.kind == "number" else TYPED


PILOT = " (silver pilot)"
PROMPTS = "prompts"  # the folder of a release with the prompts that dossiers name
Rows = Mapping[str, Mapping[str, int]]  # number of rows, by config and split
ORDER = {"train": 0, "validation": 1, "test": 2}


class CardFacts(NamedTuple):
    """The content of a card."""

    tally: Tally
    configs: Mapping[str, Features]
    rows: Rows
    version: str
    content: str
    agreement: Sequence[Figure] = ()
    left_out: Mapping[str, int] = {}  # number of notes, by code
    prose: Prose | None = None  # the hand-written part
    sizes: Mapping[str, Mapping[str, int]] = {}  # in bytes, by config and kind of size
    baselines: Sequence[Baseline] = ()
    leaks: LeakReport | None = None  # leaks between its splits
    shares: Mapping[str, float] = SHARES  # by which new stories are drawn
    annotators: Mapping[str, Annotator] = {}  # the public list
    conflicts: Sequence[str] = ()  # of the registry

    @property
    def name(self) -> str:
        """The name of the dataset, marked as a pilot if no person made its labels."""
        return self.tally.schema.codebook.title + (PILOT if self.tally.human_sets == 0 else "")

    @property
    def repo(self) -> str:
        """The repository on the Hub, owner/name; "" if it is not known."""
        return self.prose.head.repo if self.prose else ""

    @property
    def splits(self) -> list[str]:
        """The splits of the articles, train first."""
        return in_order(self.tally.articles)


def in_order(splits: Iterable[str]) -> list[str]:
    """The names of the splits, train first."""
    return sorted(splits, key=lambda name: (ORDER.get(name, len(ORDER)), name))


EACH = {"actors": "for each of the article's actors", "spare": "for each actor that the registry does not know"}
LEFT_OUT = {
    "QUARANTINED": "articles whose story is in two splits",
    "SET-LEFT-OUT": "annotation sets of articles that are not in this version",
    "DOSSIER-LEFT-OUT": "dossiers of articles that are not in this version",
    "EMPTY-SPLIT": "empty splits",
}


SCHEMES = {
    DEFAULT: "the splits of the configs: whole stories are held out, drawn by a hash",
    BY_DATE: "the last days are held out",
    BY_SOURCE: "whole outlets are held out; the others report the same stories",
    BY_CONFLICT: "whole conflicts are held out",
}


def template_values(release: CardFacts) -> dict[str, Any]:
    tally, codebook, splits = release.tally, release.tally.schema.codebook, release.splits
    people = {name for kind, names in tally.annotators.items() if kind.startswith(HUMAN) for name in names}
    assisted = (n for (kind, assistance, _), n in tally.sets.items() if kind.startswith(HUMAN) and assistance != "none")

    has_registry = bool(release.rows.get(REGISTRY))  # without one, only copies make a story
    unseen = [row for row in release.leaks.unseen if {RELEASED[0], row.split} <= {*splits}] if release.leaks else []

    def different(what: str, names: Mapping[str, set[str]]) -> list:
        return [what, *(len(names[split]) for split in splits), len(set().union(*names.values()))]

    return {
        "name": release.name,
        "pilot": tally.human_sets == 0,
        "prose": release.prose.sections if release.prose else {},
        "machine_sets": tally.sets.total() - tally.human_sets - tally.published_sets,
        "published_sets": tally.published_sets,
        "assisted_sets": sum(assisted),  # sets of people that started from a suggestion
        "people_of": "1 person" if len(people) == 1 else f"{len(people)} people",
        "human_annotators": len(people),
        "release": release,
        "tally": tally,
        "codebook": codebook,
        "splits": splits,
        "ends": split_ends(release.shares),
        "surface": SURFACE,
        "where": release.repo or "dataset/release",
        "configs": [[name, *(rows.get(split, 0) for split in splits), sum(rows.values())] for name, rows in release.rows.items()],
        "articles": [
            ["articles", *(tally.articles[split] for split in splits), tally.articles.total()],
            different("groups of near-duplicates", tally.groups),
            *([different("stories", tally.stories)] if has_registry else []),
        ],
        "sources": [[*key[:2], "left out" if key[2] else "in", n] for key, n in sorted(tally.sources.items())],
        "tiers": [[tier, *(tally.tiers[tier, split] for split in splits)] for tier in sorted({key[0] for key in tally.tiers})],
        "sets": [[*key, count] for key, count in sorted(tally.sets.items())],
        "people": [[kind, len(names)] for kind, names in sorted(tally.annotators.items())],
        "machines": machines(release),
        "asked": [_asked(*key, work) for key, work in sorted(tally.machines.items()) if work.dossiers],
        "answered": [_answered(*key, work) for key, work in sorted(tally.machines.items()) if work.dossiers],
        "changed": [row for key, work in sorted(tally.machines.items()) for row in _changed(*key, work)],
        "unexplained": [[*key, work.unexplained] for key, work in sorted(tally.machines.items()) if work.unexplained > 0],
        "times": [[name, len(times), median(times) / 60] for name, times in sorted(tally.times.items())],
        "per_item": [[*key, count] for key, count in sorted(tally.per_item.items()) if count],
        "adjudicated": [_adjudicated(layer, tally) for layer in codebook.layers],
        "suggestions": [layer.name for layer in codebook.layers if layer.suggestions],
        "scales": [[layer.name, list(layer.label_names), _by_source(layer, tally)] for layer in tally.scales],
        "labels": [row for layer in codebook.layers for row in _label_rows(layer, tally, splits)],
        "layers": [[layer.name, _kind(layer), layer.definition] for layer in codebook.layers],
        "left_out": {words: release.left_out[code] for code, words in LEFT_OUT.items() if release.left_out.get(code)},
        **baseline_values(release.baselines, list(codebook.by_name)),
        "schemes": [
            [name, SCHEMES.get(name, ""), *(tally.places[name, split] for split in RELEASED), tally.places[name, QUARANTINE]]
            for name in dict.fromkeys(name for name, _ in tally.places)
        ],
        "released": list(RELEASED),
        "has_registry": has_registry,
        "has_dossiers": bool(release.rows.get(DOSSIERS)),
        "has_stories": bool(release.rows.get(STORIES)),
        "has_scales": any(layer.ordinal for layer in codebook.layers),
        "beside": _beside,
        "unseen": [[row.kind, row.split, row.named, row.unseen] for row in unseen],
        "agreement_columns": COLUMNS,
        "too_few": too_few,
        "agreement": [
            (HEADING_TEXTS[kind].full, weighting(figures), list(map(cells, figures)))
            for kind, group in groupby(release.agreement, key=lambda figure: figure.kind)
            for figures in [list(group)]
        ],
    }


def machines(release: CardFacts) -> list[list[str]]:
    """Each machine among the annotators: kind, model and description, from the sets, the dossiers and the public list."""
    kinds = {name: kind for kind, names in release.tally.annotators.items() for name in names}
    rows = []
    for name, of_name in groupby(sorted(release.tally.machines.items()), key=lambda entry: entry[0][0]):
        listed = release.annotators.get(name)
        asked = set().union(*(work.values["model"] for _, work in of_name))
        kind = kinds.get(name, "model")
        model = ", ".join(sorted(asked)) or (listed.model if listed else "") or ("" if kind == "rule" else UNKNOWN)
        rows.append([name, kind, model, listed.description if listed else ""])
    return rows


def _asked(annotator: str, pass_name: str, work: MachineWork) -> list[str]:
    """The model as it was asked for and as it was served, by whom, when, with which prompt and which parameters."""
    days = " to ".join(dict.fromkeys((min(work.days), max(work.days)))) if work.days else UNKNOWN
    prompts = (f"[{prompt}]({PROMPTS}/{prompt}.md)" for prompt in sorted(work.values["prompt"]))
    names = ("model", "served", "host")
    found = [", ".join(sorted(work.values[name])) for name in names]
    return [annotator, pass_name, *found, days, ", ".join(prompts), ", ".join(sorted(work.values["parameters"]))]


def _answered(annotator: str, pass_name: str, work: MachineWork) -> list:
    """The articles that a model was asked about, what became of the answers, tokens and cost."""
    left_out = ", ".join(f"{code} {count:,}" for code, count in sorted(work.left_out.items())) or "0"
    cost = ", ".join(f"{cost:.2f} {currency}".strip() for currency, cost in sorted(work.cost.items())) or None
    tokens = (work.numbers.get(name) for name in TOKENS)
    return [annotator, pass_name, work.dossiers, work.without_set, work.again, left_out, *tokens, cost]


def _changed(annotator: str, pass_name: str, work: MachineWork) -> Iterator[list]:
    """For each layer that a critic has changed: whose sets it read, and the numbers of its changes, by kind and by reason."""
    for name in dict.fromkeys(layer for layer, *_ in sorted(work.changes)):
        counts = {key[1:]: count for key, count in work.changes.items() if key[0] == name}
        kinds, codes = Counter[str](), Counter[str]()
        for (kind, code), count in counts.items():
            kinds[kind] += count
            codes[code] += count
        reasons = ", ".join(f"{code} {count:,}" for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0])))
        first = ", ".join(sorted(work.values["critic_of"]))
        yield [annotator, first, pass_name, name, *(kinds[kind] for kind in ("add", "remove", "change")), reasons]


def _adjudicated(layer: Layer, tally: Tally) -> list:
    """A layer, how its annotations were adjudicated, and the numbers of decided and open conflicts."""
    hows = [f"{how} {count:,}" for (name, how), count in sorted(tally.adjudicated.items()) if name == layer.name]
    return [layer.name, ", ".join(hows) or "none", tally.states[layer.name, DECIDED], tally.states[layer.name, OPEN]]


def _by_source(layer: Layer, tally: Tally) -> list[list]:
    """For each source, the counts of the labels of a scale, and the mean of their values."""
    rows = []
    for source in sorted({key[0] for key in tally.sources}):
        counts = [tally.by_source[layer.name, source, label] for label in layer.label_names]
        values = [(layer.by_name[label].value or 0) * count for label, count in zip(layer.label_names, counts, strict=True)]
        rows.append([source, *counts, round(sum(values) / sum(counts), 2) if sum(counts) else None])
    return rows


def _label_rows(layer: Layer, tally: Tally, splits: Sequence[str]) -> Iterator[list]:
    for name in layer.label_names or (_shared_label(layer),):
        counts = [tally.labels[layer.name, name, split] for split in splits]
        yield [layer.name, name, *counts, sum(counts)]


def _beside(layer: Layer) -> str:
    """What the table of a layer has beside each item."""
    what = (("its sentence", layer.kind == "span"), ("the actor that it is about", names_actor(layer)))
    return " and ".join(words for words, has in what if has)


def _kind(layer: Layer) -> str:
    """The kind of a layer, and what it is about."""
    if layer.kind == "relation":
        return f"relation from {layer.head} to {layer.tail}"
    about = f"about each of {layer.of}" if layer.of else EACH.get(layer.for_each, "")
    return f"{layer.kind} {about or ('in the text' if layer.kind == 'span' else 'about the article')}"
