"""Build a release from adjudicated sets: write it beside the old one, read it back, and replace the old one as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features
from msgspec.structs import replace

from standpoint.adjudication.new_actors import outdated_actors, with_actor_ids
from standpoint.agreement.figures import Figure
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import RecordStore, prompts_of, read_adjudicated, read_annotation_sets, read_articles, read_dossiers
from standpoint.core.files import SUMS, read_text, refuse_foreign, replace_folder, same_files, workspace
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Issue, StandpointError
from standpoint.core.project import Project, parse_version
from standpoint.core.provenance import Annotator, Dossier, as_listed, kinds_of, prompt_files
from standpoint.core.standoff import article_id_of
from standpoint.dataset import hub_benchmark
from standpoint.dataset.card import drawings, plain_yaml, released_version, rendered
from standpoint.dataset.card_baselines import Baseline
from standpoint.dataset.card_tables import HUMAN, PROMPTS, CardFacts, Prose, Rows, Tally
from standpoint.dataset.croissant import citation_file, croissant
from standpoint.dataset.happenings import Event, events_of, story_rows
from standpoint.dataset.parquet_files import TableWriter, batch, file_name, verify, writing
from standpoint.dataset.release_folder import checksums, content_hash, readable, sizes, split_of
from standpoint.dataset.rows import (
    FULL,
    actor_row,
    annotation_row,
    article_head,
    document,
    dossier_row,
    items,
    pointer,
    resolutions,
)
from standpoint.dataset.schema import (
    ANNOTATIONS,
    ARTICLES,
    DOCUMENTS,
    DOSSIERS,
    REGISTRY,
    RESOLUTIONS,
    SPLITS,
    STORIES,
    Schema,
    features,
)
from standpoint.dataset.withhold import is_open, refuse, withheld, without_text
from standpoint.splits.leaks import LeakReport
from standpoint.splits.splits import DEFAULT, QUARANTINE, RELEASED, SHARES, SplitRow, current_stories, load_plan, read_splits

SILVER = "silver"  # the tier of articles with a machine's set; any other tier claims that people made all sets


Extra = bytes | Callable[[Path], bytes]


class Records(NamedTuple):
    """The records of a release, each kind in any order. Each is read once."""

    articles: Iterable[Article]
    adjudicated: Iterable[AdjudicatedSet]
    sets: Iterable[AnnotationSet]
    splits: Iterable[SplitRow]
    dossiers: Iterable[Dossier] = ()
    other_splits: Mapping[str, Iterable[SplitRow]] = {}  # the rows of the other files of splits, by name


def records_of(project: Project) -> Records:
    """The records from which a project's release is built."""
    kinds = kinds_of(project)
    sets = (as_listed(item, kinds) for item in read_annotation_sets(project))
    files = {name: read_splits(project.split_file(name)) for name in load_plan(project.split_plan).files}
    splits = files.pop(DEFAULT)
    return Records(read_articles(project), read_adjudicated(project), sets, splits, read_dossiers(project), files)


def copied_files(project: Project) -> dict[str, Extra]:
    """The files that each release has as the project has them: with the prompts that dossiers name."""
    paths = {
        "CHANGELOG.md": project.release_changelog,
        "sources.yaml": project.sources,
        "copies.yaml": project.copies,
    }  # hydrate reads both
    prompts = [file for digest in prompts_of(project) for file in prompt_files(project.prompts, digest)]
    if missing := next((file for file in prompts if not file.is_file()), None):
        raise StandpointError(f"{missing}: is missing, and a dossier names it", "restore it from an earlier commit")
    files = {name: path for name, path in paths.items() if path.exists()} | {f"{PROMPTS}/{file.name}": file for file in prompts}
    return {name: path.read_bytes() for name, path in files.items()}


class TableComparer(TableWriter):
    """Compares rows with those of a release instead of writing them. ``differing``: the configs in which they differ."""

    def __init__(self, folder: Path, configs: dict[str, Features]) -> None:
        super().__init__(folder, configs)
        self.differing: set[str] = set()
        self._groups: Counter[tuple[str, str]] = Counter()  # of rows, that were compared

    def flush(self, config: str, split: str) -> None:
        """Compare the waiting rows with the next group of rows in their file."""
        rows, number = self.waiting.pop((config, split)), self._groups[config, split]
        path = self.folder / file_name(config, split)
        self._groups[config, split] += 1
        present = pa.Table.from_batches([batch(rows, self.configs[config], self.schemas[config])])
        if not path.is_file():
            self.differing.add(config)
            return
        with readable(path):
            file = pq.ParquetFile(path)
            if number >= file.num_row_groups or not file.read_row_group(number).equals(present):
                self.differing.add(config)

    def finish(self) -> None:
        """Compare what is still waiting; what a file has beyond that differs too."""
        for config, split in list(self.waiting):
            self.flush(config, split)
        for path in self.folder.glob("*/*.parquet"):
            with readable(path):
                if pq.ParquetFile(path).num_row_groups > self._groups[path.parent.name, split_of(path)]:
                    self.differing.add(path.parent.name)


def outdated_parts(project: Project, codebook: Codebook, registry: Registry) -> list[str]:
    """What a build would write otherwise than the project's release has it: configs, copied files, the version.

    The figures and the text of the card are not compared. StandpointError where a build would refuse.
    """
    configs, folder, registry = features(codebook), project.release, replace(registry, off=frozenset())  # as in a build
    comparer = TableComparer(folder, configs)
    with sorted_records(records_of(project)) as records:
        write_rows(records, comparer, Tally(Schema(codebook)), registry)
    comparer.finish()
    files = {"codebook.yaml": plain_yaml(codebook)} | _registry_file(registry) | copied_files(project)
    differing = [
        name for name, content in files.items() if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    if project.version.exists():
        refuse_version(version := read_text(project.version).strip())
        differing += ["version"] if released_version(folder) != version else []
    return [*sorted(comparer.differing), *differing]


@dataclass
class SortedRecords:
    """The records of a release on disk, the split and story of each article, and facts about the articles that were written."""

    articles: RecordStore[Article]
    adjudicated: RecordStore[AdjudicatedSet]
    sets: RecordStore[AnnotationSet]
    dossiers: RecordStore[Dossier]
    split: Mapping[str, str]
    story: Mapping[str, str]
    schemes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # the split of each article, if there are several
    notes: list[Issue] = field(default_factory=list)
    withheld: dict[str, bool] = field(default_factory=dict)  # whether the text is withheld, by id of an article in the release
    tier: dict[str, str] = field(default_factory=dict)  # by id of an article in the release
    human: dict[str, tuple[str, ...]] = field(default_factory=dict)  # annotators, by id of an article that only people labelled
    events: list[Event] = field(default_factory=list)  # of stories with several articles

    @cached_property
    def told_together(self) -> frozenset[str]:
        """The stories of several articles."""
        return frozenset(story for story, count in Counter(self.story.values()).items() if count > 1)


@contextmanager
def sorted_records(records: Records) -> Iterator[SortedRecords]:
    """Store all records on disk for as long as the block lasts."""
    with (
        closing(RecordStore(Article)) as articles,
        closing(RecordStore(AdjudicatedSet)) as adjudicated,
        closing(RecordStore(AnnotationSet)) as sets,
        closing(RecordStore(Dossier)) as dossiers,
    ):
        articles.fill((article.id, article) for article in records.articles)
        adjudicated.fill((item.article_id, item) for item in records.adjudicated)
        sets.fill(((item.article_id, item.pass_name, item.annotator), item) for item in records.sets)
        dossiers.fill(((item.article_id, item.pass_name, item.annotator), item) for item in records.dossiers)
        rows = list(records.splits)
        split = {row.article_id: row.split for row in rows}
        others = {name: {row.article_id: row.split for row in others} for name, others in records.other_splits.items()}
        schemes = {DEFAULT: split} | others if others else {}
        yield SortedRecords(articles, adjudicated, sets, dossiers, split, current_stories(rows), schemes)


def write_rows(records: SortedRecords, writer: TableWriter, tally: Tally, registry: Registry | None) -> None:
    """Write the rows of all configs in the order of the article ids, and count them."""
    for adjudicated in records.adjudicated:
        article_id = adjudicated.article_id
        if article_id not in records.articles:
            hint = "ingest the article, or remove its annotation sets; then run: standpoint adjudicate"
            raise StandpointError(f"{article_id}: it is adjudicated, and no article has this id", hint)
        annotators = {annotator for _, _, annotator in records.sets.keys_within(article_id)}
        if not annotators:
            raise StandpointError(f"{article_id}: it is adjudicated, and has no annotation set", "run: standpoint adjudicate")
        if strangers := sorted(adjudicated.named - annotators):
            message = f"{article_id}: its adjudicated set names {strangers[0]}, who has no annotation set of the article"
            raise StandpointError(message, "run: standpoint adjudicate")
        if article_id not in records.split:
            raise StandpointError(f"{article_id}: it has no split", "run: standpoint split")
        if records.split[article_id] == QUARANTINE:
            records.notes.append(Issue(article_id, "QUARANTINED", "its group is in two splits: left out", "note"))
        else:
            _write_article(records, adjudicated, writer, tally, registry)
    for row in story_rows(records.events):
        writer.add(STORIES, records.split[row["article_id"]], row)
    for actor in registry.actors if registry else ():
        writer.add(REGISTRY, FULL, actor_row(actor))
    annotated_by_people = set()
    for article_id, sets in groupby(records.sets, key=article_id_of):
        present = with_actor_ids(sets, tally.schema.codebook, registry or NO_ACTORS)
        if any([_write_set(records, item, writer, tally) for item in present]):
            annotated_by_people.add(article_id)
    for article_id in sorted(set(records.human) - annotated_by_people):
        raise _wrong_tier(records, article_id, "no person's annotation set exists")
    for dossier in records.dossiers:
        _write_dossier(records, dossier, writer, tally)


def _write_article(
    records: SortedRecords, adjudicated: AdjudicatedSet, writer: TableWriter, tally: Tally, registry: Registry | None
) -> None:
    article, schema = records.articles[adjudicated.article_id], tally.schema
    split = records.split[article.id]
    refuse(article, adjudicated, schema)
    for former, present in outdated_actors(adjudicated, schema.codebook, registry or NO_ACTORS).items():
        message = f"adjudicated set of {article.id}: {former} is {present} in the registry by now"
        raise StandpointError(message, "run: standpoint adjudicate")
    row = document(article, adjudicated, schema, records.story[article.id])
    if row["story"] in records.told_together:
        records.events.extend(events_of(row, article_head(row), schema.codebook, registry))
    row = row if is_open(article) else withheld(row, schema)
    records.withheld[article.id] = row["text"] is None
    records.tier[article.id] = adjudicated.tier
    if adjudicated.tier != SILVER:
        records.human[article.id] = adjudicated.annotators
    writer.add(DOCUMENTS, split, row)
    writer.add(ARTICLES, split, pointer(row))
    for scheme, places in records.schemes.items():
        place = places.get(article.id, QUARANTINE)
        tally.places[scheme, place] += 1
        if place != QUARANTINE:
            writer.add(SPLITS, FULL, {"article_id": article.id, "scheme": scheme, "split": place})
    for layer in schema.tables:
        for item in items(layer, row, schema, registry):
            writer.add(layer.name, split, item)
    for resolution in resolutions(adjudicated, row, schema):
        writer.add(RESOLUTIONS, split, resolution)
        tally.resolution(resolution, split)
    tally.document(row, split)


def _write_set(records: SortedRecords, item: AnnotationSet, writer: TableWriter, tally: Tally) -> bool:
    """Write the row of an annotation set; whether it is in the release and a person made it."""
    article_id, is_human = item.article_id, item.annotator_kind.startswith(HUMAN)
    if article_id not in records.withheld:
        message = f"the set of {item.annotator} ({item.pass_name}) is left out: its article is not in the release"
        records.notes.append(Issue(article_id, "SET-LEFT-OUT", message, "note"))
        return False
    if not is_human and item.annotator in records.human.get(article_id, ()):
        raise _wrong_tier(records, article_id, f"{item.annotator} is a {item.annotator_kind}")
    if records.withheld[article_id]:
        item = without_text(item, tally.schema.typed)
    row = annotation_row(item, records.tier[article_id], bool(tally.schema.codebook.crosswalks))
    writer.add(ANNOTATIONS, records.split[article_id], row)
    tally.annotations(row)
    return is_human


def _write_dossier(records: SortedRecords, dossier: Dossier, writer: TableWriter, tally: Tally) -> None:
    article_id = dossier.article_id
    if article_id not in records.withheld:
        message = f"the dossier of {dossier.annotator} ({dossier.pass_name}) is left out: its article is not in the release"
        records.notes.append(Issue(article_id, "DOSSIER-LEFT-OUT", message, "note"))
        return
    if not dossier.taken < len(dossier.rounds):
        message = f"the dossier of {dossier.annotator} ({dossier.pass_name}) takes round {dossier.taken}, which it does not have"
        raise StandpointError(f"{article_id}: {message}", "run: standpoint check")
    row = dossier_row(dossier, records.tier[article_id], records.withheld[article_id])
    writer.add(DOSSIERS, records.split[article_id], row)
    tally.dossier(row)


def _wrong_tier(records: SortedRecords, article_id: str, why: str) -> StandpointError:
    return StandpointError(f"{article_id}: its tier is {records.tier[article_id]}, and {why}", "run: standpoint adjudicate")


class Plan(NamedTuple):
    """The options of a build. ``extras``: further files, as bytes or as a function of the folder with the data."""

    codebook: Codebook
    version: str
    registry: Registry | None = None
    agreement: Sequence[Figure] = ()
    extras: Mapping[str, Extra] = {}
    prose: Prose | None = None  # the hand-written part of the card
    baselines: Callable[[Path], Sequence[Baseline]] = lambda folder: ()  # scores on the data in the folder
    leaks: LeakReport | None = None
    shares: Mapping[str, float] = SHARES  # of the plan of the splits
    annotators: Mapping[str, Annotator] = {}  # the public list


class Summary(NamedTuple):
    """The result: whether the release changed, its rows by config and split, its content hash, and notes."""

    version: str
    changed: bool
    rows: Rows
    content: str
    notes: list[Issue]


def refuse_version(version: str) -> None:
    """StandpointError for what is no version of a release."""
    if version != str(parse_version(version)):
        raise StandpointError(f"version {version!r} is not MAJOR.MINOR.PATCH", "without the v of a tag")


def build_release(records: Records, plan: Plan, out: Path) -> Summary:
    """Build the release in ``out``. After an exception or a kill, ``out`` holds the release that was there before."""
    refuse_version(plan.version)
    configs, tally = features(plan.codebook), Tally(Schema(plan.codebook))
    refuse_foreign(out)
    with workspace(out) as beside:
        new, cache = (beside / name for name in ("release", "cache"))
        new.mkdir()
        with sorted_records(records) as stored, writing(new, configs) as writer:
            write_rows(stored, writer, tally, plan.registry)
        notes = [*stored.notes, *_empty_splits(writer.rows, stored.split, plan.shares)]
        rows = {config: splits for config, splits in writer.rows.items() if splits}
        content = content_hash(new)
        left_out = Counter(note.code for note in notes)
        facts = CardFacts(tally, configs, rows, plan.version, content, plan.agreement, left_out, plan.prose, sizes(new))
        facts = facts._replace(conflicts=list(plan.registry.conflict_by_name) if plan.registry else [])
        facts = facts._replace(baselines=plan.baselines(new), leaks=plan.leaks, shares=plan.shares, annotators=plan.annotators)
        _write_other_files(new, facts, plan)
        if not same_files(out, new):
            verify(new, configs, rows, cache)
            if released_version(out) == plan.version:
                # The cache of a user may keep the old data under this version.
                message = f"its data changed, and its version is still {plan.version}"
                notes.append(Issue("release", "SAME-VERSION", message, "note"))
        return Summary(plan.version, replace_folder(out, new), rows, content, notes)


def _empty_splits(rows: Rows, split_of: Mapping[str, str], shares: Mapping[str, float]) -> Iterator[Issue]:
    """A note for each split that is left out because it has no rows, as load_dataset cannot read an empty split.

    A split without articles has one note, and not one for each config; none if the plan gives it no share. ``split_of``: the
    split of each article, also of those that are not adjudicated. StandpointError if no split has an article.
    """
    if not rows[DOCUMENTS]:
        raise StandpointError("no split has an adjudicated article", "run: standpoint adjudicate, and: standpoint split")
    waiting = Counter(split_of.values())
    for split in shares:
        if split not in rows[DOCUMENTS]:
            message = f"no rows in split {split}: it is left out of all configs; it needs 1 adjudicated article, and has"
            yield Issue(DOCUMENTS, "EMPTY-SPLIT", f"{message} {waiting[split]} that are not adjudicated", "note")
    for config, splits in rows.items():
        for split in RELEASED if config not in (REGISTRY, SPLITS) and (splits or config not in (DOSSIERS, STORIES)) else ():
            if split in rows[DOCUMENTS] and split not in splits:
                yield Issue(config, "EMPTY-SPLIT", f"no rows in split {split}: the split is left out", "note")


def _registry_file(registry: Registry) -> dict[str, bytes]:
    """The registry by the name of its file; nothing if it is empty, as on most topics."""
    return {"actors.yaml": plain_yaml(registry)} if registry.actors or registry.places else {}


def _write_other_files(new: Path, release: CardFacts, plan: Plan) -> None:
    plots = list(drawings(release))
    files: dict[str, Extra] = {"codebook.yaml": plain_yaml(plan.codebook), "LICENSE": rendered("licence.txt.j2", release)}
    files |= _registry_file(plan.registry) if plan.registry else {}
    files |= {plot.path: plot.svg.encode() for plot in plots}
    files |= {"README.md": rendered("card.md.j2", release, plots), "CITATION.cff": citation_file(release)}
    files["croissant.json"] = lambda folder: croissant(release, folder)
    files |= {hub_benchmark.FILE: benchmark} if (benchmark := hub_benchmark.benchmark_file(release, new)) else {}
    for name, extra in (files | dict(plan.extras)).items():
        (new / name).parent.mkdir(exist_ok=True)
        (new / name).write_bytes(extra if isinstance(extra, bytes) else extra(new))
    (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
