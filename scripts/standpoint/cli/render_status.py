"""How `standpoint status` shows where a project stands: a line for each stage, then the commands to run next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from standpoint.status import Status, Work, number

NAMED = 6  # sources, annotators, files or faults that are named; of more, there is a sum


def status_lines(found: Status) -> Iterator[str]:
    """A line for each stage that the project has, and the commands to run next."""
    versions = f"dataset {found.version or 'without a version'}, codebook {found.codebook or 'not readable'}"
    yield f"{found.title}: {versions}" if found.title else versions
    yield from _aligned(list(_stages(found)))
    yield "next:" if found.next else "next: nothing"
    yield from _aligned([(f"  {step.command}", step.reason) for step in found.next])


def _aligned(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Rows of two columns, of which the first is as wide as its widest cell."""
    width = max((len(first) for first, _ in rows), default=0)
    yield from (f"{first:{width}}  {second}" for first, second in rows)


def _stages(found: Status) -> Iterator[tuple[str, str]]:
    """The label and the text of each line."""
    for line in found.damage[:NAMED]:
        yield "damaged", line
    if len(found.damage) > NAMED:
        yield "damaged", f"and {len(found.damage) - NAMED:,} more"
    yield "articles", _articles(found)
    if found.raw:
        of = _listed({name or "no source in dataset/sources.yaml": count for name, count in found.raw.items()}, "sources")
        yield "raw files", f"not ingested: {of}"
    for name, by_annotator in found.sets.items():
        yield f"sets: {name}", _sets(by_annotator, found.without_set.get(name, 0))
    if found.older_sets:
        yield "codebook", f"{found.older_sets:,} of these sets have another version of the codebook"
    yield "adjudicated", _adjudicated(found)
    missing = "".join(
        f"; {number(count, 'article')} without one in splits/{name}.tsv" for name, count in found.without_split.items()
    )
    yield "splits", (", ".join(f"{name} {count:,}" for name, count in found.splits.items()) or "none") + missing
    if found.guide:
        yield "guide", f"stale: {_some(found.guide)}"
    yield "release", _release(found)
    since = f"not known: {found.untold}" if found.untold else _some(found.since) or "nothing"
    of = f"{found.last} of {found.released_on}{f', yanked: {found.yanked}' if found.yanked else ''}"
    yield "last version", f"{of}; changed since: {since}" if found.last else "none"


def _articles(found: Status) -> str:
    of = f" ({_listed(found.articles, 'sources')})" if found.articles else ""
    what = [f"{sum(found.articles.values()):,}{of}"]
    if found.withheld:
        absent = f", {found.without_text:,} of them not on this machine" if found.without_text else ""
        what.append(f"{found.withheld:,} with a text that is withheld{absent}")
    if found.taken_down:
        what.append(f"{found.taken_down:,} taken down")
    return "; ".join(what)


def _sets(by_annotator: Mapping[str, Work], without: int) -> str:
    texts = [f"{name} {work.done:,}{f' of {work.planned:,}' if work.planned else ''}" for name, work in by_annotator.items()]
    if len(texts) > NAMED:
        done, planned = (sum(getattr(work, name) for work in by_annotator.values()) for name in ("done", "planned"))
        texts = [f"{len(texts):,} annotators, {done:,} sets{f' ({planned:,} planned)' if planned else ''}"]
    return (", ".join(texts) or "none") + (f"; {number(without, 'article')} without one" if without and texts else "")


def _adjudicated(found: Status) -> str:
    what = f"{found.adjudicated:,}; {number(found.conflicts, 'conflict')} open"
    if found.unchecked:
        return f"{what}; whether they are stale is not known: {found.unchecked}"
    stale = ", ".join(f"{count:,} {change}" for change, count in found.outdated.items())
    return f"{what}; stale: {stale}" if stale else what


def _release(found: Status) -> str:
    if not found.built:
        return "not built"
    if found.refused:
        return f"stale, and a build would refuse: {found.refused}"
    if found.unknown:
        return f"built; whether it is stale is not known: {found.unknown}"
    return f"stale: {_some(found.behind)}" if found.behind else "up to date"


def _listed(counts: Mapping[str, int], plural: str) -> str:
    """Each name with its count; of many, only how many they are."""
    if len(counts) > NAMED:
        return f"{len(counts):,} {plural}"
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
