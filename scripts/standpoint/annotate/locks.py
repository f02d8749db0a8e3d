"""Locks on files that the kernel releases when their holder ends, however it ends (kill -9 included)."""

from __future__ import annotations

import fcntl
import time
from typing import IO


def share(file: IO) -> None:
    """Hold the file together with others; waits while somebody has it alone. Closing the file releases it."""
    fcntl.flock(file, fcntl.LOCK_SH)


def take(file: IO) -> None:
    """Hold the file alone; waits for everybody else to release it."""
    fcntl.flock(file, fcntl.LOCK_EX)


def take_now(file: IO, patience: float = 0) -> bool:
    """Hold the file alone if everybody else releases it within ``patience`` seconds; whether that was so."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)
