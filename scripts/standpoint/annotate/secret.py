"""The embedded server's secrets: made once a folder, kept in one file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from standpoint.jsonlines import written_whole
from standpoint.model import StandpointError


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
