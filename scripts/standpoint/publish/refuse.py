"""What a settled set must be to be published: all of it finds its place in the row, and fits the article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from standpoint.codebook.types import Layer
from standpoint.model import Annotation, Article, Choice, Relation, SettledSet, Span, StandpointError
from standpoint.publish.shape import Shape


def refuse(article: Article, settled: SettledSet, shape: Shape) -> None:
    """StandpointError with the first problem of a settled set; no annotation is dropped in silence."""
    for problem in _problems(article, settled, shape):
        raise StandpointError(f"settled set of {article.id}: {problem}", "settle the article anew, or mend the codebook")


def _problems(article: Article, settled: SettledSet, shape: Shape) -> Iterator[str]:
    if settled.text_sha256 != article.sha256:
        yield f"made on the text {settled.text_sha256[:8]}, the article's is {article.sha256[:8]}"
    spans = {item.id: item for item in settled.annotations if isinstance(item, Span)}
    for item in settled.annotations:
        problem = _problem(item, spans, article, shape)
        if problem:
            yield f"{item.layer} {item.id}: {problem}"
    yield from _several(settled, shape)
    for name, by_about in settled.distributions.items():
        for of, said in by_about.items():
            problem = _problem_of_answer(name, of, spans, shape, said.values())
            if problem:
                yield f"distribution of {name}: {problem}"


def _problem(item: Annotation, spans: dict[str, Span], article: Article, shape: Shape) -> str:
    layer = shape.codebook.by_name.get(item.layer)
    if layer is None:
        return "the codebook has no such layer"
    if not _known(item.label, item.layer, shape):
        return f"{item.label!r} is not a label of the layer"
    if isinstance(item, Span):
        return _off(item, article)
    if isinstance(item, Relation):
        ends = spans.get(item.head), spans.get(item.tail)
        linked = None not in ends and layer.starts_on(ends[0].layer) and layer.ends_on(ends[1].layer)
        return "" if linked else f"{item.head} to {item.tail} links no {layer.head} to {layer.tail}"
    return "" if _fits(layer, item.of, spans) else f"{item.of!r} is nothing that the layer is about"


def _problem_of_answer(name: str, of: str, spans: dict[str, Span], shape: Shape, labels: Iterable[str]) -> str:
    """What hinders that the answers of all annotators are stored beside the settled one."""
    layer = shape.codebook.by_name.get(name)
    if layer is None or not (layer.for_each or layer.ordinal):
        return "no layer of the codebook that keeps one"
    if not all(_known(label, name, shape) for label in labels):
        return "a label that the layer does not have"
    return "" if _fits(layer, of, spans) else f"{of!r} is nothing that the layer is about"


def _fits(layer: Layer, of: str, spans: dict[str, Span]) -> bool:
    standing = spans[of].layer if of in spans else ""
    return standing == layer.of if layer.of else not standing and bool(of) == bool(layer.for_each)


def _known(label: str, name: str, shape: Shape) -> bool:
    layer = shape.codebook.by_name[name]
    return not layer.labels or label in layer.by_name


def _off(span: Span, article: Article) -> str:
    inside = 0 <= span.start < span.end
    if not inside or article.text is not None and span.quote != article.text[span.start : span.end]:
        return f"[{span.start}, {span.end}) is not {span.quote!r}"
    return ""


def _several(settled: SettledSet, shape: Shape) -> Iterator[str]:
    """A layer with one answer has one; an id stands once."""
    answers = Counter((item.layer, item.of) for item in settled.annotations if isinstance(item, Choice))
    for (name, of), count in answers.items():
        if count > 1 and not shape.codebook.by_name[name].multiple:
            yield f"{name} {of}: {count} answers, should be one"
    ids = Counter(item.id for item in settled.annotations if isinstance(item, Span))
    yield from (f"span {name} stands {count} times" for name, count in ids.items() if count > 1)
