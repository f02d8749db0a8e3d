"""The plan of the splits, the split of each article, and the append-only files in ``splits/``."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

from msgspec import Struct, field

from standpoint.codebook.load import open_codebook
from standpoint.core.files import read_tsv, write_tsv
from standpoint.core.history import released_versions
from standpoint.core.model import Issue, Reporter, StandpointError, sha256
from standpoint.core.project import Project, parse_version
from standpoint.core.yaml_files import load_as, means
from standpoint.ingest.near_duplicates import groups
from standpoint.ingest.sources import load_sources
from standpoint.splits.stories import ArticleFacts, find_stories, read_corpus_facts

SALT = "standpoint"
SHARES = {"train": 0.70, "validation": 0.15, "test": 0.15}
RELEASED = tuple(SHARES)
QUARANTINE = "quarantine"
SPLITS = (*RELEASED, QUARANTINE)
OWN_QUARANTINE = ("between ", "off ", "undated", "no conflict")  # the reasons that this module gives
DEFAULT, BY_DATE, BY_SOURCE, BY_CONFLICT = "default", "by-date", "by-source", "by-conflict"
PLAN_HINT = "`standpoint keys plan.yaml` explains its keys"


class SplitPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The content of ``splits/plan.yaml``."""

    salt: Annotated[str, means("what the draw follows from; another salt draws new articles otherwise")] = SALT
    shares: Annotated[
        dict[str, float],
        means("the shares of train, validation and test in the stories (0.7, 0.15 and 0.15); one that is left out gets none"),
    ] = field(default_factory=SHARES.copy)
    by_date: Annotated[dict[str, date], means("the first day of validation and of test, for splits by date")] = {}
    by_source: Annotated[
        dict[str, tuple[str, ...]],
        means("the ids of the sources that are held out for test, and for validation if you like, for splits by source"),
    ] = {}
    by_conflict: Annotated[
        dict[str, tuple[str, ...]],
        means("the names of the registry's conflicts that are held out in the same way, for splits by conflict"),
    ] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the split files in the plan."""
        held_out = {BY_DATE: self.by_date, BY_SOURCE: self.by_source, BY_CONFLICT: self.by_conflict}
        return (DEFAULT, *(name for name, values in held_out.items() if values))


def load_plan(path: Path) -> SplitPlan:
    """The plan at ``path``, or the default plan if there is no file; StandpointError if the plan is not valid."""
    if not path.exists():
        return SplitPlan()
    try:
        plan = load_as(path, SplitPlan, "plan of splits")
    except StandpointError as error:
        raise StandpointError(error.message, PLAN_HINT) from None
    if unknown := [name for name in plan.shares if name not in RELEASED]:
        raise StandpointError(f"{path}: shares: {unknown[0]!r} should be one of {', '.join(RELEASED)}", PLAN_HINT)
    for name, share in plan.shares.items():
        if not share > 0:
            message = f"{path}: shares: {name} has {share:g}, should be above 0"
            raise StandpointError(message, f"to have no {name}, leave it out; the other shares should add up to 1")
    if not math.isclose(total := sum(plan.shares.values()), 1, abs_tol=1e-6):
        raise StandpointError(f"{path}: shares: they add up to {total:g}, should be 1", PLAN_HINT)
    held_out = RELEASED[1:]
    if plan.by_date and set(plan.by_date) != set(held_out):
        message = f"{BY_DATE}: has {', '.join(plan.by_date)}; should have {' and '.join(held_out)}"
        raise StandpointError(f"{path}: {message}", PLAN_HINT)
    if plan.by_date and not plan.by_date["validation"] < plan.by_date["test"]:
        raise StandpointError(f"{path}: {BY_DATE}: test should begin after validation", PLAN_HINT)
    for name, held in ((BY_SOURCE, plan.by_source), (BY_CONFLICT, plan.by_conflict)):
        if held and not {"test"} <= set(held) <= set(held_out):  # of few outlets or conflicts, all would be held out
            message = f"{name}: has {', '.join(held)}; should have test, and may have validation"
            raise StandpointError(f"{path}: {message}", PLAN_HINT)
        if len(held) > 1 and (repeated := set.intersection(*map(set, held.values()))):
            raise StandpointError(f"{path}: {name}: {min(repeated)} is in both splits", PLAN_HINT)
    return plan


HEADER = ("article_id", "split", "group", "story", "reason")


class SplitRow(NamedTuple):
    """One line of a split file. ``group`` and ``story`` are those of the time when the line was written.

    ``reason`` is "drawn", "published DAY", "source NAME" or "conflict NAME" if the article has its proposed split, "with ARTICLE"
    if it is in the split of an earlier article; in quarantine "between ARTICLE and ARTICLE", "off ARTICLE", "undated" or
    "no conflict".
    """

    article_id: str
    split: str
    group: str
    story: str
    reason: str


def unit_of(file_name: str, row: SplitRow) -> str:
    """The unit that a split file keeps in one split: the group in the file by source, otherwise the story."""
    return row.group if file_name == BY_SOURCE else row.story


def propose_splits(plan: SplitPlan, file_name: str, articles: Iterable[ArticleFacts]) -> Iterator[SplitRow]:
    """The split of each article by the rule of one split file, and the reason, regardless of the other articles."""
    for article in articles:
        if file_name == DEFAULT:
            split, reason = draw_split(article.story, plan.salt, plan.shares), "drawn"
        elif file_name == BY_DATE and article.published is None:
            split, reason = QUARANTINE, "undated"
        elif file_name == BY_DATE:
            day = date.fromisoformat(article.published or "")
            split = next((split for split in reversed(RELEASED[1:]) if day >= plan.by_date[split]), RELEASED[0])
            reason = f"published {article.published}"
        elif file_name == BY_CONFLICT and not article.conflict:
            split, reason = QUARANTINE, "no conflict"
        elif file_name == BY_CONFLICT:
            split = next((split for split, names in plan.by_conflict.items() if article.conflict in names), RELEASED[0])
            reason = f"conflict {article.conflict}"
        else:
            split = next((split for split, names in plan.by_source.items() if article.source in names), RELEASED[0])
            reason = f"source {article.source}"
        yield SplitRow(article.id, split, article.group, article.story, reason)


def draw_split(unit: str, salt: str = SALT, shares: Mapping[str, float] = SHARES) -> str:
    """The split that the hash of a name selects."""
    point, ends = int(sha256(f"{salt}:{unit}"), 16) / 2**256, split_ends(shares)
    return next((name for name, end in ends if point < end), ends[-1][0])


def split_ends(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    """Where each split ends, from 0 to 1, train first: the hash of a story is below the end of its split."""
    names = [name for name in RELEASED if name in shares]
    return [(name, sum(shares[before] for before in names[: number + 1])) for number, name in enumerate(names)]


def current_stories(rows: Iterable[SplitRow]) -> dict[str, str]:
    """The story of each article. Stories that a later row joins become one story."""
    return groups((row.article_id, row.story or row.article_id) for row in rows)


def assign_splits(
    file_name: str, proposals: Iterable[SplitRow], existing: Sequence[SplitRow]
) -> tuple[list[SplitRow], list[Issue]]:
    """The existing rows, unchanged, and a row for each new article; and a note for each unit that is not in one split.

    ``proposals``: the rows of all present articles, in any order. The rows of articles that no longer exist stay.
    """
    by_article = {proposal.article_id: proposal for proposal in proposals}
    merged = _merge_units(file_name, by_article, existing)
    placed = _placed_articles(file_name, existing, merged)
    assigned = {row.article_id for row in existing}
    new = [(merged[unit_of(file_name, row)], row) for key, row in sorted(by_article.items()) if key not in assigned]
    proposed: dict[str, set[str]] = defaultdict(set)
    for unit, proposal in new:
        proposed[unit].add(proposal.split)
    rows = sorted([*existing, *(_new_row(file_name, row, placed[unit], proposed[unit]) for unit, row in new)])
    return rows, sorted(_divided_unit_notes(file_name, rows, merged))


def _new_row(file_name: str, proposal: SplitRow, placed: Mapping[str, str], proposed: set[str]) -> SplitRow:
    """The row of a new article. ``placed``: an older article of its unit by split. ``proposed``: the splits of the new ones."""
    if proposal.split == QUARANTINE:
        return proposal
    if len(placed) > 1:
        return proposal._replace(split=QUARANTINE, reason=f"between {' and '.join(sorted(placed.values()))}")
    if placed:
        ((split, earlier),) = placed.items()
        if file_name == DEFAULT or split == proposal.split:
            return proposal._replace(split=split, reason=f"with {earlier}")
        return proposal._replace(split=QUARANTINE, reason=f"off {earlier}")
    if proposal.split != max(proposed - {QUARANTINE}, key=RELEASED.index):
        # The unit is in the last split that one of its articles needs: held-out articles must not be in train.
        return proposal._replace(split=QUARANTINE, reason=f"off {unit_of(file_name, proposal)}")
    return proposal


def _placed_articles(file_name: str, rows: Iterable[SplitRow], merged: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """For each merged unit, the first article in each split; quarantined articles are ignored."""
    placed: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.split != QUARANTINE:
            placed[merged[unit_of(file_name, row)]].setdefault(row.split, row.article_id)
    return placed


def _merge_units(file_name: str, proposals: Mapping[str, SplitRow], existing: Sequence[SplitRow]) -> dict[str, str]:
    """The merged unit of each unit: two units are merged if an article was in one of them and is now in the other.

    A quarantined article merges no units, because it is in no release.
    """
    links = [(unit_of(file_name, row), unit_of(file_name, row)) for row in (*proposals.values(), *existing)]
    for row in existing:
        if row.article_id in proposals and row.split != QUARANTINE:
            links.append((unit_of(file_name, row), unit_of(file_name, proposals[row.article_id])))
    return groups(links)


def _divided_unit_notes(file_name: str, rows: Sequence[SplitRow], merged: Mapping[str, str]) -> Iterator[Issue]:
    placed = _placed_articles(file_name, rows, merged)
    quarantined: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.split == QUARANTINE:
            quarantined[merged[unit_of(file_name, row)]].append(row.article_id)
    kind = "copies of one text" if file_name == BY_SOURCE else "one story"
    for unit in sorted({*quarantined, *(unit for unit, splits in placed.items() if len(splits) > 1)}):
        splits = " and ".join(sorted(placed[unit])) or "no split"
        others = f"; quarantined: {', '.join(quarantined[unit])}" if unit in quarantined else ""
        yield Issue(unit, "ACROSS-SPLITS", f"{file_name}: {kind} in {splits}{others}", "note")


def read_splits(path: Path) -> list[SplitRow]:
    """The rows of a split file, none if there is no file; StandpointError with the line if the file is not valid."""
    rows: list[SplitRow] = []
    hint = "splits are append-only: restore the file from the last commit"
    for line in read_tsv(path, HEADER, hint):
        row, previous, problem = SplitRow(*line.fields), rows[-1].article_id if rows else "", ""
        if row.split not in SPLITS:
            problem = f"split {row.split!r}, should be one of {', '.join(SPLITS)}"
        elif row.article_id == previous:
            problem = f"{previous} appears twice"
        elif row.article_id < previous:
            problem = f"{row.article_id} after {previous}, should be sorted by article_id"
        if problem:
            raise StandpointError(f"{path}:{line.number}: {problem}", hint)
        rows.append(row)
    return rows


def write_splits(path: Path, rows: Iterable[SplitRow]) -> None:
    """Write a split file, sorted; a file with the same rows is not touched."""
    write_tsv(path, HEADER, sorted(rows))


LARGE_STORY = 0.3  # share of all articles: with a larger story, another split may have no articles
LIKELY = 0.95  # the chance with which the stories that a note names fill an empty split
SALTS = 100  # other salts that are tried for one that fills all splits


def split_articles(project: Project, reporter: Reporter, redraw: bool = False) -> Counter:
    """Assign each new article in each split file; the number of articles in each split of the default file.

    With ``redraw``, all articles are assigned again by the present plan, unless somebody put them into quarantine.
    StandpointError after the first release.
    """
    if redraw and (released := released_versions(project)):
        message = f"{max(released, key=parse_version)} is released, and an article of a release never moves to another split"
        raise StandpointError(message, "run: standpoint split; a new salt or new shares are for the articles that come")
    plan, (corpus, without_text) = load_plan(project.split_plan), read_corpus_facts(project, reporter)
    listed = {source.id for source in load_sources(project.sources)} if project.sources.exists() else set()
    held_out = {name for names in plan.by_source.values() for name in names}
    for name in sorted(held_out - listed - {article.source for article in corpus}):
        raise StandpointError(f"{project.split_plan}: no source is called {name!r}", PLAN_HINT)
    _refuse_conflicts(project, plan)
    files: dict[str, list[SplitRow]] = {}
    moved: Counter[str] = Counter()
    for name in plan.files:
        former = existing = read_splits(project.split_file(name))
        if redraw:
            existing = [row for row in former if row.split == QUARANTINE and not row.reason.startswith(OWN_QUARANTINE)]
        # Quarantined articles are in no release. Stories are found without them, so that they join no stories.
        quarantined = {row.article_id for row in existing if row.split == QUARANTINE}
        articles = [article for article in corpus if article.id not in quarantined]
        stories = find_stories(articles)
        articles = [article._replace(story=stories[article.id]) for article in articles]
        files[name], notes = assign_splits(name, propose_splits(plan, name, articles), existing)
        for note in notes:
            reporter.report(note)
        if redraw:
            splits = {row.article_id: row.split for row in former}
            moved[f"in another split of {name}"] = sum(splits.get(row.article_id, row.split) != row.split for row in files[name])
    if open_codebook(project)[1].places and not any(article.places for article in corpus):
        message = "no text names a place of guidelines/actors.yaml, so that each story is one group of copies"
        fix = "add the places that the texts name; without places, reports of one event may stand in different splits"
        reporter.report(Issue("splits", "STORY-PLACES", message, "note", fix=fix))
    for note in (*_corpus_notes(without_text, files[DEFAULT]), *_draw_notes(project, plan, files[DEFAULT])):
        reporter.report(note)
    for name, rows in files.items():
        write_splits(project.split_file(name), rows)
    drawn = Counter(row.split for row in files[DEFAULT])
    return Counter({split: drawn[split] for split in SPLITS if drawn[split]}) + moved


def _refuse_conflicts(project: Project, plan: SplitPlan) -> None:
    """StandpointError if the plan holds out a conflict that the registry does not have, or all that it has."""
    held_out = {name for names in plan.by_conflict.values() for name in names}
    known = list(open_codebook(project)[1].conflict_by_name) if held_out else []
    if unknown := sorted(held_out - set(known)):
        hint = f"guidelines/actors.yaml has {', '.join(known) or 'none: list them under `conflicts`'}"
        raise StandpointError(f"{project.split_plan}: {BY_CONFLICT}: no conflict is called {unknown[0]!r}", hint)
    if held_out and held_out == set(known):
        message = f"{project.split_plan}: {BY_CONFLICT}: it holds out all conflicts of the registry, and none is left for train"
        raise StandpointError(message, f"hold out fewer; with one conflict only, leave {BY_CONFLICT} out")


def _corpus_notes(without_text: int, rows: Sequence[SplitRow]) -> Iterator[Issue]:
    """Notes for the maintainer on missing texts and large stories."""
    if without_text:
        message = f"the text of {without_text} articles is not available: their stories are not known"
        yield Issue("splits", "STORY-AWAY", message, "note")
    for story, size in Counter(row.story for row in rows).items():
        if size > LARGE_STORY * len(rows) and size > 1:
            yield Issue(story, "STORY-LARGE", f"its story has {size} of {len(rows)} articles, all in one split", "note")


def _draw_notes(project: Project, plan: SplitPlan, rows: Sequence[SplitRow]) -> Iterator[Issue]:
    """Notes on splits that no story was drawn into, and on rows that the present plan would draw into other splits."""
    drawn = [row for row in rows if row.split != QUARANTINE]
    empty = [name for name in plan.shares if drawn and not any(row.split == name for row in drawn)]
    others = [row for row in drawn if row.reason == "drawn" and row.split != draw_split(row.story, plan.salt, plan.shares)]
    way = _way_to_redraw(plan, {row.story for row in drawn}, len(others)) if empty or others else ""
    way = "" if way and released_versions(project) else way
    for name in empty:
        message = f"no article is in {name}, so a release has no such split. It needs 1 article"
        if (share := plan.shares[name]) < 1:
            stories = math.ceil(math.log(1 - LIKELY) / math.log(1 - share))
            message += f": with {stories} new stories, the chance that one is drawn into it is {LIKELY:.0%}"
        yield Issue("splits", "SPLIT-EMPTY", f"{message}. {way}" if way and name == empty[-1] else message, "note")
    if others and not empty and way:
        yield Issue("splits", "SPLIT-REDRAW", way, "note")


def _way_to_redraw(plan: SplitPlan, stories: Collection[str], others: int) -> str:
    """What to do before the first release. ``others``: the articles that the present plan would draw into another split."""
    command = "until the first release, standpoint split --redraw draws all again"
    if others:
        return f"{others} articles have another split than salt and shares in splits/plan.yaml give; {command}"
    if salt := _filling_salt(plan, stories):
        return f"With `salt: {salt}` in splits/plan.yaml, each split has articles; {command}"
    return f"{len(stories)} stories for {len(plan.shares)} splits: change `shares` in splits/plan.yaml; {command}"


def _filling_salt(plan: SplitPlan, stories: Collection[str]) -> str:
    """A salt by which each split has a story; "" if none of those that are tried does."""
    for number in range(2, SALTS + 2):
        salt = f"{plan.salt}-{number}"
        if len({draw_split(story, salt, plan.shares) for story in stories}) == len(plan.shares):
            return salt
    return ""
