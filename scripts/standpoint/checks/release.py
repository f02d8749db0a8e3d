"""Whether the built dataset is complete, fits the project, and publishes nothing that must not be published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from standpoint.checks.case import Corpus
from standpoint.checks.table import Findings, check
from standpoint.core.codes import redistributable
from standpoint.core.provenance import EMAIL
from standpoint.splits.splits import QUARANTINE

if TYPE_CHECKING:  # reading a release needs pyarrow, which is slow to import
    from standpoint.dataset.release_folder import Facts

SHORT = 3  # letters: so short a name would be found in too many words


class ReleaseFacts(NamedTuple):
    """A release and the corpus. ``accounts`` are those behind the pseudonyms, if this machine knows them."""

    facts: Facts
    corpus: Corpus
    codebook_version: str
    accounts: Iterable[str] = ()


@check("release", on="release")
def release_sums(release: ReleaseFacts) -> Findings:
    """each file of a release has the checksum in SHA256SUMS
    Why: users compare the checksums, and a file that changed after the build was not checked.
    Fix: run standpoint build; a release is not edited by hand."""
    for name in release.facts.damaged:
        yield name, "it is missing, or changed since it was built"


@check("release", on="release")
def release_unlisted(release: ReleaseFacts) -> Findings:
    """each file of a release is listed in SHA256SUMS
    Why: an unlisted file would be published, although it was not built.
    Fix: remove the file, and run standpoint build."""
    for name in release.facts.unlisted:
        yield name, "SHA256SUMS does not list it"


@check("release", on="release")
def release_table(release: ReleaseFacts) -> Findings:
    """each table of a release can be read
    Why: load_dataset stops at the first unreadable table.
    Fix: run standpoint build."""
    yield from release.facts.unreadable.items()


@check("release", on="release")
def release_article(release: ReleaseFacts) -> Findings:
    """each article of a release is one of the project's
    Why: an article that was removed, for its licence or on request, must not stay in the dataset.
    Fix: run standpoint build."""
    for row in release.facts.documents:
        if release.corpus.missing(row.id):
            yield row.id, f"no article has this id, which is in {row.file}"


@check("release", on="release")
def release_text(release: ReleaseFacts) -> Findings:
    """a text in a release has the article's sha256
    Why: offsets belong to one text only.
    Fix: run standpoint build."""
    for row in release.facts.documents:
        known = release.corpus.articles.get(row.id)
        if row.text_sha256 not in ("", row.sha256):
            yield row.id, "its text is not the one that its sha256 was computed from"
        elif known and known.sha256 != row.sha256:
            yield row.id, "its text is not that of dataset/articles"


@check("release", on="release")
def release_quote(release: ReleaseFacts) -> Findings:
    """a released span's quote is the text between its offsets
    Why: users of the dataset rely on it.
    Fix: run standpoint build."""
    for row in release.facts.documents:
        for identity in row.misquoted:
            yield f"{row.id} {identity}", f"in {row.file}, its quote is not the text between its offsets"


@check("release", on="release")
def release_licence(release: ReleaseFacts) -> Findings:
    """a release has no text, quote or sentence of an article that may not be published
    Why: the release is published.
    Fix: run standpoint build, and withdraw the published version."""
    for row in release.facts.documents:
        known = release.corpus.articles.get(row.id)
        closed = not redistributable(row.licence) or (known is not None and known.stand_off)
        if closed and release.facts.words.get(row.id):
            yield (
                f"{row.id} {release.facts.words[row.id]} strings",
                f"the release has words of it, its licence is {row.licence!r}",
            )


@check("release", on="release")
def release_split(release: ReleaseFacts) -> Findings:
    """an article is only in its split in splits/
    Why: splits never change; otherwise test results of two versions could not be compared.
    Fix: run standpoint build."""
    rows = {row.article_id: row.split for row in release.corpus.rows}
    seen: dict[str, str] = {}
    for row in release.facts.documents:
        if rows.get(row.id, row.split) != row.split:
            yield row.id, f"it is in {row.split}, should be in {rows[row.id]}"
        if seen.setdefault(row.id, row.file) != row.file:
            yield row.id, f"it is in {seen[row.id]} and in {row.file}"


@check("release", on="release")
def release_mail(release: ReleaseFacts) -> Findings:
    """no file of a release has an e-mail address
    Why: neither the people in the news nor annotators have agreed to receive mail from users of a dataset.
    Fix: mask it in the raw text, or remove it from the typed answer; then ingest or import it, and build. The raw
    answer of a model: run standpoint fix --write, which leaves it out, and build."""
    for name, column, count in release.facts.search(EMAIL.pattern):
        yield f"{name} {column}", f"{count} strings have an e-mail address"


@check("release", on="release")
def release_name(release: ReleaseFacts) -> Findings:
    """no file of a release has the name or address of a person behind a pseudonym
    Why: a pseudonym is a promise to the annotator.
    Fix: remove it from the typed answer, or give the annotator another pseudonym; then import and build."""
    pattern = "|".join(sorted({form for account in release.accounts for form in _forms(account)}))
    for name, column, count in release.facts.search(f"(?i){pattern}") if pattern else ():
        yield f"{name} {column}", f"{count} strings have such a name or address"


@check("release", on="release", level="note")
def release_codebook(release: ReleaseFacts) -> Findings:
    """a release has the project's codebook
    Why: the project's codebook has changed since the release was built.
    Fix: run standpoint build when a new version is due."""
    released = release.facts.codebook_version
    if released != release.codebook_version:
        yield "codebook.yaml", f"its version is {released or 'unknown'}, the project's is {release.codebook_version}"


@check("release", on="release", level="note")
def release_behind(release: ReleaseFacts) -> Findings:
    """each adjudicated article is in the release
    Why: the article was adjudicated after the release was built.
    Fix: run standpoint build when a new version is due."""
    released = {row.id for row in release.facts.documents}
    quarantined = {row.article_id for row in release.corpus.rows if row.split == QUARANTINE}
    for article_id in sorted(release.corpus.adjudicated - released - quarantined):
        yield article_id, "the release does not have it"


def _forms(account: str) -> Iterator[str]:
    """Patterns of an account in a table: the account; the words of its name as a whole string, and, if several, in a text."""
    yield rf"\b{re.escape(account)}\b"
    words = [word for word in re.split(r"[^\w]+|_", account.partition("@")[0]) if word and not word.isdecimal()]
    if len("".join(words)) > SHORT:
        yield rf"^{'[ ._-]*'.join(map(re.escape, words))}$"
    if len(words) > 1:
        yield rf"\b{'[ ._-]'.join(map(re.escape, words))}\b"
