"""The people behind the accounts of Label Studio: each has one pseudonym, and the map is kept in a local file.

An account is an e-mail, or a number. A server counts its users from 1, so a number says who it is only together with its
server, which an export file does not name. So the number of an export is a guess, that ``merge`` compares with what is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from standpoint.core.files import write_whole
from standpoint.core.model import StandpointError
from standpoint.core.provenance import ACCOUNT_DOMAIN, PSEUDONYM, Annotator, load_people, refuse_name

NOBODY = "user None"  # the account of annotations that name none


def account_of(completed_by: object, accounts: Mapping[int, str] | None = None, server: str = "") -> str:
    """The account in ``completed_by``: an e-mail, or a number with the address of its server. ``accounts``: e-mails by id."""
    email = None
    if isinstance(completed_by, dict):
        email, completed_by = completed_by.get("email"), completed_by.get("id")
    if not email and isinstance(completed_by, int):
        email = (accounts or {}).get(completed_by)
    if not email and isinstance(completed_by, str) and "@" in completed_by:
        email = completed_by
    return str(email) if email else f"user {completed_by} {server}".rstrip()


class People:
    """The pseudonyms of accounts. ``begin`` is called before each reading of an export or a server."""

    def __init__(
        self,
        path: Path,
        annotators: Mapping[str, Annotator],
        accounts: Mapping[int, str] | None = None,
        server: str = "",
        stored: Iterable[str] = (),
    ) -> None:
        """``accounts``: the e-mails by user id on ``server``. ``stored``: the pseudonyms that have annotation sets."""
        self.path, self.annotators, self.accounts, self.server = path, annotators, accounts or {}, server
        self.stored = set(stored)
        self.known = load_people(path)
        self.begin(server)

    def begin(self, source: str, named: str = "") -> None:
        """Begin to read a ``source``; all its annotations are of the person with the pseudonym ``named``, if it is given."""
        if named:
            refuse_name(named)
        self.source, self.named = source, named
        self.seen: dict[str, str] = {}  # account -> pseudonym, of this source

    def who(self, completed_by: object) -> tuple[str, str]:
        """Pseudonym and kind of the annotator in ``completed_by``; a new annotator gets the next free pseudonym."""
        account = account_of(completed_by, self.accounts, self.server)
        if account not in self.seen:
            self.seen[account] = self._pseudonym(account)
        name = self.seen[account]
        return name, self.kind(name)

    def kind(self, name: str) -> str:
        """The kind of the annotator with this pseudonym."""
        return self.annotators[name].kind if name in self.annotators else "unknown"

    def is_certain(self, account: str) -> bool:
        """Whether the account is one person's wherever it occurs: an e-mail, or a number on a server."""
        return bool(self.server) or "@" in account

    def _pseudonym(self, account: str) -> str:
        own = account.removesuffix(ACCOUNT_DOMAIN)
        known = own if own != account and PSEUDONYM.fullmatch(own) else self.known.get(account)
        if self.named:
            if self.seen:
                message = f"{self.source}: has annotations of several accounts, and --annotator names one person"
                raise StandpointError(message, "omit --annotator, or export the annotations of each account alone")
            if known not in (None, self.named) and self.is_certain(account):
                message = f"{self.source}: its account is {known}, and --annotator names {self.named}"
                raise StandpointError(message, f"omit --annotator, or change the account's pseudonym in {self.path}")
            self.known.setdefault(account, self.named)
            return self.named
        if known is None:
            taken = {*self.known.values(), *self.annotators, *self.stored}
            known = self.known[account] = next(name for number in range(1, 10_000) if (name := f"p{number:02}") not in taken)
        return known

    def uncertain(self, name: str) -> str:
        """The account behind a pseudonym in this source if it may be somebody else's, otherwise "".

        That is so if the account is a mere number, if the user names the person, or if the person has no sets yet.
        """
        account = next(account for account, pseudonym in self.seen.items() if pseudonym == name)
        return "" if not self.named and self.is_certain(account) and name in self.stored else account

    def identify(self, account: str, name: str) -> None:
        """Note that an account is the person with this pseudonym. The first person behind a mere number stays the usual one."""
        if self.is_certain(account) or self.known.get(account) not in self.stored:
            self.known[account] = name

    def save(self) -> None:
        """Write the map to its file."""
        write_whole(self.path, json.dumps(self.known, indent=1, sort_keys=True, ensure_ascii=False))
