"""Pseudonyms: who is behind one stands in a local file that git ignores, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from standpoint.codebook.types import Strict
from standpoint.jsonlines import written_whole
from standpoint.yamlfile import load_as

OWN_DOMAIN = "@standpoint.invalid"  # accounts that the embedded server makes: the name is the pseudonym


class Annotator(Strict):
    """What is public about an annotator: kind (human_trained, human_expert, human_crowd, model, rule) and assistance."""

    id: str
    kind: str
    description: str = ""
    assistance: str = "none"


class Annotators(Strict):
    """``dataset/annotators.yaml``."""

    annotators: tuple[Annotator, ...] = ()


def load_annotators(path: Path) -> dict[str, Annotator]:
    """The public list of annotators by pseudonym; empty where there is none yet."""
    loaded = load_as(path, Annotators, "list of annotators") if path.exists() else Annotators()
    return {annotator.id: annotator for annotator in loaded.annotators}


class People:
    """The map from an account (its e-mail, or server and number) to a pseudonym, kept in a local file."""

    def __init__(
        self, path: Path, annotators: Mapping[str, Annotator], accounts: Mapping[int, str] | None = None, server: str = ""
    ) -> None:
        """``accounts`` are the e-mails by user id of the ``server`` that was asked; an export file has numbers only."""
        self.path, self.annotators, self.accounts, self.server = path, annotators, accounts or {}, server
        self.known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def who(self, completed_by: object) -> tuple[str, str]:
        """Pseudonym and kind of whoever did an annotation; somebody new gets the next free pseudonym."""
        name = self._pseudonym(self._account(completed_by))
        return name, self.annotators[name].kind if name in self.annotators else "unknown"

    def _account(self, completed_by: object) -> str:
        if isinstance(completed_by, dict):
            return str(completed_by.get("email") or completed_by.get("id"))
        return self.accounts.get(completed_by, f"user {completed_by} {self.server}".rstrip())

    def _pseudonym(self, account: str) -> str:
        if account.endswith(OWN_DOMAIN):
            return account.removesuffix(OWN_DOMAIN)
        if account not in self.known:
            taken = {*self.known.values(), *self.annotators}
            self.known[account] = next(name for number in range(1, 10_000) if (name := f"p{number:02}") not in taken)
        return self.known[account]

    def save(self) -> None:
        """Keep the map for the next time."""
        with written_whole(self.path) as file:
            file.write(json.dumps(self.known, indent=1, sort_keys=True, ensure_ascii=False).encode())
