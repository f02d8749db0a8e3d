"""The prompt of a pass, which is generated from the codebook and the guidelines, and the part of a request about one article.

``templates/`` has a template for the whole, one per kind of layer, and one for an article. The prompt has nothing of an article.
So it is the same for all requests of a pass and stands first: an endpoint that keeps beginnings in its cache reads it once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from standpoint.annotate.answer import Fault, answer_schema, form_of, layers_about, linked_layers, top_layers, write_answer
from standpoint.annotate.numbered import Page, page_of
from standpoint.annotate.shuffle import shuffled
from standpoint.checks.case import Reference
from standpoint.codebook.examples import MarkError, examples, parse, ruled_layer
from standpoint.codebook.kinds._items import MASK
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, NEW, Codebook
from standpoint.core.model import AnnotationSet, Article, sha256
from standpoint.core.provenance import prompt_digest
from standpoint.guide.blocks import Book
from standpoint.guide.guide import AUTHOR, KIND, actors_asked, annotated
from standpoint.guide.site import as_text
from standpoint.pages.tasks import make_task

TEMPLATE = "2"  # of the templates: rises when what they say changes, so that a dossier names it
MOST_FAULTS = 40  # that a model is told of one answer
CHECKSUM = 12  # digits of the checksum around an article


@dataclass(frozen=True)
class Prompt:
    """The fixed part of the requests of a pass, and the JSON Schema of the answers to them.

    ``asked``: what a critic is asked after the article; it is fixed, too.
    """

    pass_name: str
    text: str
    schema: dict[str, Any]
    asked: str = ""

    @property
    def kept(self) -> str:
        """The text of the prompt as it is kept."""
        return f"{self.text}\n\n{self.asked}" if self.asked else self.text

    @cached_property
    def schema_text(self) -> str:
        """The schema as it is kept: its keys in the order in which a model has to answer."""
        return json.dumps(self.schema, ensure_ascii=False, indent=1)

    @cached_property
    def digest(self) -> str:
        """The checksum by which dossiers name the prompt."""
        return prompt_digest(self.kept, self.schema_text)


@cache
def _environment() -> Environment:
    folder = files("standpoint.annotate").joinpath("templates")
    loader = FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8"))
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def rendered(template: str, **values: object) -> str:
    """A template with these values, with one empty line at most between two others."""
    text = _environment().get_template(template).render(values)
    lines = [line.rstrip() for line in text.strip().split("\n")]
    return "\n".join(line for number, line in enumerate(lines) if line or lines[number - 1])  # at most one empty line


def prompt_of(pass_name: str, book: Book, most: int | None = None) -> Prompt:
    """The prompt of a pass. ``most``: positive, and negative, examples of each label; None for all."""
    codebook = book.codebook
    layers, linked = codebook.layers_of(pass_name), linked_layers(pass_name, codebook)
    names = {layer.name for layer in layers}
    # A tree that names no layer is for the pass with the layer of its name, or for the first pass with spans.
    trees = [
        tree
        for tree in book.trees.values()
        if (tree.layer or tree.name) in names
        or not tree.layer
        and tree.name not in codebook.by_name
        and _is_first(pass_name, codebook)
    ]
    schema = answer_schema(pass_name, codebook)
    text = rendered(
        "prompt.md.j2",
        codebook=codebook,
        annotation_pass=codebook.pass_by_name[pass_name],
        layers=layers,
        top=top_layers(pass_name, codebook),
        spans=[layer for layer in layers if layer.kind == "span"],
        linked=[layer.name for layer in layers if layer.name in linked],
        about={layer.name: layers_about(layer, pass_name, codebook) for layer in layers},
        asks_actors=any(layer.labels_from or layer.for_each for layer in layers),
        notation=any(layer.positive or any(label.positive for label in layer.labels) for layer in layers),
        example=_example(pass_name, book),
        form=json.dumps(form_of(schema), ensure_ascii=False),
        trees=trees,
        as_text=as_text,
        rulings=[ruling for ruling in book.rulings.values() if ruled_layer(ruling, codebook) in names],
        most=most,
        mask=MASK,
    )
    return Prompt(pass_name, text, schema)


def _is_first(pass_name: str, codebook: Codebook) -> bool:
    """Whether a pass is the first with spans."""
    first = (one.name for one in codebook.passes if any(layer.kind == "span" for layer in codebook.layers_of(one.name)))
    return pass_name == next(first, "")


def _example(pass_name: str, book: Book) -> dict[str, str] | None:
    """The example of the codebook with most annotations, as a request and its answer; None if there is none in this pass."""
    codebook, reference = book.codebook, Reference(book.codebook, book.cast, {AUTHOR: KIND})
    found: list[tuple[Article, AnnotationSet]] = []
    for example in examples(codebook):
        with suppress(MarkError):  # of another pass
            found.append(annotated(parse(example.source), pass_name, reference, whole=False))
    for article, one in sorted(found, key=lambda pair: -len(pair[1].annotations)):
        with suppress(ValueError):  # a part of a word, say, which no answer can name
            return _answered(article, one, pass_name, reference)
    return None


def _answered(article: Article, one: AnnotationSet, pass_name: str, reference: Reference) -> dict[str, str]:
    """The request about an article, and the answer that gives an annotation set."""
    codebook, registry, *_ = reference
    asked = actors_asked(pass_name, reference, one)
    task = make_task(article, pass_name, codebook, registry, False, asked=asked, with_notes=False)
    page = page_of(article, task["data"], codebook)
    answer = write_answer(one.annotations, page, pass_name, codebook)
    return {
        "article": request_of(article, page, task["data"], pass_name, codebook, registry),
        "answer": json.dumps(answer, ensure_ascii=False),
    }


def request_of(
    article: Article,
    page: Page,
    data: Mapping[str, Any],
    pass_name: str,
    codebook: Codebook,
    registry: Registry,
    seed: int | None = None,
) -> str:
    """The part of a request about one article: what the page of the pass shows above the text, its actors, and its lines.

    ``data``: of the task that an annotator would get. Of the actors, a masked pass shows only the names, as its page does. With
    a ``seed``, they are in an order that follows from it.
    """
    annotation_pass = codebook.pass_by_name[pass_name]
    shown = {"title": data["title"], "source": data.get("publisher", ""), "published": data.get("published", "")}
    about = [(name, " ".join(shown[name].split())) for name in annotation_pass.shows if shown[name]]
    entries = [(entry["alias"], entry["value"]) for entry in data.get(ACTORS, ())]
    if seed is not None:
        entries = shuffled(entries, seed, lambda entry: entry[0])
    listed = [entry["alias"] for entry in data.get(ACTORS, ())]
    slots = [] if codebook.asks_about_actors(pass_name) else [actor for actor in listed if actor.startswith(NEW)]
    names: dict[str, set[str]] = defaultdict(set)
    for mention, is_actor in registry.mentions(article.text or "", article):
        if is_actor:
            names[mention.id].add(mention.name)
    actors = [
        f"{actor}: {name}" if annotation_pass.mask else _actor_line(actor, name, names[actor], registry)
        for actor, name in entries
        if actor not in slots
    ]
    lines = [f"{line.number or '-'} | {page.words_of(line)}" for line in page.lines]
    return rendered("article.md.j2", about=about, actors=actors, slots=slots, checksum=checksum_of(page), lines=lines)


def checksum_of(page: Page) -> str:
    """What stands in the lines around an article: of the text itself, so that no text can name it in advance."""
    return sha256(page.text)[:CHECKSUM]


def _actor_line(actor: str, name: str, names: Collection[str], registry: Registry) -> str:
    """An actor with its classes, and with the other names that it has in the article."""
    known = registry.by_id.get(actor)
    classes = f" [{', '.join(dated.value for dated in known.classes)}]" if known and known.classes else ""
    others = sorted(set(names) - {name})
    return f"{actor}: {name}{classes}{'; also: ' + ', '.join(others) if others else ''}"


def again(faults: Sequence[Fault]) -> str:
    """What a model is asked after an answer with faults."""
    return rendered("again.md.j2", faults=faults, most=MOST_FAULTS)
