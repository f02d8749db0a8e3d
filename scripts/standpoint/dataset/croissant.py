"""``croissant.json`` in the Croissant 1.1 vocabulary of MLCommons, and the citation of a release."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import yaml
from anyascii import anyascii
from datasets import ClassLabel, List, Value

from standpoint.dataset.card_tables import CardFacts, machines
from standpoint.dataset.parquet_files import file_name
from standpoint.dataset.release_folder import file_hash

HUB = "https://huggingface.co/datasets/"


def authors_of(release: CardFacts) -> tuple[str, ...]:
    """The authors: names of groups or persons, as they are printed."""
    return release.prose.head.authors if release.prose else (f"the annotators and maintainers of {release.name}",)


def address_of(release: CardFacts) -> str:
    """The address of the dataset on the web; "" if it is not known."""
    return HUB + release.repo if release.repo else release.prose.head.url if release.prose else ""


def bibtex(release: CardFacts) -> str:
    """The BibTeX entry of a version. Its key contains the version, so that two versions can be cited together.

    The card states the rest of the key; otherwise it is the name of the repository on the Hub, or the first words of the title.
    """
    words = re.findall(r"[a-z0-9]+", anyascii(release.tally.schema.codebook.title).lower())[:5]
    stated = release.prose.head.key if release.prose else ""
    key = stated or release.repo.rpartition("/")[2] or "-".join(words) or "dataset"
    fields = {
        "title": f"{{{release.name}}}",
        "author": " and ".join(f"{{{author}}}" for author in authors_of(release)),
        "version": release.version,
        "note": f"Data, content hash {release.content[:16]}",
        "url": address_of(release),
    }
    escaped = {name: re.sub(r"([&%$#_])", r"\\\1", value) for name, value in fields.items() if value}
    lines = [f"  {name:<7} = {{{value}}}," for name, value in escaped.items()]
    return "\n".join([f"@misc{{{key}-{release.version},", *lines, "}"])


def citation_file(release: CardFacts) -> bytes:
    values = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite this version of it.",
        "type": "dataset",
        "title": release.name,
        "version": release.version,
        "authors": [{"name": author} for author in authors_of(release)],
        "license": release.tally.schema.codebook.licence,
        "identifiers": [{"type": "other", "value": f"sha256:{release.content}", "description": "content hash of the rows"}],
        "url": address_of(release),
        "keywords": list(release.prose.head.keywords) if release.prose else [],
    }
    return yaml.safe_dump(_known(values), sort_keys=False, allow_unicode=True, width=1000).encode()


def _known(values: dict) -> dict:
    return {name: value for name, value in values.items() if value}


# The context that the specification gives, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
CONTEXT = json.loads(files("standpoint.dataset").joinpath("croissant_context.json").read_text(encoding="utf-8"))
TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "int32": "sc:Integer", "int64": "sc:Integer", "float64": "sc:Float"}
# The property of each section of the card: (property, section, whether it is a list).
RAI = (
    ("dataCollection", "Collection", False),
    ("dataPreprocessingProtocol", "Preprocessing", True),
    ("dataAnnotationProtocol", "Labelling", True),
    ("annotatorDemographics", "Annotators", True),
    ("dataLimitations", "Limits", True),
    ("dataBiases", "Biases", True),
    ("dataUseCases", "Uses", True),
    ("personalSensitiveInformation", "Personal information", True),
    ("dataSocialImpact", "Social impact", False),
    ("dataReleaseMaintenancePlan", "Maintenance", False),
)


def croissant(release: CardFacts, folder: Path) -> bytes:
    """croissant.json for the release whose Parquet files are in ``folder``."""
    tally, codebook = release.tally, release.tally.schema.codebook
    head = release.prose.head if release.prose else None
    distribution, record_sets = [], []
    for config, split in ((config, split) for config, splits in release.rows.items() for split in splits):
        file, path, name = f"{config}-{split}.parquet", file_name(config, split), f"{config}/{split}"
        distribution.append(
            {
                "@type": "cr:FileObject",
                "@id": file,
                "name": file,
                "contentUrl": f"{HUB}{release.repo}/resolve/v{release.version}/{path}" if release.repo else path,
                "encodingFormat": "application/x-parquet",
                "sha256": file_hash(folder / path),
            }
        )
        record_sets.append(
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": f"Config {config}, split {split}.",
                "field": [_field(name, file, column, feature) for column, feature in release.configs[config].items()],
            }
        )
    default = f"{tally.articles.total()} articles, labelled after the codebook {codebook.title}."
    values = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": release.name,
        "description": (head.description if head else "") or default,
        "license": f"https://spdx.org/licenses/{codebook.licence}.html",
        "version": release.version,
        "inLanguage": sorted(tally.languages) or [codebook.language],
        "creator": [{"@type": "sc:Organization", "name": author} for author in authors_of(release)],
        "citeAs": bibtex(release),
        "url": address_of(release),
        "keywords": list(head.keywords) if head else [],
        **_responsible(release),
        "distribution": distribution,
        "recordSet": record_sets,
    }
    return json.dumps(_known(values), ensure_ascii=False, indent=1).encode() + b"\n"


def _responsible(release: CardFacts) -> dict:
    """The RAI properties: the hand-written sections, and counts."""
    tally, prose = release.tally, release.prose
    sections = prose.sections if prose else {}
    written = {f"rai:{name}": [sections[part]] if several else sections[part] for name, part, several in RAI if part in sections}
    counted = [
        f"{count} articles have {n} annotation sets in the pass {name}"
        for (name, n), count in sorted(tally.per_item.items())
        if count
    ]
    return written | {
        "rai:annotationsPerItem": "; ".join(counted),
        "rai:machineAnnotationTools": [f"{name}: {', '.join(filter(None, what))}" for name, *what, _ in machines(release)],
        "rai:dataAnnotationAnalysis": [
            f"{figure.kind}: {figure.layer}, {figure.statistic} = {figure.value:.3f} "
            f"({'; '.join(filter(None, (f'n = {figure.n}', figure.over)))})"
            for figure in release.agreement
            if figure.value is not None
        ],
        "rai:dataAnnotationPlatform": [prose.head.platform] if prose and prose.head.platform else [],
    }


def _field(parent: str, file: str, column: str, feature: object) -> dict:
    """The Croissant field of a column. Members of a structure that are not single values are left out."""
    inner = feature.feature if isinstance(feature, List) else feature
    field = {"@type": "cr:Field", "@id": f"{parent}/{column}", "name": column}
    repeated = {"repeated": True} if isinstance(feature, List) else {}
    source = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if not isinstance(inner, dict):
        return field | _type(inner) | repeated | {"source": source}
    members = [
        {"@type": "cr:Field", "@id": f"{parent}/{column}/{name}", "name": name}
        | _type(member)
        | {"repeated": True, "source": source | {"transform": {"jsonPath": f"[*].{name}"}}}
        for name, member in inner.items()
        if isinstance(member, Value | ClassLabel)
    ]
    return field | repeated | {"subField": members}


def _type(feature: Value | ClassLabel) -> dict:
    """The data type; for labels, also the meaning of each number."""
    if isinstance(feature, ClassLabel):
        meaning = "; ".join(f"{number} = {name}" for number, name in enumerate(feature.names))
        return {"dataType": "sc:Integer", "description": meaning}
    return {"dataType": TYPES[feature.dtype]}
