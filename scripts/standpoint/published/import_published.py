"""Import of published labels: their articles are found, and their annotation sets are merged into ``dataset/annotations``.

The annotator is the dataset. It is listed in ``dataset/annotators.yaml`` with the kind ``published``, its source and its licence,
and takes no part in adjudication: its people followed other guidelines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from itertools import chain
from pathlib import Path

from standpoint.adjudication.fix import record_fixes, recorded_fixes
from standpoint.codebook.crosswalk import Crosswalk
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import RecordStore, read_articles
from standpoint.core.model import AnnotationSet, Article, Issue, Reporter, StandpointError, sha256
from standpoint.core.project import Project
from standpoint.core.provenance import ACCOUNT_DOMAIN, PUBLISHED, list_annotator, load_annotators, refuse_name
from standpoint.ingest.article import normalise
from standpoint.labelstudio.exchange import committed_sets, people_of
from standpoint.labelstudio.import_documents import DocumentOptions
from standpoint.labelstudio.merge import Batch, Imported
from standpoint.published import Labelled
from standpoint.published.convert import Book, Converted, Converter, Outcome, letters_of, named
from standpoint.published.corpora import corpora, label_files, read_labels
from standpoint.published.incidents import incidents_of

NAMED = 3  # documents that a message names


class Articles:
    """The articles of a project, found by the letters of their texts, by their titles and by their first words."""

    def __init__(self, project: Project) -> None:
        self.store = RecordStore(Article)
        self.ids: dict[str, str] = {}  # by what an article is found; "" for what several have
        for article in read_articles(project):
            self.store.put(article.id, article)
            for key in set(_keys(article)):
                self.ids[key] = "" if key in self.ids else article.id

    def close(self) -> None:
        self.store.close()

    def of(self, labelled: Labelled) -> Article | None:
        """The article of a document; None if the project has none, or several."""
        texts = (labelled.text, f"{labelled.title}\n{labelled.text}") if labelled.text else ()
        keys = [_letters_key(text) for text in texts] or [labelled.name]
        identity = next((self.ids[key] for key in keys if self.ids.get(key)), "")
        return self.store.get(identity) if identity else None


def _keys(article: Article) -> Iterator[str]:
    text = article.text or ""
    yield _letters_key(text)
    headline = next((zone.end for zone in article.zones if zone.name == "headline"), 0)
    if headline:
        yield _letters_key(text[headline:])
    yield from {article.title, next(iter(text.split(maxsplit=1)), "")} - {""}


def _letters_key(text: str) -> str:
    """The checksum of the letters of a text, as ingestion reads it: blanks and marks may differ."""
    return sha256(letters_of(normalise(text)))


def import_published(
    project: Project, paths: Iterable[Path], reporter: Reporter, fix: bool, annotator: str, options: DocumentOptions
) -> Counter[str]:
    """Read the labels of a published dataset, and merge their sets into ``dataset/annotations``.

    ``fix``: marks with wrong offsets are fixed if the fix is certain, and each fix is recorded. ``annotator``: the pseudonym of
    the dataset, instead of the name of its format. ``options`` has that name, which is also that of the crosswalk.
    """
    codebook, registry = open_codebook(project)
    name = options.format
    if options != DocumentOptions(name):
        hint = "the crosswalk of that name in codebook.yaml says what they would say"
        raise StandpointError(f"--map, --pass and --fragments are not for {name}", hint)
    crosswalk = next((one for one in codebook.crosswalks if one.name == name), None)
    if crosswalk is None:
        known = ", ".join(one.name for one in codebook.crosswalks) or "none"
        hint = f"`crosswalks` in codebook.yaml says what its labels are here (`standpoint keys codebook.yaml`); there are {known}"
        raise StandpointError(f"the codebook has no crosswalk for {name}", hint)
    slots = corpora()[name].SLOTS
    if unknown := next((rule.slot for rule in crosswalk.rules if rule.slot not in slots), ""):
        raise StandpointError(f"the crosswalk {name} has a rule for {unknown!r}, no slot of it", f"there are {', '.join(slots)}")
    refuse_name(annotator or name)
    files = list(chain.from_iterable(label_files(path, name) for path in paths))
    source = Source(project, Book(crosswalk, codebook, registry), annotator or name, fix)
    people, committed, fixes = people_of(project), committed_sets(project), cache(lambda: recorded_fixes(project))
    with (
        closing(Articles(project)) as articles,
        closing(RecordStore(int)) as stored,
        closing(Batch(people, project.annotations, stored, fixes, committed, by_date=False)) as batch,
    ):
        documents = chain.from_iterable(read_labels(file, name) for file in files)

        def sets() -> Iterator[Imported | Issue]:
            for item in source.sets(reporter.track(f"import {name}", documents), articles):
                if isinstance(item, Imported):
                    people.who(f"{item.annotation_set.annotator}{ACCOUNT_DOMAIN}")
                yield item

        for issue in batch.add(sets()):
            reporter.report(issue)
        if not source.found and not source.missing:
            raise StandpointError(f"{files[0]}: has no document of the format {name}", "name the files as they were published")
        if not source.found:
            what = f"none of the {len(source.missing):,} document(s) is an article of this project"
            raise StandpointError(f"{files[0]}: {what}", "ingest the texts first: `standpoint ingest --help`")
        for annotator_name in sorted(source.annotators):
            source.enlist(annotator_name)
        for issue in chain(batch.store(), source.issues()):
            reporter.report(issue)
        record_fixes(project, batch.repairs)
        return source.counts + batch.counts


class Source:
    """The files of one published dataset while they are read."""

    def __init__(self, project: Project, book: Book, annotator: str, fix: bool) -> None:
        self.project, self.book, self.annotator, self.fix = project, book, annotator, fix
        self.listed = load_annotators(project.annotators)
        self.outcome = Outcome()
        self.annotators: set[str] = set()
        self.found: set[str] = set()
        self.missing: Counter[str] = Counter()  # documents that are no articles, with their annotations
        self.has_texts = False  # whether documents that are no articles have a text, which could be ingested
        self.number = self.sets_made = 0
        self.passes = list(_passes(book.crosswalk, book.codebook))
        self.partial = _partial(book.crosswalk, book.codebook)

    @property
    def counts(self) -> Counter[str]:
        """What was read, and what of it is in no set. ``Batch`` counts the rest."""
        outcome = self.outcome
        left_out, refused = outcome.left_out.total(), outcome.refused + outcome.unknown.total()
        return Counter(
            {
                "annotations": self.sets_made,
                "items": self.number,
                "items left out": left_out + self.missing.total(),
                "items refused": refused,
            }
        )

    def sets(self, documents: Iterable[Labelled | Issue], articles: Articles) -> Iterator[Imported | Issue]:
        for labelled in documents:
            if isinstance(labelled, Issue):
                is_item = labelled.code == "ANNOTATION-FORMAT"
                self.number += is_item
                self.outcome.refused += is_item
                yield labelled
                continue
            article = articles.of(labelled)
            self.number += labelled.items + len(labelled.refused)
            if article is None or article.text is None:
                self.has_texts |= bool(labelled.text)
                self.missing[labelled.name] += labelled.items + len(labelled.refused)
                continue
            self.found.add(labelled.name)
            yield from self._sets(labelled, article)

    def _sets(self, labelled: Labelled, article: Article) -> Iterator[Imported | Issue]:
        """The sets of one document, one for each pass of the crosswalk."""
        annotator = f"{self.annotator}-{labelled.annotator}" if labelled.annotator else self.annotator
        refuse_name(annotator, f"{labelled.where}: ")
        if annotator in self.listed and self.listed[annotator].kind != PUBLISHED:
            message = f"{annotator} is of the kind {self.listed[annotator].kind} in {self.project.annotators}"
            raise StandpointError(message, "published labels have an entry of their own: name it with --annotator")
        self.annotators.add(annotator)
        where = f"{article.id} {self.passes[0]} {annotator}"
        done = Converter(labelled, article, self.book, self.outcome, self.fix, where).convert(incidents_of)
        yield from done.issues
        for pass_name in self.passes:
            yield self._set(pass_name, annotator, labelled, article, done)
            self.sets_made += 1

    def _set(self, pass_name: str, annotator: str, labelled: Labelled, article: Article, done: Converted) -> Imported:
        layers = self.book.codebook.layers_by_pass[pass_name]
        annotations = tuple(item for item in done.annotations if item.layer in layers)
        incidents = tuple(item for item in done.incidents if item.layer in layers)
        one = AnnotationSet(
            article_id=article.id,
            annotator=annotator,
            pass_name=pass_name,
            annotator_kind=PUBLISHED,
            codebook_version=self.book.codebook.version,
            text_sha256=article.sha256,
            made_from=" ".join(filter(None, (self.book.crosswalk.name, labelled.name, labelled.annotator))),
            annotations=annotations,
            incidents=incidents,
            partial=tuple(name for name in layers if name in self.partial),
        )
        items = done.items if pass_name == self.passes[0] else 0  # an item is counted once
        return Imported(one, items, done.repairs if pass_name == self.passes[0] else ())

    def enlist(self, annotator: str) -> None:
        """List the dataset as an annotator, if it is not listed."""
        if annotator not in self.listed:
            crosswalk = self.book.crosswalk
            about = f"{crosswalk.title}: labels of people by other guidelines. {crosswalk.source}. Licence: {crosswalk.licence}"
            list_annotator(self.project.annotators, annotator, kind=PUBLISHED, description=about, adjudicated=False)

    def issues(self) -> Iterator[Issue]:
        """What became of the annotations, each kind once; and what should be known of the files."""
        name, outcome = self.book.crosswalk.name, self.outcome
        losses = {rule.loss for rule in self.book.crosswalk.rules}
        for (what, ours), count in sorted((+outcome.kept).items()):
            yield Issue(name, "LABEL-READ", f"{what!r}, {count:,} time(s), is imported as {ours}{self._loss(what)}", "note")
        for (what, reason), count in sorted(outcome.left_out.items()):
            kind = "LABEL-OMITTED" if reason in losses else "LABEL-LOST"
            yield Issue(name, kind, f"{what!r}, {count:,} time(s), is left out: {reason}", "note")
        for what, count in sorted(outcome.unknown.items()):
            message = f"{what!r}, {count:,} time(s), is not imported: the crosswalk has no rule for it; add one to codebook.yaml"
            yield Issue(name, "LABEL-UNKNOWN", message)
        for remark, count in sorted(outcome.remarks.items()):
            yield Issue(name, "LABEL-REMARK", f"{count:,} {remark}", "note")
        if self.missing:
            documents = ", ".join([*sorted(self.missing)[:NAMED], *(["…"] if len(self.missing) > NAMED else [])])
            what = f"{len(self.missing):,} document(s) with {self.missing.total():,} annotation(s)"
            message = f"{what} are no article of this project, or several: {documents}"
            # A key without texts is usually of more texts than are here.
            yield Issue(name, "TASK-ARTICLE", message, "error" if self.has_texts else "note")

    def _loss(self, what: str) -> str:
        """What a rule says is lost of what it keeps."""
        rules = self.book.crosswalk.rules
        losses = dict.fromkeys(
            rule.loss for rule in rules if rule.is_kept and rule.loss and any(named(rule) == name for name in _parts(what))
        )
        return f"; lost: {'; '.join(losses)}" if losses else ""


def _parts(what: str) -> list[str]:
    """The names of the rules behind what an annotation is called: one for each of several values."""
    slot, _, values = what.rpartition(": ")
    return [what, *(f"{slot}: {value}" for value in values.split("/"))]


def _partial(crosswalk: Crosswalk, codebook: Codebook) -> set[str]:
    """The layers in which what is not marked says nothing: the spans of which not all are marked, and what is about them."""
    spans = {layer.name for layer in codebook.layers if layer.kind == "span"} - set(crosswalk.complete)
    about = {layer.name for layer in codebook.layers if spans & {layer.of, layer.head, layer.tail}}
    return spans | about


def _passes(crosswalk: Crosswalk, codebook: Codebook) -> Iterator[str]:
    """The passes in which the crosswalk has layers, in the order of the codebook."""
    names = {written.partition(":")[0] for rule in crosswalk.rules for written in rule.written()}
    for one in codebook.passes:
        if names & set(one.layers):
            yield one.name
