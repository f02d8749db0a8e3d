"""Labels that others have published, as annotation sets: their files are read by ``corpora``, and the codebook's crosswalk says
what each of their labels is.

The words here are those of the published dataset: a slot is a part of its annotations, a value is what stands there.
"""

from __future__ import annotations

from msgspec import Struct

from standpoint.core.model import Issue


class Mark(Struct, frozen=True, kw_only=True):
    """A stretch of the text with a value in a slot. ``quote`` is what it should be.

    ``entity``: marks of one document with the same name are of one actor; "" if their words decide.
    """

    id: str
    slot: str
    value: str
    quote: str
    start: int | None = None
    end: int | None = None
    entity: str = ""
    confidence: float = 1.0


class Answer(Struct, frozen=True, kw_only=True):
    """A value in a slot about an actor of the document, by its name; or about the document, with "" for a name.

    ``others``: the values of other slots about the same actor.
    """

    slot: str
    value: str
    entity: str = ""
    others: dict[str, tuple[str, ...]] = {}


class Link(Struct, frozen=True, kw_only=True):
    """A value in a slot about two marks, by their ids."""

    slot: str
    value: str
    head: str
    tail: str
    confidence: float = 1.0


class Fill(Struct, frozen=True, kw_only=True):
    """What a slot of a template has: values, of which one is right, and strings of the text that mean one thing or person.

    ``optional``: the makers of the key do not expect everybody to find it.
    """

    slot: str
    values: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    optional: bool = False


class Template(Struct, frozen=True, kw_only=True):
    """A form that was filled for one incident. It says nowhere in the text what tells of the incident."""

    id: str
    fills: tuple[Fill, ...]
    optional: bool = False


class Labelled(Struct, frozen=True, kw_only=True):
    """A document with its published labels. ``text``: as it was labelled; "" if the files do not have it, and then ``name``, its
    id in the dataset, is the article's title or first word.

    ``annotator``: which of several annotators; "" if the files do not say. ``refused``: an Issue for each annotation that cannot
    be read.
    """

    where: str
    name: str
    title: str = ""
    text: str = ""
    annotator: str = ""
    marks: tuple[Mark, ...] = ()
    answers: tuple[Answer, ...] = ()
    links: tuple[Link, ...] = ()
    templates: tuple[Template, ...] = ()
    refused: tuple[Issue, ...] = ()

    @property
    def items(self) -> int:
        """The number of annotations that were read; of a template, each slot with a fill is one."""
        fills = sum(len(template.fills) for template in self.templates)
        return len(self.marks) + len(self.answers) + len(self.links) + fills
