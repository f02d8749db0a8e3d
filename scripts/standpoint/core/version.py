"""Version numbers, MAJOR.MINOR.PATCH, of releases and of codebooks."""

from __future__ import annotations

import re

from packaging.version import Version as PackagingVersion

from standpoint.core.model import StandpointError

# Of all that packaging reads, datasets reads three numbers only: a pre-release has no version of its own.
PATTERN = re.compile(r"v?(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}", re.ASCII)
CODEBOOK_PATTERN = re.compile(r"[0-9]+(\.[0-9]+){2}", re.ASCII)  # also a date with leading zeros, 2031.03.05


class VersionNumber(PackagingVersion):
    """Three numbers, compared as numbers."""

    @property
    def tag(self) -> str:
        """What git and the Hub call the version."""
        return f"v{self}"


def is_version(text: str) -> bool:
    """Whether a text is a version number, with or without the tag's v."""
    return PATTERN.fullmatch(text) is not None


def parse_version(text: str) -> VersionNumber:
    """``0.2.0`` or ``v0.2.0``; StandpointError for anything else."""
    if not is_version(text):
        hint = "for instance 0.2.0; a pre-release has no version of its own, because datasets reads none"
        raise StandpointError(f"version {text!r} is not MAJOR.MINOR.PATCH", hint)
    return VersionNumber(text)


def check_version(text: str) -> None:
    """StandpointError unless a text is a version as a release is given it, without the tag's v."""
    if text != str(parse_version(text)):
        raise StandpointError(f"version {text!r} is not MAJOR.MINOR.PATCH", "without the v of a tag")


def parse_codebook_version(text: str) -> VersionNumber:
    """The version of a codebook, to compare by; StandpointError where it is none."""
    if not CODEBOOK_PATTERN.fullmatch(text):
        raise StandpointError(f"{text!r} is not a version", "for instance 0.2.0")
    return VersionNumber(text)
