"""What is known of a running embedded server."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Running(NamedTuple):
    """A server that answers: its address, the administrator's token and log-in, and its folder."""

    url: str
    token: str
    email: str
    password: str
    folder: Path
