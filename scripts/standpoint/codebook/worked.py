"""Worked articles: whole articles of the guide, written out once a pass with every mark and its reason."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from standpoint.codebook.markup import parse
from standpoint.codebook.types import Codebook, Strict
from standpoint.model import StandpointError
from standpoint.yamlfile import load_as


class Worked(Strict):
    """One article. ``passes`` maps a pass to the marked-up text, headline first, a blank line between paragraphs."""

    id: str
    outlet: str
    passes: dict[str, str]

    @cached_property
    def text(self) -> str:
        """The text without marks, as the first pass has it; MarkError where that cannot be read."""
        return parse(next(iter(self.passes.values()))).text


class WorkedFile(Strict):
    """``guidelines/worked.yaml``."""

    articles: tuple[Worked, ...]


def load_worked(path: Path, codebook: Codebook) -> tuple[Worked, ...]:
    """The worked articles at ``path``, none where there is no file; StandpointError at the first mistake."""
    articles = load_as(path, WorkedFile, "worked article").articles if path.exists() else ()
    for number, one in enumerate(articles):
        unknown = sorted(set(one.passes) - set(codebook.pass_by_name))
        if unknown or not one.passes:
            raise StandpointError(
                f"{path}: articles[{number}].passes: {', '.join(unknown) or 'nothing'} is no pass of the codebook"
            )
    return articles
