"""Accounts, secrets and the choice of a database of the embedded server."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import msgspec
from msgspec import Struct

from standpoint.core.files import read_json, written_whole
from standpoint.core.model import StandpointError
from standpoint.core.provenance import ACCOUNT_DOMAIN, refuse_name
from standpoint.labelstudio.client import Client, connect, user_emails


class RunningServer(NamedTuple):
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
    """The secrets of a server's folder; they are made if there are none yet."""
    path = folder / "secrets.json"
    if path.exists():
        return read_json(path, Secrets, "restore the file, or move the folder away to start afresh")
    created = Secrets(email=f"admin{ACCOUNT_DOMAIN}", password=secrets.token_urlsafe(15), token=secrets.token_hex(20))
    save_secrets(folder, created)
    return created


def has_server(folder: Path) -> bool:
    """Whether a server's folder has a database, or names one. A server without one would be a new one."""
    if (folder / "label_studio.sqlite3").exists():
        return True
    return (folder / "secrets.json").exists() and bool(load_secrets(folder).database)


def save_secrets(folder: Path, content: Secrets) -> None:
    """Replace the folder's secrets, whole or not at all; only their owner can read them."""
    with written_whole(folder / "secrets.json", private=True) as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=1))


SCHEMES = ("postgresql", "postgres")
SSL_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey")  # passed to libpq in its own environment variables
EXAMPLE = "it looks like postgresql://standpoint:password@db.example.org:5432/standpoint?sslmode=require"
MANY_PEOPLE = 4  # this many annotators at once made Label Studio on SQLite store one submission several times


def database_environment(url: str) -> dict[str, str]:
    """The environment variables that make Label Studio and libpq use this database ("": SQLite)."""
    if not url:
        return {}
    try:
        parts, options = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
        port = str(parts.port or 5432)
    except ValueError:  # its message is left out, as it quotes the URL, which contains the password
        raise StandpointError("the database's URL cannot be read", EXAMPLE) from None
    if parts.scheme not in SCHEMES or not parts.path.strip("/"):
        raise StandpointError("the database's URL names no PostgreSQL database", EXAMPLE)
    if unknown := sorted(set(options) - {"host", *SSL_OPTIONS}):
        raise StandpointError(f"the database's URL has {', '.join(unknown)}", f"known are host, {', '.join(SSL_OPTIONS)}")
    return {
        "DJANGO_DB": "default",
        "POSTGRE_USER": unquote(parts.username or ""),
        "POSTGRE_PASSWORD": unquote(parts.password or ""),
        "POSTGRE_HOST": options.pop("host", unquote(parts.hostname or "")),
        "POSTGRE_PORT": port,
        "POSTGRE_NAME": unquote(parts.path.removeprefix("/")),
    } | {f"PG{name.upper()}": value for name, value in options.items()}


def choose_database(folder: Path, url: str) -> None:
    """Keep the URL of a database among the secrets of a server's folder, so that each later start uses it."""
    database_environment(url)  # an unusable URL is refused here
    if (folder / "label_studio.sqlite3").exists():
        hint = "run `standpoint server backup`, move the folder away, and `standpoint server restore FILE --database …`"
        raise StandpointError(f"the server in {folder} has its work in SQLite", hint)
    secrets = load_secrets(folder)
    if secrets.database != url:
        secrets.database = url
        save_secrets(folder, secrets)


def sqlite_warning(folder: Path, machines: Collection[str] = ()) -> str:
    """A warning if more annotators have accounts on this server than SQLite bears, or "".

    ``machines``: pseudonyms of models and rules, which never log in.
    """
    secrets = load_secrets(folder)
    people = set(secrets.passwords).difference(machines)
    if secrets.database or len(people) < MANY_PEOPLE:
        return ""
    return (
        f"{len(people)} annotators have accounts and the server is on SQLite, which is for one person: with about four"
        " at once, Label Studio stored copies of submissions (`pull` keeps one); use PostgreSQL: standpoint serve --database"
    )


def ensure_accounts(running: RunningServer, pseudonyms: Iterable[str]) -> dict[str, int]:
    """User ids of the pseudonyms on an embedded server, in their order; missing accounts are made."""
    return ensure_accounts_on(connect(running.url, running.token), running.folder, pseudonyms)


def ensure_accounts_on(client: Client, folder: Path, pseudonyms: Iterable[str]) -> dict[str, int]:
    """User ids of the pseudonyms on any server, in their order; missing accounts are made, which can log in and label.

    Accounts are made through the organisation's invite link, the only way in which Label Studio makes members with a
    password. Measured: the server ignored the password that the SDK's ``users.create`` sent, and the user could not log in.
    Passwords are kept in ``folder`` before they are used, so that a killed run can be repeated.
    """
    wanted = list(dict.fromkeys(pseudonyms))
    known = _user_ids(client)
    missing = [name for name in wanted if f"{name}{ACCOUNT_DOMAIN}" not in known]
    if missing:
        kept = load_secrets(folder)
        for name in missing:
            refuse_name(name)
            kept.passwords.setdefault(name, secrets.token_urlsafe(15))
        save_secrets(folder, kept)
        invite = client.retry(client.sdk.organizations.invites.get_invite_link).token
        for name in missing:
            _sign_up(client.url, invite, f"{name}{ACCOUNT_DOMAIN}", kept.passwords[name])
        known = _user_ids(client)
    return {name: known[f"{name}{ACCOUNT_DOMAIN}"] for name in wanted}


def password_of(running: RunningServer, pseudonym: str) -> str:
    """The password of an annotator's account; StandpointError if the account was not made here."""
    if pseudonym not in (passwords := load_secrets(running.folder).passwords):
        raise StandpointError(f"no password is known for {pseudonym}", "make its account with `standpoint serve --annotators …`")
    return passwords[pseudonym]


def _user_ids(client: Client) -> dict[str, int]:
    """The id of each user on a server by e-mail."""
    return {email: number for number, email in user_emails(client).items()}


def _sign_up(url: str, invite: str, email: str, password: str) -> None:
    """Fill in the sign-up form behind the invite link."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as browser:
        browser.get("/user/signup/", params={"token": invite}).raise_for_status()
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": email, "password": password}
        answer = browser.post("/user/signup/", params={"token": invite}, data=form)
    if answer.status_code != 302:  # a refused form comes back as a page, with status 200
        message = f"Label Studio refused an account for {email.removesuffix(ACCOUNT_DOMAIN)} (HTTP {answer.status_code})"
        raise StandpointError(message, "see the server's log")
