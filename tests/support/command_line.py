"""Commands of `standpoint`, run in this process."""

from __future__ import annotations

from click.testing import CliRunner

from standpoint.cli import main


def run(*words: str, code: int = 0) -> str:
    """What a command says; ``code``: its exit code."""
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, (words, result.output, result.exception)
    return result.output
