"""What a Label Studio, or a proxy before it, answers when it does not do what it is asked, in words."""

from __future__ import annotations

import httpx

from standpoint.model import StandpointError

PASSING = {408, 425, 429, 500, 502, 503, 504}  # answers that another attempt may not get


def good(answer: httpx.Response) -> httpx.Response:
    """The same answer if it is a success; StandpointError otherwise."""
    if answer.is_success:
        return answer
    where = str(answer.request.url.copy_with(query=None))
    if answer.status_code in (401, 403):
        raise refused(answer, f"{where} refuses the token")
    raise StandpointError(f"{answer.request.method} {where} answers {reason(answer)}", "")


def refused(answer: httpx.Response, what: str) -> StandpointError:
    """The error for a token that is not taken: ``what``, why, and what to do about it."""
    why = reason(answer)
    if "legacy" in why:
        hint = "give a personal access token, or let an administrator allow legacy tokens (Organization, API Tokens Settings)"
    else:
        hint = "copy it anew from Account & Settings; it must belong to this server and not be revoked"
    return StandpointError(f"{what}: {why}", hint)


def reason(answer: httpx.Response) -> str:
    """What an answer says went wrong, in one short line."""
    try:
        said = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    if isinstance(said, dict):
        said = {key: said[key] for key in ("detail", "validation_errors") if said.get(key)} or said
        said = said["detail"] if list(said) == ["detail"] else said
    return f"{answer.status_code} {' '.join(str(said).split())[:300]}"


def words(error: Exception) -> str:
    """An error in one line, never empty."""
    return " ".join(str(error).split()) or type(error).__name__
