"""The page: all that the template is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined

from standpoint.assess.figures import Agreement
from standpoint.assess.made import is_machine
from standpoint.assess.report import words
from standpoint.assess.report.readings import shown
from standpoint.assess.report.sections import sections
from standpoint.assess.report.tables import used
from standpoint.assess.report.worst import Held, close_ups
from standpoint.codebook.types import Codebook

Link = Callable[[str, str, str], str | None]  # article id, pass, annotator -> the address of the task, if it is known


def no_link(article_id: str, pass_name: str, annotator: str) -> None:
    """No task has an address: no server is known."""


def report(
    agreement: Agreement, held: Mapping[str, Held], codebook: Codebook, actors: Mapping[str, str], link: Link = no_link
) -> str:
    """The report as HTML.

    ``held`` is what ``worst_articles`` found; ``actors`` gives actors' names by id; ``link`` the task of one annotator
    in Label Studio. StandpointError for an annotation set that cannot be read.
    """
    names = words.Names(codebook, actors)
    articles = [shown(number, one, names, link) for number, one in enumerate(close_ups(agreement, held, codebook), 1)]
    values = {
        "agreement": agreement,
        "codebook": codebook,
        "sections": sections(agreement, names, articles),
        "machines": sorted({one.annotator for one in agreement.sets if is_machine(one.annotator_kind)}),
        "prevalence": used(agreement.prevalence, names),
        "linked": any(reader.url for article in articles for reader in article.readers),
        "states": words.STATES,
        "headings": {kind: title for kind, (title, _) in words.HEADINGS.items()},
    }
    return environment().get_template("page.html.j2").render(values)


def environment() -> Environment:
    """The templates of this package; what they are given is escaped."""
    folder = files("standpoint.assess.report")
    loader = FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": words.number, "counted": words.counted, "by_layer": by_layer}
    return environment


def by_layer(rows: Iterable[NamedTuple]) -> list[tuple[str, list[NamedTuple]]]:
    """Rows that follow each other and are about one layer, together."""
    return [(name, list(group)) for name, group in groupby(rows, attrgetter("layer"))]
