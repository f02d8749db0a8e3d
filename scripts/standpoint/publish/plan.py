"""``splits/plan.yaml``: how an article's split is found, in each file of splits. Without it, there is ``default`` alone.

    salt: …                                             # of the draw in default
    by-date: {validation: 2031-03-15, test: 2031-03-20} # the first day of each
    by-source: {validation: [a], test: [b, c]}          # the outlets that are held out

What is assigned never moves: a change of the plan is for articles that are new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from standpoint.model import StandpointError
from standpoint.yamlfile import load_as

SALT = "standpoint"
SHARES = (("train", 0.70), ("validation", 0.85), ("test", 1.0))  # the split of a hash is the first that ends above it
RELEASED = tuple(name for name, _ in SHARES)
QUARANTINE = "quarantine"
SPLITS = (*RELEASED, QUARANTINE)
DEFAULT, BY_DATE, BY_SOURCE = "default", "by-date", "by-source"
HINT = "standpoint split --help shows what splits/plan.yaml may have"


class Placed(NamedTuple):
    """An article as one file of splits sees it: what it stands together with, its own split, and the reason."""

    article_id: str
    group: str
    story: str
    together: str
    split: str
    reason: str


class Known(NamedTuple):
    """An article, and what it belongs to."""

    id: str
    source: str
    published: str | None
    group: str
    story: str


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The whole file."""

    salt: str = SALT
    by_date: dict[str, date] = {}
    by_source: dict[str, tuple[str, ...]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files of splits that there are, by name."""
        return (DEFAULT, *((BY_DATE,) if self.by_date else ()), *((BY_SOURCE,) if self.by_source else ()))


def load_plan(path: Path) -> Plan:
    """The plan at ``path``, the default where there is none; StandpointError where it is not as above."""
    if not path.exists():
        return Plan()
    try:
        plan = load_as(path, Plan, "plan of splits")
    except StandpointError as error:
        raise StandpointError(error.message, HINT) from None
    for problem in _problems(plan):
        raise StandpointError(f"{path}: {problem}", HINT)
    return plan


def _problems(plan: Plan) -> Iterator[str]:
    held_out = RELEASED[1:]
    for name, values in ((BY_DATE, plan.by_date), (BY_SOURCE, plan.by_source)):
        if values and set(values) != set(held_out):
            yield f"{name}: has {', '.join(values)}; should have {' and '.join(held_out)}"
    if plan.by_date and not plan.by_date["validation"] < plan.by_date["test"]:
        yield f"{BY_DATE}: test should begin after validation"
    both = set.intersection(*map(set, plan.by_source.values())) if plan.by_source else set()
    if both:
        yield f"{BY_SOURCE}: {min(both)} stands in both"


def unknown_sources(plan: Plan, known: Collection[str]) -> list[str]:
    """The outlets that the plan holds out and that nobody knows."""
    return sorted({name for names in plan.by_source.values() for name in names} - set(known))


def placed(plan: Plan, name: str, articles: Iterable[Known]) -> Iterator[Placed]:
    """The articles as the file of splits ``name`` sees them."""
    for one in articles:
        if name == DEFAULT:
            yield Placed(one.id, one.group, one.story, one.story, drawn(one.story, plan.salt), "drawn")
        elif name == BY_DATE:
            split = _by_date(plan, one.published)
            yield Placed(
                one.id, one.group, one.story, one.story, split, f"published {one.published}" if one.published else "undated"
            )
        else:
            split = next((split for split, names in plan.by_source.items() if one.source in names), RELEASED[0])
            yield Placed(one.id, one.group, one.story, one.group, split, f"source {one.source}")


def drawn(unit: str, salt: str = SALT) -> str:
    """The split that a name hashes to."""
    point = int(sha256(f"{salt}:{unit}".encode()).hexdigest(), 16) / 2**256
    return next(name for name, end in SHARES if point < end or name == RELEASED[-1])


def _by_date(plan: Plan, published: str | None) -> str:
    if published is None:
        return QUARANTINE
    day = date.fromisoformat(published)
    begun = [split for split in RELEASED[1:] if day >= plan.by_date[split]]
    return begun[-1] if begun else RELEASED[0]
