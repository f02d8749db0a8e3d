"""Where the server keeps its work: SQLite in its folder, for one person, or the PostgreSQL that a URL names, for a team.

The URL is as PostgreSQL's own tools take it, ``postgresql://user:password@host:port/name?sslmode=require``, and every part
but the name may be left out: without a host it is this machine's socket, without a password ``~/.pgpass`` is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from standpoint.annotate.secret import load_secrets, save_secrets
from standpoint.model import StandpointError

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


def settle(folder: Path, url: str) -> None:
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
