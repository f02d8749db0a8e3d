"""Where a project stands: what each stage has, what is stale, and what to do next.

Only files are read: no server is asked, no lock is taken, nothing is written. What is stale is found by the functions that would
write it. A file that cannot be read is named, and everything else is still told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from msgspec import Struct

from standpoint.adjudication.adjudicate import outdated_sets
from standpoint.codebook.load import open_codebook
from standpoint.core.files import PLACEHOLDERS, SUMS, read_lines, read_text
from standpoint.core.history import HistoryRow, read_history
from standpoint.core.model import TAKEN_DOWN, WITHHELD, AdjudicatedSet, MissingExtra, Reporter, StandpointError
from standpoint.core.project import ADJUDICATOR, Project, is_version, parse_version
from standpoint.core.repository import find_repository
from standpoint.core.standoff import Head, Standoff
from standpoint.ingest.raw_files import raw_files
from standpoint.ingest.sources import load_sources, sources_for
from standpoint.splits.splits import DEFAULT, SPLITS, load_plan, read_splits
from standpoint.team.plan import read_assignments, read_sample, team_of

STEPS = 3  # at most so many commands are proposed
FIRST = "0.1.0"  # the number of a first version, unless dataset/version.txt has another


class Work(Struct, frozen=True):
    """The articles that an annotator has annotated in a pass, and those that are assigned or annotated; 0: none is assigned."""

    done: int
    planned: int


class Step(Struct, frozen=True):
    """A command to run next, and why."""

    command: str
    reason: str


@dataclass(kw_only=True)
class Status:
    """Where a project stands. ``damage``: what could not be read, a line each; what depends on it is not told.

    ``raw``: the raw files of each source that has no article ("" for files that no source matches). ``outdated``: the adjudicated
    sets that `standpoint adjudicate` would add, change or remove; ``unchecked``: why that is not known here. ``behind``: what
    `standpoint build` would write otherwise; ``refused``: why it would refuse; ``unknown``: why neither is known here. ``since``:
    what has changed since ``last``, the last released version; ``yanked``: why that version is yanked; ``untold``: why what has
    changed is not known.
    """

    title: str = ""
    version: str = ""
    codebook: str = ""
    articles: dict[str, int] = field(default_factory=dict)
    withheld: int = 0
    taken_down: int = 0
    without_text: int = 0
    raw: dict[str, int] = field(default_factory=dict)
    sets: dict[str, dict[str, Work]] = field(default_factory=dict)
    without_set: dict[str, int] = field(default_factory=dict)
    unassigned: dict[str, int] = field(default_factory=dict)
    older_sets: int = 0
    adjudicated: int = 0
    conflicts: int = 0
    outdated: dict[str, int] = field(default_factory=dict)
    unchecked: str = ""
    splits: dict[str, int] = field(default_factory=dict)
    without_split: dict[str, int] = field(default_factory=dict)
    guide: list[str] = field(default_factory=list)
    built: bool = False
    behind: list[str] = field(default_factory=list)
    refused: str = ""
    unknown: str = ""
    last: str = ""
    released_on: str = ""
    yanked: str = ""
    since: list[str] = field(default_factory=list)
    untold: str = ""
    in_repository: bool = False
    uncommitted: int = 0
    damage: list[str] = field(default_factory=list)
    next: list[Step] = field(default_factory=list)


def project_status(project: Project, reporter: Reporter) -> Status:
    """Where a project stands; ``reporter`` is told of progress."""
    return _Reading(project, reporter).status()


class _SetHead(Struct):
    """What of an annotation set's line is counted."""

    article_id: str
    codebook_version: str


class _Reading:
    """One reading of a project, stage by stage."""

    def __init__(self, project: Project, reporter: Reporter) -> None:
        self.project, self.reporter, self.found = project, reporter, Status()
        self.statuses: dict[str, str] = {}  # of each article, as in ``standoff``

    def status(self) -> Status:
        for stage in (
            self._read_versions,
            self._read_articles,
            self._read_raw_files,
            self._read_sets,
            self._read_team,
            self._read_adjudicated,
            self._read_splits,
            self._read_guide,
            self._read_release,
            self._read_history,
        ):
            with self._telling_damage():
                stage()
        self.found.next = list(islice(next_steps(self.found), STEPS))
        return self.found

    @contextmanager
    def _telling_damage(self) -> Iterator[None]:
        """A block whose files may be damaged. One cause is told once, also if several stages read the file."""
        try:
            yield
        except StandpointError as error:
            self._damaged(error.message)
        except OSError as error:
            self._damaged(f"{error.filename}: {error.strerror}" if error.filename else str(error))

    def _damaged(self, message: str) -> None:
        line = message.replace(f"{self.project.root}/", "")
        if line not in self.found.damage:
            self.found.damage.append(line)

    def _read_versions(self) -> None:
        if self.project.version.exists():
            self.found.version = read_text(self.project.version).strip()
        codebook, _ = open_codebook(self.project)
        self.found.title, self.found.codebook = codebook.title, codebook.version

    def _read_articles(self) -> None:
        for path in sorted(self.project.articles.glob("*.jsonl")):
            with self._telling_damage():
                heads = {head.id: head.status for head in read_lines(path, Head)}
                self.found.articles[path.stem] = len(heads)
                self.statuses |= heads
        counts = Counter(self.statuses.values())
        self.found.withheld, self.found.taken_down = counts[WITHHELD], counts[TAKEN_DOWN]
        self.found.without_text = len(Standoff(self.project).without_text()) if self.found.withheld else 0

    def _read_raw_files(self) -> None:
        """Count the raw files that are certainly not ingested. Of a source that has articles, nothing says which files they are
        from, and reading all of them again would take long.
        """
        if not self.project.sources.exists():
            return
        sources, counts = load_sources(self.project.sources), Counter[str]()
        for file in raw_files([self.project.raw] if self.project.raw.is_dir() else ()):
            fit = sources_for(file.path, sources)
            last = next((number for number, source in enumerate(fit) if not source.where), len(fit))  # takes all records
            names = [source.id for source in fit[: last + 1]] or [""]
            if not file.is_about_others and not self.found.articles.keys() & names:
                counts[names[0]] += 1
        self.found.raw = dict(counts)

    def _read_sets(self) -> None:
        codebook, _ = open_codebook(self.project)
        own = [path.name for path in sorted(self.project.annotations.glob("*")) if path.is_dir()]
        for name in (*codebook.pass_by_name, *(other for other in own if other not in codebook.pass_by_name)):
            done: dict[str, set[str]] = {}
            paths = sorted((self.project.annotations / name).glob("*.jsonl"))
            for path in paths:
                with self._telling_damage():
                    heads = list(read_lines(path, _SetHead))
                    done[path.stem] = {head.article_id for head in heads}
                    self.found.older_sets += sum(head.codebook_version != codebook.version for head in heads)
            planned: dict[str, set[str]] = {}
            with self._telling_damage():
                for row in read_assignments(self.project.assignments / f"{name}.tsv"):
                    planned.setdefault(row.annotator, set()).add(row.article_id)
            self.found.sets[name] = {
                one: Work(len(done.get(one, ())), len(planned[one] | done.get(one, set())) if one in planned else 0)
                for one in sorted(done.keys() | planned.keys() - {path.stem for path in paths})
            }
            if name in codebook.pass_by_name and len(done) == len(paths):  # all of them could be read
                self.found.without_set[name] = len(self._to_annotate() - set().union(*done.values()))

    def _to_annotate(self) -> set[str]:
        return {name for name, status in self.statuses.items() if status != TAKEN_DOWN}

    def _read_team(self) -> None:
        """Count the articles that no member of the team has, where there is a team; if a sample was drawn, those of it."""
        team = team_of(self.project)
        for name in self.found.without_set:
            rows = read_assignments(self.project.assignments / f"{name}.tsv")
            if team.active(name):
                sample = {row.article_id for row in read_sample(self.project.samples / f"{name}.tsv")}
                wanted = self._to_annotate() & sample if sample else self._to_annotate()
                self.found.unassigned[name] = len(wanted - {row.article_id for row in rows})

    def _read_adjudicated(self) -> None:
        for path in sorted(self.project.adjudicated.glob("*.jsonl")):
            with self._telling_damage():
                for item in read_lines(path, AdjudicatedSet):
                    self.found.adjudicated += 1
                    self.found.conflicts += len(item.conflicts)
        try:
            self.found.outdated = {what: count for what, count in outdated_sets(self.project, self.reporter).items() if count}
        except MissingExtra as error:
            self.found.unchecked = f"{error.message}; to have it: {error.hint}"

    def _read_splits(self) -> None:
        for name in load_plan(self.project.split_plan).files:
            with self._telling_damage():
                rows = list(read_splits(self.project.split_file(name)))
                if missing := len(self.statuses.keys() - {row.article_id for row in rows}):
                    self.found.without_split[name] = missing
                if name == DEFAULT:
                    drawn = Counter(row.split for row in rows if row.article_id in self.statuses)
                    self.found.splits = {split: drawn[split] for split in SPLITS if drawn[split]}

    def _read_guide(self) -> None:
        if not self.project.trees.exists():
            return  # most projects generate nothing
        from standpoint.guide.guide import outdated_files  # here, as it imports what reads releases, which is slow

        self.found.guide = [path.relative_to(self.project.root).as_posix() for path in outdated_files(self.project)]

    def _read_release(self) -> None:
        self.found.built = (self.project.release / SUMS).is_file()
        if not self.found.built:
            return
        from standpoint.dataset.build import outdated_parts
        from standpoint.dataset.release_folder import damaged

        bad = damaged(self.project.release)
        for name in bad:
            self._damaged(f"dataset/release/{name}: missing, or changed since it was built")
        if bad or self.found.without_text:
            absent = f"{self.found.without_text:,} withheld texts are not on this machine"
            self.found.unknown = "it is damaged" if bad else absent
            return
        try:
            self.found.behind = outdated_parts(self.project, *open_codebook(self.project))
        except StandpointError as error:
            if self.found.damage:
                self.found.unknown = "what it is built from is damaged"
            else:
                self.found.refused = error.message

    def _read_history(self) -> None:
        rows = read_history(self.project.versions)
        if rows:
            last = rows[-1]
            self.found.last, self.found.released_on, self.found.yanked = last.version, last.date, last.yanked
        try:
            self._read_repository(rows[-1] if rows else None)
        except StandpointError as error:  # of git, which may be absent
            self.found.untold = error.message

    def _read_repository(self, last: HistoryRow | None) -> None:
        repository = find_repository(self.project)
        if repository is None:
            self.found.untold = "the project is in no git repository"
            return
        self.found.in_repository, self.found.uncommitted = True, len(repository.uncommitted())
        if last is None:
            return
        commit = repository.find_tag(last.number.tag) or repository.find_commit(last.commit)
        if commit is None:
            self.found.untold = "neither its tag nor its commit is in this clone"
        else:
            self.found.since = parts_of(repository.changed_since(commit))


DATA = {"annotations": "annotation sets", "adjudicated": "adjudicated sets", "raw": "raw files"}  # what a folder is called here


def parts_of(paths: Collection[str]) -> list[str]:
    """The parts of a project that paths below its folder belong to, without code and documentation, sorted."""
    parts = set()
    for path in paths:
        folder, _, rest = path.partition("/")
        inner, _, name = rest.partition("/")
        if folder in ("guidelines", "splits"):
            parts.add(folder)
        elif folder == "dataset" and rest != "versions.tsv" and (name not in PLACEHOLDERS or inner == "release"):
            parts.add(DATA.get(inner, inner) if name else rest)
    return sorted(parts)


def next_steps(found: Status) -> Iterator[Step]:
    """The commands that a project needs, in the order of the pipeline: what is missing first is first."""
    if found.damage:
        command = "standpoint check" if found.codebook else "standpoint codebook check"
        yield Step(command, "mend what is damaged first: it lists the faults of all data")
        return
    works = [work for by_name in found.sets.values() for work in by_name.values()]
    yield from _steps_to_articles(found)
    if found.articles:
        yield from _steps_to_sets(found, works)
    if any(work.done for work in works):
        yield from _steps_to_adjudicated_sets(found)
        yield from _steps_to_release(found)


def _steps_to_articles(found: Status) -> Iterator[Step]:
    if found.raw:
        yield Step("standpoint ingest dataset/raw", f"no article was made of {number(sum(found.raw.values()), 'raw file')}")
    elif not found.articles:
        how = "put texts into dataset/raw, and say in dataset/sources.yaml what they are"
        yield Step("standpoint ingest dataset/raw", f"there is no article yet: {how}")


def _steps_to_sets(found: Status, works: Collection[Work]) -> Iterator[Step]:
    if unassigned := max(found.unassigned.values(), default=0):
        yield Step("standpoint team assign", f"{number(unassigned, 'article')} without an annotator")
    missing = max(sum(found.without_set.values()), sum(work.planned - work.done for work in works if work.planned))
    if missing and not any(work.done for work in works):
        yield Step(
            "standpoint serve", "nobody has annotated yet: it opens Label Studio (for one elsewhere: standpoint push --url)"
        )
    if missing:
        yield Step("standpoint pull", f"{number(missing, 'annotation set')} not here yet: it fetches what is submitted")


def _steps_to_adjudicated_sets(found: Status) -> Iterator[Step]:
    if found.older_sets:
        older = f"{number(found.older_sets, 'annotation set')} of another codebook version than {found.codebook}"
        yield Step("standpoint fix", f"{older}: it says which labels are affected")
    if found.outdated:
        changed = ", ".join(f"{count:,} {what}" for what, count in found.outdated.items())
        yield Step("standpoint check", "annotation sets or decisions are new or changed: it finds their errors")
        yield Step("standpoint adjudicate", f"adjudicated sets: {changed}")
    elif found.conflicts:
        reason = f"{number(found.conflicts, 'conflict')} not decided, which a release may have"
        yield Step(f"standpoint serve --adjudicators {ADJUDICATOR}", reason)


def _steps_to_release(found: Status) -> Iterator[Step]:
    if found.without_split:
        yield Step("standpoint split", f"{number(max(found.without_split.values()), 'article')} without a split")
    if found.guide:
        yield Step("standpoint guide", f"{number(len(found.guide), 'file')} of the guide not as codebook and examples say")
    if found.unknown:
        yield Step("standpoint ingest dataset/raw", f"{found.unknown}: whether the release is stale is not known")
    elif not found.built:
        yield Step("standpoint build", "no release is built yet")
    elif found.refused:
        yield Step("standpoint build", f"it would refuse: {found.refused}")
    elif found.behind:
        yield Step("standpoint build", f"it would write otherwise: {', '.join(found.behind)}")
    else:
        yield from _steps_to_version(found)


def _steps_to_version(found: Status) -> Iterator[Step]:
    if found.untold:
        command = "git fetch --unshallow --tags" if found.in_repository else "git init"
        yield Step(command, f"{found.untold}, and a version is a commit and its tag")
        return
    if found.last and not found.since:
        yield Step(
            "standpoint release publish OWNER/NAME", f"nothing has changed since {found.last}; the Hub may not have it yet"
        )
        return
    if found.uncommitted:
        yield Step("git add --all && git commit", f"{number(found.uncommitted, 'file')} not committed, and a version is a commit")
    if not found.last or is_version(found.version) and parse_version(found.version) > parse_version(found.last):
        version = found.version if is_version(found.version) else FIRST
        yield Step(f"standpoint release create {version}", "the release is built, and not released yet")
        return
    yield Step(f"standpoint release diff {found.last} dataset/release", "its last line says which number the next version needs")
    yield Step("standpoint release create VERSION", f"the project has changed since {found.last}")


def number(count: int, noun: str) -> str:
    """``1 article``, ``2,000 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
