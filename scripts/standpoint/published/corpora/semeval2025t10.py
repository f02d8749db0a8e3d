"""SemEval-2025 Task 10, subtask 1 (entity framing): the main role of each mention of an entity, and its fine-grained roles.

``subtask-1-annotations.txt`` has a line for each mention, with tabs between: the file of the article, the mention, its first and
its last character, the main role (Protagonist, Antagonist or Innocent), and one or more of 22 fine-grained roles. The last
character is included. The articles are in ``raw-documents/`` or ``subtask-1-documents/`` beside it
(propaganda.math.unipd.it/semeval2025task10).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from standpoint.core.model import Issue
from standpoint.published import Answer, Labelled, Mark
from standpoint.published.corpora import text_of

FILES = ("subtask-1-annotations.txt",)
MENTION, MAIN, FINE = "mention", "main role", "fine-grained role"
SLOTS = (MENTION, MAIN, FINE)
FOLDERS = ("raw-documents", "subtask-1-documents")


def read(path: Path) -> Iterator[Labelled | Issue]:
    """The articles of a file of annotations, in the order of their first line."""
    marks: dict[str, list[Mark]] = defaultdict(list)
    answers: dict[str, list[Answer]] = defaultdict(list)
    lines: dict[str, int] = {}
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        name, *parts = line.split("\t")
        if len(parts) < 4 or not all(part.strip().isdecimal() for part in parts[1:3]):
            problem = "should have a file, a mention, its first and last character and a main role, with tabs between"
            yield Issue(f"{path}:{number}", "ANNOTATION-FORMAT", problem)
            continue
        mention, start, last, *roles = (part.strip() for part in parts)
        lines.setdefault(name, number)
        identity = f"{number}"
        marks[name].append(
            Mark(id=identity, slot=MENTION, value=MENTION, quote=mention, start=int(start), end=int(last) + 1, entity=mention)
        )
        answers[name].append(Answer(slot=MAIN, value=roles[0], entity=mention))
        answers[name] += [Answer(slot=FINE, value=role, entity=mention) for role in roles[1:] if role]
    for name, number in lines.items():
        beside = next((file for folder in FOLDERS if (file := path.parent / folder / name).is_file()), None)
        if beside is None:
            yield Issue(f"{path}:{number}", "DOCUMENT-FORMAT", f"the article should be in {' or '.join(FOLDERS)} as {name}")
        yield Labelled(
            where=f"{path}:{number}",
            name=name.removesuffix(".txt"),
            text=text_of(beside) if beside else "",
            marks=tuple(marks[name]),
            answers=tuple(answers[name]),
        )
