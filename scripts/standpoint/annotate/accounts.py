"""Accounts of annotators on the embedded server: the account's name is the pseudonym, nobody's real name is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import httpx

from standpoint.annotate.running import Running
from standpoint.annotate.secret import load_secrets, new_password, save_secrets
from standpoint.model import StandpointError

DOMAIN = "@standpoint.invalid"
PSEUDONYM = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")


def accounts(running: Running, pseudonyms: Iterable[str]) -> dict[str, int]:
    """User ids of the pseudonyms, in their order; who has no account yet gets one that can log in and label.

    Accounts are made through the organisation's invite link, the only way by which Label Studio makes members with a
    password. Passwords are kept before they are used, so that a run that was killed is simply run again.
    """
    headers = {"Authorization": f"Token {running.token}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=60, trust_env=False) as http:
        return accounts_at(http, running.url, running.folder, pseudonyms)


def accounts_at(http: httpx.Client, url: str, folder: Path, pseudonyms: Iterable[str]) -> dict[str, int]:
    """The same on any server that an administrator's client is given of; passwords are kept in ``folder``."""
    wanted = list(dict.fromkeys(pseudonyms))
    known = _users(http)
    missing = [name for name in wanted if f"{name}{DOMAIN}" not in known]
    if missing:
        passwords = _kept_passwords(folder, missing)
        invite = http.get("/api/invite").raise_for_status().json()["token"]
        for name in missing:
            _sign_up(url, invite, name, passwords[name])
        known = _users(http)
    return {name: known[f"{name}{DOMAIN}"] for name in wanted}


def password_of(running: Running, pseudonym: str) -> str:
    """The password of an annotator's account; StandpointError if it was not made here."""
    if pseudonym not in (kept := load_secrets(running.folder).passwords):
        raise StandpointError(f"no password is known for {pseudonym}", "make its account with `standpoint serve --annotators …`")
    return kept[pseudonym]


def _users(http: httpx.Client) -> dict[str, int]:
    return {user["email"]: user["id"] for user in http.get("/api/users/").raise_for_status().json()}


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
