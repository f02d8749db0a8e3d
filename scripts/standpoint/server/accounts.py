"""Accounts, secrets and the database of the embedded server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import httpx
import msgspec
from msgspec import Struct

from standpoint.core.files import written_whole
from standpoint.core.model import StandpointError
from standpoint.core.provenance import PSEUDONYM
from standpoint.labelstudio.client import Client, connect, user_map


class Running(NamedTuple):
    """A server that answers: its address, the administrator's token and log-in, and its folder."""

    url: str
    token: str
    email: str
    password: str
    folder: Path


class Secrets(Struct):
    """Log-in of the administrator, its legacy API token, the annotators' passwords by pseudonym, and the database's URL."""

    email: str
    password: str
    token: str
    passwords: dict[str, str] = {}
    database: str = ""  # "": SQLite in the folder


def load_secrets(folder: Path) -> Secrets:
    """The secrets of a server's folder; new ones where there are none yet."""
    path = folder / "secrets.json"
    if path.exists():
        try:
            return msgspec.json.decode(path.read_bytes(), type=Secrets)
        except msgspec.DecodeError as error:
            raise StandpointError(f"{path}: {error}", "restore the file, or move the folder away to start afresh") from None
    made = Secrets(email="admin@standpoint.invalid", password=new_password(), token=secrets.token_hex(20))
    save_secrets(folder, made)
    return made


def save_secrets(folder: Path, kept: Secrets) -> None:
    """Replace the folder's secrets, whole or not at all."""
    with written_whole(folder / "secrets.json") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(msgspec.json.format(msgspec.json.encode(kept), indent=1))


def new_password() -> str:
    """Twenty characters that nobody can guess."""
    return secrets.token_urlsafe(15)


SCHEMES = ("postgresql", "postgres")
SSL = ("sslmode", "sslrootcert", "sslcert", "sslkey")  # what else libpq is told, through its own environment variables
EXAMPLE = "it looks like postgresql://standpoint:password@db.example.org:5432/standpoint?sslmode=require"
CROWD = 4  # annotators at once from which on Label Studio was seen to store one submission several times on SQLite


def settings_of(url: str) -> dict[str, str]:
    """What Label Studio and libpq are told in the environment so that the server works on this database ("": SQLite)."""
    if not url:
        return {}
    parts, options = _parts(url)
    return {
        "DJANGO_DB": "default",
        "POSTGRE_USER": unquote(parts.username or ""),
        "POSTGRE_PASSWORD": unquote(parts.password or ""),
        "POSTGRE_HOST": options.pop("host", unquote(parts.hostname or "")),
        "POSTGRE_PORT": str(parts.port or 5432),
        "POSTGRE_NAME": unquote(parts.path.removeprefix("/")),
    } | {f"PG{name.upper()}": value for name, value in options.items()}


def choose_database(folder: Path, url: str) -> None:
    """Keep the choice of a database among the secrets of a server's folder, so that every later start takes it too."""
    settings_of(url)  # refuse what is no URL before it is kept
    if (folder / "label_studio.sqlite3").exists():
        hint = "take a `standpoint backup`, move the folder away, and `standpoint restore FILE --database …` into the new one"
        raise StandpointError(f"the server in {folder} has its work in SQLite", hint)
    secrets = load_secrets(folder)
    if secrets.database != url:
        secrets.database = url
        save_secrets(folder, secrets)


def crowded(folder: Path, machines: Collection[str] = ()) -> str:
    """What to warn of if more annotators have accounts on this server than SQLite bears; "" if all is well.

    ``machines``: the pseudonyms of those who never log in.
    """
    secrets = load_secrets(folder)
    people = set(secrets.passwords).difference(machines)
    if secrets.database or len(people) < CROWD:
        return ""
    return (
        f"{len(people)} annotators have accounts and the server is on SQLite, which is for one person: from about four"
        " at once on, Label Studio was seen to store copies of a submission (`pull` keeps one); PostgreSQL: docs/server.md"
    )


def _parts(url: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts, options = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
        _ = parts.port
    except ValueError:  # said without the reason, which would quote the URL and the password in it
        raise StandpointError("the database's URL cannot be read", EXAMPLE) from None
    if parts.scheme not in SCHEMES or not parts.path.strip("/"):
        raise StandpointError("the database's URL names no PostgreSQL database", EXAMPLE)
    if unknown := sorted(set(options) - {"host", *SSL}):
        raise StandpointError(f"the database's URL has {', '.join(unknown)}", f"known are host, {', '.join(SSL)}")
    return parts, options


DOMAIN = "@standpoint.invalid"


def ensure_accounts(running: Running, pseudonyms: Iterable[str]) -> dict[str, int]:
    """User ids of the pseudonyms on an embedded server, in their order; accounts are made as in ``accounts_at``."""
    return accounts_at(connect(running.url, running.token), running.folder, pseudonyms)


def accounts_at(client: Client, folder: Path, pseudonyms: Iterable[str]) -> dict[str, int]:
    """User ids of the pseudonyms, in their order; who has no account yet gets one that can log in and label.

    Accounts are made through the organisation's invite link, the only way by which Label Studio makes members with a
    password: the server ignores the password that the SDK's ``users.create`` sends, and such a user could not log in.
    Passwords are kept in ``folder`` before they are used, so that a run that was killed is simply run again.
    """
    wanted = list(dict.fromkeys(pseudonyms))
    known = _users(client)
    missing = [name for name in wanted if f"{name}{DOMAIN}" not in known]
    if missing:
        passwords = _kept_passwords(folder, missing)
        invite = client.retry(client.sdk.organizations.invites.get_invite_link).token
        for name in missing:
            _sign_up(client.url, invite, name, passwords[name])
        known = _users(client)
    return {name: known[f"{name}{DOMAIN}"] for name in wanted}


def password_of(running: Running, pseudonym: str) -> str:
    """The password of an annotator's account; StandpointError if it was not made here."""
    if pseudonym not in (kept := load_secrets(running.folder).passwords):
        raise StandpointError(f"no password is known for {pseudonym}", "make its account with `standpoint serve --annotators …`")
    return kept[pseudonym]


def _users(client: Client) -> dict[str, int]:
    return {email: number for number, email in user_map(client).items()}


def _kept_passwords(folder: Path, names: list[str]) -> dict[str, str]:
    secrets = load_secrets(folder)
    for name in names:
        if not PSEUDONYM.fullmatch(name):
            raise StandpointError(f"{name!r} cannot be a pseudonym", "use small letters, digits, dot, dash, underscore: a01, say")
        secrets.passwords.setdefault(name, new_password())
    save_secrets(folder, secrets)
    return secrets.passwords


def _sign_up(url: str, invite: str, name: str, password: str) -> None:
    """Fill in the sign-up form behind the invite link."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as browser:
        browser.get("/user/signup/", params={"token": invite}).raise_for_status()
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": f"{name}{DOMAIN}", "password": password}
        answer = browser.post("/user/signup/", params={"token": invite}, data=form)
        if answer.status_code != 302:  # a form that is refused comes back as a page
            raise StandpointError(
                f"Label Studio refused an account for {name} (HTTP {answer.status_code})", "see the server's log"
            )
