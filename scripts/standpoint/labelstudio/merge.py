"""Merging imported annotation sets into ``dataset/annotations``: whose each set is, and which of two submissions is kept.

The later submission of a person is kept, whichever is imported first. So a set has the time of its last change (``changed``)
and the name of its annotation in Label Studio (``made_from``). They are in the set and not in a local file, so that a fresh
clone decides in the same way. No release contains them.

A number of an account says who it is only together with its server, and an export does not name its server. So the sets
of such an account, and those of a person who has none yet, are compared with all stored sets first: who has the same
annotations is the same person, and who would replace other annotations may be another person, and is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standpoint.adjudication.fix import differ_by_fixes
from standpoint.core.corpus import RecordStore, updated
from standpoint.core.files import decoding_problem, inode, inside, read_lines, written_whole
from standpoint.core.model import AnnotationSet, Issue, Span, StandpointError, sha256
from standpoint.core.offsets import Repair
from standpoint.core.provenance import UNKNOWN
from standpoint.labelstudio.people import NOBODY, People

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(AnnotationSet).decode
# The counts of an import, and the parts that add up to each: what is stored, and what is not.
SUMS = {
    "annotations": ("annotation sets", "annotations refused", "skipped", "copies", "older annotations"),
    "items": (
        "items stored",
        "items refused",
        "items skipped",
        "items of copies",
        "items of older annotations",
        "items left out",
    ),
}
Fixes = Mapping[str, Sequence[Repair]]  # by the set: article, pass and annotator
UNDATED = datetime.min.replace(tzinfo=UTC)


def moment(when: str | None) -> datetime:
    """A time in ISO 8601 as a value that can be compared; UNDATED if it is none. Without a zone, it is in UTC."""
    try:
        read = datetime.fromisoformat(when or "")
    except ValueError:  # none, or stored by an earlier version
        return UNDATED
    return read if read.tzinfo else read.replace(tzinfo=UTC)


class Imported(NamedTuple):
    """An annotation set, the number of items of its result that are in it, and the repairs of its regions."""

    annotation_set: AnnotationSet
    items: int = 0
    repairs: Sequence[Repair] = ()


class Record(NamedTuple):
    """A line of a file of annotation sets; for an imported set also the items that are in it, and the repairs."""

    article_id: str
    line: bytes
    items: int | None = None
    repairs: tuple[Repair, ...] = ()

    def decoded(self, where: str = "") -> AnnotationSet:
        """The set; StandpointError if the line is not one of a file of annotation sets."""
        try:
            return _DECODE(self.line)
        except msgspec.DecodeError as error:
            hint = "run: standpoint check"
            raise StandpointError(f"{self.article_id} {where}: {decoding_problem(error)}", hint) from None


class Packed(NamedTuple):
    """An imported set as it is stored, with what says whose and which it is."""

    pass_name: str
    annotator: str
    made_from: str
    record: Record


def packed(item: Imported, committed: Callable[[AnnotationSet], AnnotationSet]) -> Packed:
    """An imported set as ``committed`` returns it, encoded."""
    one = committed(item.annotation_set)
    record = Record(one.article_id, _ENCODE(one) + b"\n", item.items, tuple(item.repairs))
    return Packed(one.pass_name, one.annotator, one.made_from, record)


class Head(Struct, gc=False):
    """What of a stored set tells which annotation it was made from."""

    article_id: str
    submitted: str | None = None
    made_from: str = ""


_HEAD = msgspec.json.Decoder(Head).decode


def same_annotation(first: Head | AnnotationSet, second: Head | AnnotationSet) -> bool | None:
    """Whether two sets were made from the same annotation in Label Studio; None if that is not known.

    Sets that were imported by earlier versions name no annotation. Their annotation is known by its first submission.
    """
    if first.made_from and second.made_from:
        return first.made_from == second.made_from
    return first.submitted == second.submitted if first.submitted and second.submitted else None


class Evidence(NamedTuple):
    """What the stored sets say about an account: who has sets of the same annotations, and which sets are of others."""

    owners: Counter[str]
    others: list[str]  # articles on which the presumed person has a set of another annotation


class Batch:
    """The annotation sets of one source, an export or a server, from their reading until they are stored.

    ``counts``: of what was stored, refused, or left out because a later submission is there; and of files changed.
    """

    def __init__(
        self,
        people: People,
        folder: Path,
        stored: RecordStore[int],
        fixes: Callable[[], Fixes] = dict,
        committed: Callable[[AnnotationSet], AnnotationSet] = lambda one: one,
        by_date: bool = True,
    ) -> None:
        """Begin the batch of the source that ``people`` has begun to read.

        ``folder`` has the stored sets. ``stored`` are the items of those that earlier batches of the same import have stored.
        ``fixes`` gives the recorded repairs of stored sets. ``committed`` returns a set as it is stored: without the words of a
        withheld article. Sets are compared as they are stored, so that the text need not be on this machine. ``by_date``: an
        older set does not replace a newer one; a model's does, because it is made again from answers that are kept.
        """
        self.people, self.folder, self.source, self.named = people, folder, people.source, people.named
        self.stored, self.fixes, self.committed, self.by_date = stored, fixes, committed, by_date
        self.accounts: dict[str, str] = {}  # pseudonym -> account, of those whose sets are compared first
        self.files: dict[tuple[str, str], Path] = {}
        self.records = RecordStore(Record)
        self.owners = RecordStore(str)  # pass, article, annotation -> pseudonym
        self.repairs: list[Repair] = []
        self.has_issues = False
        self.counts: Counter[str] = Counter(dict.fromkeys(("annotation sets", "items stored"), 0))

    def close(self) -> None:
        self.records.close()
        self.owners.close()

    def add(self, items: Iterable[Imported | Packed | Issue]) -> Iterator[Issue]:
        """Keep the sets, pass on the Issues, and add one where a person submitted an article more than once."""
        for item in items:
            if isinstance(item, Issue):
                self.has_issues = True
                yield item
                continue
            one = packed(item, self.committed) if isinstance(item, Imported) else item
            names, record = (one.pass_name, one.annotator), one.record
            if names not in self.files:
                self.files[names] = inside(inside(self.folder, one.pass_name), f"{one.annotator}.jsonl")
                if account := self.people.uncertain(one.annotator):
                    self.accounts[one.annotator] = account
            if one.annotator in self.accounts and one.made_from:
                self.owners.put((one.pass_name, record.article_id, sha256(one.made_from)), one.annotator)
            if (key := (*names, record.article_id)) in self.records:
                record, issue = self._choose_submission(self.records[key], record)
                yield issue
            self.records.put(key, record)

    def _choose_submission(self, first: Record, second: Record) -> tuple[Record, Issue]:
        """The later of two submissions of one person on one article, and an Issue on the other."""
        before, after = first.decoded(), second.decoded()
        where = f"{before.article_id} {before.pass_name}/{before.annotator}.jsonl"
        is_late = _date(after) >= _date(before)
        kept, left = (after, before) if is_late else (before, after)
        items = (first if is_late else second).items or 0
        if _content(before) == _content(after):
            self.counts.update({"copies": 1, "items of copies": items})
            issue = Issue(f"{where} ({_told(kept)})", "SET-COPY", "submitted twice, alike; kept once", "note")
        else:
            self.counts.update({"older annotations": 1, "items of older annotations": items})
            about = f"{where} (kept: {_told(kept)}; left out: {_told(left)})"
            issue = Issue(about, "SET-TWICE", "submitted more than once, differently; the later one is kept")
        return second if is_late else first, issue

    def store(self) -> Iterator[Issue]:
        """Merge the sets into the files, and report what is replaced, left out or refused. Each file is replaced whole."""
        stored_as: dict[str, str] = {}
        evidence = self._evidence() if self.accounts else {}
        for name, found in evidence.items():
            pseudonym, issue = self._whose(name, found)
            stored_as[name] = pseudonym
            if issue:
                yield issue
        for (pass_name, name), path in sorted(self.files.items()):
            owner, issues = stored_as.get(name, name), list[Issue]()
            records = self.records.within(pass_name, name)
            if not owner:
                for record in records:
                    self.counts.update({"annotations refused": 1, "items refused": record.items or 0})
                continue
            if owner != name:
                path = path.with_name(f"{owner}.jsonl")
                records = (self._as(record, owner) for record in records)
            before = inode(path)
            with written_whole(path) as file:
                choose = partial(self._choose, pass_name, owner, issues)
                for record in updated(_lines(path), records, lambda record: record.article_id, choose):
                    file.write(record.line)
                    if record.items is not None:
                        self.counts.update({"annotation sets": 1, "items stored": record.items})
                        self.stored.put((pass_name, owner, record.article_id), record.items)
                        self.repairs += record.repairs
            self.counts["files changed"] += inode(path) != before
            self.people.stored.add(owner)
            yield from issues

    def _choose(self, pass_name: str, owner: str, issues: list[Issue], old: Record, new: Record) -> Record:
        """The stored record or the imported one, which was submitted later or read from the same submission again."""
        where, key = f"{old.article_id} {pass_name} {owner}", (pass_name, owner, old.article_id)
        before, after = self.committed(old.decoded(where)), new.decoded(where)
        if before.annotator_kind != after.annotator_kind:  # what the annotator is was not known yet, or not here: the same work
            kind = before.annotator_kind if after.annotator_kind == UNKNOWN else after.annotator_kind
            before, after = replace(before, annotator_kind=kind), replace(after, annotator_kind=kind)
            new = new._replace(line=_ENCODE(after) + b"\n")
        old = old._replace(line=_ENCODE(before) + b"\n")
        earlier = self.stored.get(key)  # items of the stored set, if it is of this import too
        is_older = self.by_date and _date(after) < _date(before) and _date(after) != UNDATED
        if is_alike := _content(before) == _content(after):
            # The version that a task states is that of the last push, which does not say that the work was made anew.
            new = new._replace(line=_ENCODE(replace(after, codebook_version=before.codebook_version)) + b"\n")
        is_fixed = not is_older and not is_alike and self._is_fixed(where, before, after)
        if is_fixed:
            if after.annotations != before.annotations:
                message = "was submitted as it was before it was fixed; the fixed set is kept (dataset/annotations/fixes.jsonl)"
                issues.append(Issue(where, "SET-FIXED", message, "note"))
            dates = {name: getattr(after, name) for name in ("submitted", "changed", "made_from")}
            new = new._replace(line=_ENCODE(replace(before, **dates)) + b"\n")
        if is_fixed or is_alike:
            # A set that is pushed and pulled back keeps its first day; the same annotation gets its last one.
            line = new.line if same_annotation(before, after) and not is_older else old.line
            if earlier is None:
                return new._replace(line=line)
            self.counts.update({"copies": 1, "items of copies": new.items or 0})
            return old._replace(line=line)
        if is_older:
            self.counts.update({"older annotations": 1, "items of older annotations": new.items or 0})
            about = f"{where} (left out: {_told(after)}; stored: {_told(before)})"
            issues.append(Issue(about, "SET-OLDER", "the stored set is newer, and is kept", "note"))
            return old
        if earlier is None:
            self.counts["sets replaced"] += 1
        else:
            self.counts.update({"annotation sets": -1, "items stored": -earlier})
            self.counts.update({"older annotations": 1, "items of older annotations": earlier})
        about = f"{where} (stored: {_told(after)}; replaced: {_told(before)})"
        issues.append(Issue(about, "SET-REPLACED", "another submission replaces the stored set", "note"))
        return new

    def _is_fixed(self, where: str, stored: AnnotationSet, submitted: AnnotationSet) -> bool:
        """Whether a stored set that differs from a submitted one is it after `fix`, or after import with --fix."""
        if not (repairs := self.fixes().get(where)):
            return False
        same = same_annotation(stored, submitted) is True and _date(stored) == _date(submitted) != UNDATED
        return differ_by_fixes(_content(submitted), _content(stored), repairs, same)

    def _as(self, record: Record, owner: str) -> Record:
        """The record of a set whose annotator turned out to be another person."""
        one = record.decoded()
        line = _ENCODE(replace(one, annotator=owner, annotator_kind=self.people.kind(owner))) + b"\n"
        where = f"{one.article_id} {one.pass_name} {owner}"
        return record._replace(line=line, repairs=tuple(replace(repair, set=where) for repair in record.repairs))

    def _evidence(self) -> dict[str, Evidence]:
        """What the stored sets of the batch's passes say about each uncertain account, by its presumed pseudonym."""
        owners: dict[str, Counter[str]] = defaultdict(Counter)
        others: dict[str, list[str]] = defaultdict(list)
        for pass_name in sorted({pass_name for pass_name, _ in self.files}):
            for path in sorted((self.folder / pass_name).glob("*.jsonl")):
                for head in read_lines(path, Head):
                    made_from = (pass_name, head.article_id, sha256(head.made_from))
                    if head.made_from and made_from in self.owners:
                        owners[self.owners[made_from]][path.stem] += 1
                    key = (pass_name, path.stem, head.article_id)
                    is_presumed = path.stem in self.accounts and key in self.records
                    if is_presumed and same_annotation(head, _HEAD(self.records[key].line)) is False:
                        others[path.stem].append(head.article_id)
        return {name: Evidence(owners[name], others[name]) for name in sorted(self.accounts)}

    def _whose(self, name: str, evidence: Evidence) -> tuple[str, Issue | None]:
        """The pseudonym under which an account's sets are stored, "" if they are refused; and what is to be told of it."""
        account, people = self.accounts[name], self.people
        where = f"{self.source}: {'an account' if '@' in account else account}"
        owner = name if name in evidence.owners else max(evidence.owners, key=evidence.owners.__getitem__, default="")
        if owner == name:
            return name, None
        if owner and self.named:
            message = f"the same annotations are stored as {owner}'s, and --annotator names {name}; refused"
            hint = f"name {owner}; to move them, delete their lines from dataset/annotations/*/{owner}.jsonl and import again"
            return "", Issue(where, "ACCOUNT-OTHER", f"{message}; {hint}")
        if owner:
            people.identify(account, owner)
            message = f"is {owner}, as whose the same annotations are stored; where {name} is named above, {owner} is meant"
            is_news = self.has_issues or people.is_certain(account)  # a number is compared with each import
            return owner, Issue(where, "ACCOUNT-KNOWN", message, "note") if is_news else None
        if self.named or people.is_certain(account):
            return name, None
        if evidence.others:
            first, count = evidence.others[0], len(evidence.others)
            message = f"has the number of {name}, who has other annotations of the same articles ({count}, first {first})"
            hint = f"should be imported with --annotator: a new pseudonym for another person, {name} for the same person"
            return "", Issue(where, "ACCOUNT-OTHER", f"{message}; all refused; {hint}")
        if account == NOBODY:
            why = "its annotations name no account"
        elif name in people.stored:
            why = "it has the same number, and an export does not name its server"
        else:
            return name, None
        return name, Issue(where, "ACCOUNT-ASSUMED", f"is taken for {name}: {why}; --annotator names another person", "note")


def _lines(path: Path) -> Iterator[Record]:
    """The lines of a file of annotation sets. Only their ids are read, because most sets stay as they are."""
    with path.open("rb") if path.exists() else BytesIO() as file:
        for number, line in enumerate(file, 1):
            try:
                yield Record(_HEAD(line).article_id, line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise StandpointError(f"{path}:{number}: {decoding_problem(error)}", "run: standpoint check") from None


def _date(one: AnnotationSet) -> datetime:
    return moment(one.changed) if moment(one.changed) != UNDATED else moment(one.submitted)


def _content(one: AnnotationSet) -> AnnotationSet:
    """The set without what says when, from which annotation and with which version of the codebook it was made."""
    return replace(one, submitted=None, changed=None, made_from="", codebook_version="")


def _told(one: AnnotationSet) -> str:
    regions = sum(isinstance(item, Span) for item in one.annotations)
    return f"{regions} region(s), {len(one.annotations)} annotation(s), {one.changed or one.submitted or 'without a date'}"
