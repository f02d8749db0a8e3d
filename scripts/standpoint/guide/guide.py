"""Writes or checks the guide's generated blocks, and tests its examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from standpoint.adjudication.article_actors import actor_pass, article_actors
from standpoint.checks.case import Reference
from standpoint.checks.run import Walk
from standpoint.codebook.examples import (
    Marked,
    MarkError,
    Ruling,
    Worked,
    annotations_of,
    examples,
    load_rulings,
    load_worked,
    parse,
    problems,
)
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry, load_registry
from standpoint.codebook.types import ACTORS, Codebook
from standpoint.core.files import read_text, write_whole
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Relation, Reporter, Span, StandpointError
from standpoint.core.project import Project
from standpoint.guide.blocks import Book, render
from standpoint.guide.site import as_picture, build_site, load_trees
from standpoint.ingest.article import Window, article_of
from standpoint.ingest.readers._raw import Block, Raw
from standpoint.ingest.sources import Source
from standpoint.pages.task_json import TaskData, fill_defaults, read_result, write_result
from standpoint.pages.tasks import make_task, sending_problems

BEGIN, END = "<!-- guide: {} -->", "<!-- /guide -->"
MARKERS = re.compile(r"^<!-- guide: ", re.MULTILINE), re.compile(r"^<!-- /guide -->$", re.MULTILINE)
BLOCK = re.compile(r"^<!-- guide: (?P<what>[^>]+?) -->\n(?P<body>.*?)^<!-- /guide -->$", re.MULTILINE | re.DOTALL)


def rewritten(name: str, page: str, render: Callable[[str], str]) -> str:
    """The page with each block as ``render`` returns it; StandpointError if a marker has no partner."""
    if {len(MARKERS[0].findall(page)), len(MARKERS[1].findall(page))} != {len(BLOCK.findall(page))}:
        raise StandpointError(
            f"{name}: a marker has no partner", f"a block is between {BEGIN.format('NAME …')} and {END}, each on its own line"
        )
    return BLOCK.sub(lambda match: f"{BEGIN.format(match['what'])}\n{render(match['what']).strip()}\n{END}", page)


CODE = "EXAMPLE"
AUTHOR = "a01"  # the annotator of the examples, as a pseudonym
KIND = "human_expert"
OF_ARTICLES = {"SET-EMPTY", "CHOICE-MISSING"}  # a sentence may have nothing to mark, and has no answers about an article
SOURCE = Source(id="guide", name="The guide", match=("*",), licence="CC-BY-4.0", language="en")


def check_examples(
    codebook: Codebook, cast: Registry, worked: Sequence[Worked] = (), rulings: Sequence[Ruling] = ()
) -> Iterator[Issue]:
    """Every fault of the examples of a codebook and of the rulings, and of the worked articles."""
    reference = Reference(codebook, cast, {AUTHOR: KIND})
    yield from (Issue(where, CODE, problem) for where, problem in problems(codebook, rulings))
    for example in examples(codebook, rulings):
        yield from check_marked(example.where, example.source, codebook.pass_of(example.layer).name, reference)
    for article in worked:
        for pass_name, source in article.passes.items():
            yield from check_marked(f"worked {article.id} {pass_name}", source, pass_name, reference, article)


def check_marked(where: str, source: str, pass_name: str, reference: Reference, worked: Worked | None = None) -> Iterator[Issue]:
    """The faults of a marked-up text as an annotation set of a pass; ``worked`` is its worked article, if it has one."""
    codebook = reference.codebook
    try:
        marked = parse(source)
        if worked and marked.text != worked.text:
            raise MarkError("without its marks it is not the text of the other passes")
        for mark in marked.marks if worked else ():
            if not mark.reason:
                raise MarkError(f"[{mark.words}] has no reason")
        article, annotation_set = annotated(marked, pass_name, reference, bool(worked))
        asked = actors_asked(pass_name, reference, worked or annotation_set)
    except MarkError as error:
        yield Issue(where, CODE, str(error))
        return
    issues = [
        Issue(where, issue.code, f"{issue.text} ({issue.where})")
        for issue in Walk(reference).check([[article]], [[annotation_set]])
        if worked or issue.code not in OF_ARTICLES
    ]
    tail_layers = {layer.tail for layer in codebook.layers_of(pass_name) if layer.attach}
    linked = {item.tail for item in annotation_set.annotations if isinstance(item, Relation)}
    for item in annotation_set.annotations:
        if isinstance(item, Span) and item.layer in tail_layers and item.id not in linked:
            issues.append(Issue(where, CODE, f"[{item.quote}] has neither a drawn nor an automatic link"))
    issues += _answers(where, annotation_set, asked, codebook) if worked and asked is not None else ()
    yield from issues or _round_trip(where, article, annotation_set, reference, asked)


def actors_asked(pass_name: str, reference: Reference, of: Worked | AnnotationSet) -> Mapping[str, str] | None:
    """The actors that the page of a pass asks about, as ``make_task`` takes them.

    They are those of a worked article's earlier pass, as for any article; of a sentence, which has no earlier pass, those that
    its own set is about.
    """
    codebook, cast, *_ = reference
    first = actor_pass(codebook, pass_name)
    if not first:
        return None
    if isinstance(of, Worked):
        if first not in of.passes:
            raise MarkError(f"has no pass {first}, whose actors pass {pass_name} asks about")
        _, of = annotated(parse(of.passes[first]), first, reference, True)
    actors = article_actors([of], None, pass_name, codebook, cast)
    return actors.names if actors else {}


def _answers(where: str, one: AnnotationSet, asked: Mapping[str, str], codebook: Codebook) -> Iterator[Issue]:
    """An Issue for each answer about an actor that the page does not list, and for each listed actor without an answer."""
    for layer in codebook.layers_of(one.pass_name):
        if layer.for_each == ACTORS:
            answered = [item.of for item in one.annotations if isinstance(item, Choice) and item.layer == layer.name]
            for actor in answered:
                if actor not in asked:
                    yield Issue(where, CODE, f"{layer.name} of {actor}, which the task does not list")
            for actor, name in asked.items():
                if actor not in answered:
                    yield Issue(where, CODE, f"no {layer.name} of {name}, which the task lists")


def annotated(marked: Marked, pass_name: str, reference: Reference, whole: bool) -> tuple[Article, AnnotationSet]:
    """A marked-up text as an article and its annotation set; MarkError if ingestion changes the text.

    ``whole``: the text is an article with a headline.
    """
    codebook, cast, *_ = reference
    annotations = annotations_of(marked, pass_name, codebook, {actor.slug: actor.id for actor in cast.actors})
    title, _, body = marked.text.partition("\n\n") if whole else ("", "", marked.text)
    raw = Raw(where="guide", blocks=tuple(map(Block, body.split("\n\n"))), title=title, published="2031-05-06")
    article = article_of(raw, SOURCE, Window(codebook.window_words, codebook.zones.annotatable))
    if isinstance(article, Issue) or article.text != (f"{title}\n\n{body}" if title else body):
        raise MarkError("ingestion would change this text: write the text that ingestion gives")
    annotation_set = AnnotationSet(
        article_id=article.id,
        annotator=AUTHOR,
        pass_name=pass_name,
        annotator_kind=KIND,
        codebook_version=codebook.version,
        text_sha256=article.sha256,
        annotations=tuple(fill_defaults(annotations, article.sentences, pass_name, codebook)),
    )
    return article, annotation_set


def _round_trip(
    where: str, article: Article, annotation_set: AnnotationSet, reference: Reference, asked: Mapping[str, str] | None
) -> Iterator[Issue]:
    """An Issue if the set cannot be written as a task's result, or changes when it is read back."""
    codebook, cast, *_ = reference
    annotations, pass_name = annotation_set.annotations, annotation_set.pass_name
    task = make_task(article, pass_name, codebook, cast, with_suggestions=False, asked=asked)  # which import does not read
    result = write_result(annotations, task["data"], codebook)
    problems = list(sending_problems(article.id, task, result, codebook))
    yield from (issue._replace(where=where) for issue in problems)
    if not problems:
        data, items = msgspec.convert(task["data"], TaskData), msgspec.convert(result, list[Item])
        reading = read_result(where, items, data, pass_name, codebook)
        if tuple(fill_defaults(reading.annotations, article.sentences, pass_name, codebook)) != annotations:
            yield Issue(where, CODE, "changes when it is sent to Label Studio and imported again")


def update_guide(project: Project, only_check: bool, reporter: Reporter) -> Counter:
    """Write the generated parts of ``guidelines/``, or only report those that are stale.

    If an example breaks a rule, it is reported, and nothing is written.
    """
    book, pages = open_book(project), pages_of(project)
    rulings = tuple(book.rulings.values())
    broken = list(check_examples(book.codebook, book.cast, book.worked, rulings))
    number = sum(1 for _ in examples(book.codebook, rulings))
    counts = Counter({"examples": number, "rulings": len(rulings), "worked articles": len(book.worked), "files": 0, "stale": 0})
    for ruling in rulings:
        page = pages.get(project.guidelines / f"{ruling.page}.md", "")
        if f"<!-- guide: ruling {ruling.name} -->" not in page:
            broken.append(Issue(f"ruling {ruling.name}", CODE, f"{ruling.page}.md does not show it"))
    for issue in broken:
        reporter.report(issue)
    for path, content in () if broken else list(generated_files(project, book)):
        stale = is_outdated(path, content)
        counts.update({"files": 1, "stale": stale})
        if stale and only_check:
            where = str(path.relative_to(project.root))
            reporter.report(Issue(where, "GUIDE-STALE", "differs from the codebook; run standpoint guide"))
        elif stale:
            write_whole(path, content)
    if not only_check:
        counts["rewritten"] = counts.pop("stale")
    return counts


def pages_of(project: Project) -> dict[Path, str]:
    """The pages of the guide and all other Markdown beside the codebook."""
    return {path: read_text(path) for path in sorted(project.guidelines.glob("*.md"))}


def generated_files(project: Project, book: Book) -> Iterator[tuple[Path, bytes]]:
    """The files of the guide with their generated parts as they should be."""
    for path, page in pages_of(project).items():
        yield path, rewritten(path.name, page, lambda block: render(block, book)).encode()
    for tree in book.trees.values():
        yield project.guidelines / "img" / f"{tree.name}.svg", as_picture(tree)


def outdated_files(project: Project) -> list[Path]:
    """The files of the guide that ``standpoint guide`` would change; its examples are not checked."""
    return [path for path, content in generated_files(project, open_book(project)) if is_outdated(path, content)]


def is_outdated(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


def open_book(project: Project) -> Book:
    """Load the sources of the guide: the codebook, the cast, the trees, the worked articles and the rulings."""
    codebook, _ = open_codebook(project)
    cast = load_registry(project.cast, tuple(label.name for label in codebook.actor_classes))
    trees, worked = load_trees(project.trees, codebook), load_worked(project.worked, codebook)
    return Book(codebook, cast, trees, worked, load_rulings(project.rulings, codebook))


def build_guide(project: Project, out: Path | None) -> Counter:
    """Build the site, by default in .standpoint/guide, and count its pages."""
    codebook = open_book(project).codebook
    return Counter({"pages": build_site(project.guidelines, out or project.guide, codebook.title, codebook.version)})
