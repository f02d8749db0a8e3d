"""How to cite a release: BibTeX for the card, and CITATION.cff (Citation File Format 1.2.0)."""

from __future__ import annotations

import re

import yaml

from standpoint.publish.released import Release

HUB = "https://huggingface.co/datasets/"
NOBODY = "its annotators and maintainers"


def authors_of(release: Release) -> tuple[str, ...]:
    """Whom to name; a name of a group or of a person, as it is to be printed."""
    return release.prose.head.authors if release.prose else (NOBODY,)


def address_of(release: Release) -> str:
    """Where the dataset is on the web, "" where that is not known."""
    return HUB + release.repo if release.repo else release.prose.head.url if release.prose else ""


def bibtex(release: Release) -> str:
    """The entry of a version. Its key has the version, so that two versions can be cited side by side."""
    fields = {
        "title": f"{{{release.name}}}",
        "author": " and ".join(f"{{{author}}}" for author in authors_of(release)),
        "version": release.version,
        "note": f"Data, content hash {release.content[:16]}",
    }
    fields |= {"url": address_of(release)} if address_of(release) else {}
    lines = [f"  {name:<7} = {{{_plain(value)}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{standpoint-{release.version},", *lines, "}"])


def citation_file(release: Release) -> bytes:
    """The text of CITATION.cff."""
    values = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite this version of it.",
        "type": "dataset",
        "title": release.name,
        "version": release.version,
        "authors": [{"name": author} for author in authors_of(release)],
        "license": release.tally.shape.codebook.licence,
        "identifiers": [{"type": "other", "value": f"sha256:{release.content}", "description": "content hash of the rows"}],
    }
    values |= {"url": address_of(release)} if address_of(release) else {}
    values |= {"keywords": list(release.prose.head.keywords)} if release.prose and release.prose.head.keywords else {}
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000).encode()


def _plain(value: str) -> str:
    """A value without what BibTeX takes for markup."""
    return re.sub(r"([&%$#_])", r"\\\1", value)
