"""Whether each line of a JSON Lines file is a record that stands where it should."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._line import BOM, Line
from standpoint.checks._table import note
from standpoint.core.model import Article
from standpoint.ingest.sources import redistributable

SCOPE = "file"
Found = Iterator[tuple[str, str]]


def file_open(line: Line) -> Found:
    """a file can be read

    Why: what cannot be read is in no figure and in no release.
    Fix: give the file, and its folder, the permissions of its neighbours.
    """
    if line.trouble == "open":
        yield "", str(line.error)


def file_utf8(line: Line) -> Found:
    """a file is UTF-8, without a byte order mark

    Why: offsets count code points; in another encoding each stands elsewhere.
    Fix: take the file from the last commit, or convert it (iconv -t UTF-8).
    """
    if line.trouble == "utf8":
        yield "", "a byte order mark" if line.raw.startswith(BOM) else line.undecodable


def file_surrogate(line: Line) -> Found:
    """no line has half of a surrogate pair

    Why: a half is no character; it comes from offsets that were counted in UTF-16 units, and no UTF-8 file can hold it.
    Fix: import the set again; an emoji is one code point, and is never cut.
    """
    if line.trouble == "surrogate":
        yield "", str(line.error)


def file_json(line: Line) -> Found:
    """each line is one JSON object

    Why: a line that is cut off, or was merged by hand, is lost with all that it holds.
    Fix: take the line from the last commit; where both sides of a merge are wanted, a line each.
    """
    if line.trouble == "json":
        yield "", str(line.error)


def file_field(line: Line) -> Found:
    """a record has the fields that scripts/standpoint/model.py gives it, and no others

    Why: a field that nobody knows would be dropped in silence the next time the file is written.
    Fix: correct the field's name, or take it out; a field that is needed belongs in model.py.
    """
    if line.trouble == "field":
        yield "", str(line.error)


def file_type(line: Line) -> Found:
    """each field holds what scripts/standpoint/model.py says

    Why: an offset in quotation marks is not a number, and compares as none.
    Fix: write the value as its field wants it; best with the verb that writes this file.
    """
    if line.trouble == "type":
        yield "", str(line.error)


@note
def file_blank(line: Line) -> Found:
    """no line is empty

    Why: it is read as nothing, and most often is what an editor or a merge left behind.
    Fix: take it out.
    """
    if not line.raw.strip() and not line.error:
        yield "", "this one is"


@note
def file_end(line: Line) -> Found:
    """the last line ends with a line break

    Why: the next line that is added would become part of it; and a file may be cut off there.
    Fix: add the line break, once it is sure that nothing is missing.
    """
    if line.raw and not line.raw.endswith(b"\n"):
        yield "", "it does not"


def file_order(line: Line) -> Found:
    """lines stand in the order of their articles' ids

    Why: files are read side by side, an article at a time; what stands in another order would be missed.
    Fix: sort the lines by id, by code point (LC_ALL=C).
    """
    if line.key and line.key < line.key_before:
        yield "", f"{line.key} after {line.key_before}"


def file_twice(line: Line) -> Found:
    """a line stands once

    Why: what is there twice counts twice.
    Fix: take one out.
    """
    if line.key and line.raw == line.before:
        yield "", f"{line.key} is there twice"


def file_name(line: Line) -> Found:
    """a file is called after what is in it: <source>.jsonl, or <pass>/<annotator>.jsonl

    Why: verbs find a set by the name of its file; under another name it is somebody else's.
    Fix: move the line to the file of its name, or the file to the name of its lines.
    """
    if line.record is not None and line.file.form.name(line.record) != line.file.name:
        yield "", f"this line belongs in {line.file.form.name(line.record)}.jsonl"


def article_licence(line: Line) -> Found:
    """a text whose licence does not allow it to be passed on is not in dataset/articles

    Why: what is committed is published.
    Fix: run standpoint ingest on the raw file, which keeps the text in .standpoint/withheld; purge the history as well.
    """
    article = line.record
    if isinstance(article, Article) and line.file.public and article.text is not None and not redistributable(article.licence):
        yield article.id, f"licence {article.licence!r}, and its text is here"
