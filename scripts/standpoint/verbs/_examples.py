"""The guidelines' examples put to the test: each becomes an article and an annotation set, as an annotator's would.

It is ingested, checked (``standpoint check``'s own checks), written as a Label Studio task and result, and read back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from standpoint.acquire.article import Window, article_of
from standpoint.acquire.readers._raw import Block, Raw
from standpoint.acquire.sources import Source
from standpoint.annotate.collect import read_result
from standpoint.annotate.complete import complete
from standpoint.annotate.studio import Data
from standpoint.annotate.tasks import make_result, make_task, unsafe
from standpoint.assess.checks import Ground, Walk
from standpoint.codebook.actors import Registry
from standpoint.codebook.examples import annotations_of, examples, pass_of, problems
from standpoint.codebook.kinds._studio import Item
from standpoint.codebook.markup import Marked, MarkError, parse
from standpoint.codebook.types import ACTORS, Codebook
from standpoint.codebook.worked import Worked
from standpoint.model import AnnotationSet, Article, Choice, Issue, Relation, Span

CODE = "EXAMPLE"
AUTHOR = "a01"  # a pseudonym for who wrote the guide
KIND = "human_expert"
OF_WHOLES = {"SET-EMPTY", "CHOICE-MISSING"}  # a sentence may have nothing to mark, and does not answer for an article
SOURCE = Source(id="guide", name="The guide", match=("*",), licence="CC-BY-4.0", language="en")


def check_examples(codebook: Codebook, cast: Registry, worked: Sequence[Worked] = ()) -> Iterator[Issue]:
    """All that is wrong with the examples of a codebook, and with the worked articles."""
    ground = Ground(codebook, cast, {AUTHOR: KIND})
    yield from (Issue(where, CODE, problem) for where, problem in problems(codebook))
    for example in examples(codebook):
        yield from check_marked(example.where, example.source, pass_of(example.layer, codebook), ground)
    for one in worked:
        for pass_name, source in one.passes.items():
            yield from check_marked(f"worked {one.id} {pass_name}", source, pass_name, ground, one)


def check_marked(where: str, source: str, pass_name: str, ground: Ground, whole: Worked | None = None) -> Iterator[Issue]:
    """What is wrong with one marked-up text, as an annotation set of a pass; ``whole`` is the worked article that it is of."""
    try:
        marked = parse(source)
        if whole:
            _check_whole(marked, whole)
        article, one = annotated(marked, pass_name, ground, bool(whole))
    except MarkError as error:
        yield Issue(where, CODE, str(error))
        return
    found = (issue for issue in Walk(ground).check([[article]], [[one]]) if whole or issue.code not in OF_WHOLES)
    issues = [Issue(where, issue.code, f"{issue.message} ({issue.where})") for issue in found]
    issues += [Issue(where, CODE, problem) for problem in _unlinked(one, ground.codebook)]
    yield from issues or _round_trip(where, article, one, ground)


def _check_whole(marked: Marked, whole: Worked) -> None:
    """A worked article is one text in all passes, and says why for every mark."""
    if marked.text != whole.text:
        raise MarkError("without its marks it is not the text of the other passes")
    for mark in marked.marks:
        if not mark.reason:
            raise MarkError(f"[{mark.words}] has no reason")


def annotated(marked: Marked, pass_name: str, ground: Ground, whole: bool) -> tuple[Article, AnnotationSet]:
    """The article and the annotation set that a marked-up text stands for."""
    codebook, cast, _ = ground
    found = annotations_of(marked, pass_name, codebook, {actor.slug: actor.id for actor in cast.actors})
    article, shift = _article(marked, _headline(found, cast), whole, codebook)
    moved = [_moved(item, shift) for item in found]
    one = AnnotationSet(
        article_id=article.id,
        annotator=AUTHOR,
        pass_name=pass_name,
        annotator_kind=KIND,
        codebook_version=codebook.version,
        text_sha256=article.sha256,
        annotations=tuple(complete(moved, article.sentences, pass_name, codebook)),
    )
    return article, one


def _unlinked(one: AnnotationSet, codebook: Codebook) -> Iterator[str]:
    """The spans that only links give a meaning to, and that have none: nobody draws or attaches one."""
    far = {layer.tail for layer in codebook.layers_of(one.pass_name) if layer.attach}
    linked = {item.tail for item in one.annotations if isinstance(item, Relation)}
    for item in one.annotations:
        if isinstance(item, Span) and item.layer in far and item.id not in linked:
            yield f"[{item.quote}] has no link, and none attaches itself"


def _round_trip(where: str, article: Article, one: AnnotationSet, ground: Ground) -> Iterator[Issue]:
    """What the writer of tasks refuses, or does not bring back."""
    codebook, cast, _ = ground
    task = make_task(article, one.pass_name, codebook, cast)
    listed = {entry["alias"] for entry in task["data"].get(ACTORS, ())}
    scales = {layer.name for layer in codebook.layers_of(one.pass_name) if layer.for_each == ACTORS}
    unlisted = [item.of for item in one.annotations if item.layer in scales and item.of not in listed]
    if unlisted:
        yield Issue(where, CODE, f"answers about {unlisted[0]}, which the task would not list")
        return
    result = make_result(one, task["data"], codebook)
    problems = list(unsafe(article.id, task, result, codebook))
    yield from (Issue(where, issue.code, issue.message) for issue in problems)
    if not problems:
        data, items = msgspec.convert(task["data"], Data), msgspec.convert(result, list[Item])
        reading = read_result(where, items, data, one.pass_name, codebook)
        if tuple(complete(reading.annotations, article.sentences, one.pass_name, codebook)) != one.annotations:
            yield Issue(where, CODE, "does not come back from Label Studio as it went in")


def _article(marked: Marked, headline: str, whole: bool, codebook: Codebook) -> tuple[Article, int]:
    """The marked text as an article, and how far it is moved in it; MarkError where ingestion changes it.

    A whole article has a headline of its own; a sentence gets one where a scale asks about actors that must be listed.
    """
    window = Window(codebook.window_words, codebook.zones.annotatable)
    title, _, body = marked.text.partition("\n\n") if whole else ("", "", marked.text)
    title = title or headline
    raw = Raw(where="guide", blocks=tuple(Block(part) for part in body.split("\n\n")), title=title, published="2031-05-06")
    article = article_of(raw, SOURCE, window)
    expected = f"{title}\n\n{body}" if title else body
    if isinstance(article, Issue) or article.text != expected:
        raise MarkError("ingestion would change this text: write it as it comes out")
    return article, 0 if whole or not title else len(title) + 2


def _headline(found: Sequence, cast: Registry) -> str:
    """A headline that names the actors that are asked about, each by a name that ends no sentence."""
    about = dict.fromkeys(item.of for item in found if isinstance(item, Choice) and item.of in cast.by_id)
    return " and ".join(cast.by_id[actor].name for actor in about)


def _moved(item, shift: int):
    return msgspec.structs.replace(item, start=item.start + shift, end=item.end + shift) if isinstance(item, Span) else item
