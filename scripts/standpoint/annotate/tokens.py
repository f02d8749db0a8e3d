"""The two kinds of token that Label Studio knows, and how each is shown to it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from standpoint.annotate.answers import PASSING, reason, refused


def by_token(token: str, url: str) -> httpx.Auth:
    """How to show a token: a personal access token is a JWT, a legacy token is not."""
    is_pat = token.startswith("eyJ") and token.count(".") == 2
    return Pat(token, url) if is_pat else Legacy(token)


class Legacy(httpx.Auth):
    """Label Studio's legacy API token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers["Authorization"] = f"Token {self.token}"
        yield request


class Pat(httpx.Auth):
    """A personal access token: it is exchanged for access tokens, which last five minutes."""

    requires_response_body = True

    def __init__(self, token: str, url: str) -> None:
        self.token, self.url, self.access = token, url, ""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        for _ in range(2):
            if not self.access:
                self.access = self._granted((yield self._exchange()))
            request.headers["Authorization"] = f"Bearer {self.access}"
            answer = yield request
            if answer.status_code != 401:  # refused before anything was done: safe to send again
                return
            self.access = ""

    def _exchange(self) -> httpx.Request:
        return httpx.Request("POST", f"{self.url}/api/token/refresh", json={"refresh": self.token})

    def _granted(self, answer: httpx.Response) -> str:
        if answer.status_code in PASSING:
            raise httpx.ConnectError(reason(answer))  # the request itself was not sent
        if answer.status_code != 200:
            raise refused(answer, f"{self.url} does not know this personal access token")
        return answer.json()["access"]
