"""A small made-up corpus to publish: articles of a valley that is on no map, and a codebook with every kind of layer."""

from __future__ import annotations

import random
from hashlib import sha256

import msgspec

from standpoint.agreement.figures import PAIRS, Figure
from standpoint.codebook.load import check_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Choice, Conflict, Relation, Span, Zone
from standpoint.dataset.build import Plan, Records
from standpoint.dataset.build import build_release as build
from standpoint.dataset.card_tables import SECTIONS, Prose, read_prose
from standpoint.splits.splits import SplitRow

SCALE = [{"name": str(value), "value": value} for value in range(-2, 3)]
CODEBOOK = {
    "title": "Reports of the Veld valley",
    "version": "0.2.0",
    "principle": "What happened is told apart from how it is told.",
    "passes": [
        {"name": "facts", "layers": ["actors", "events", "agent", "source", "status", "places", "where", "genre", "newcomer"]},
        {"name": "stance", "layers": ["stance"]},
    ],
    "layers": [
        {"name": "actors", "kind": "span", "labels_from": "actors", "spare": 2, "table": True},
        {
            "name": "events",
            "kind": "span",
            "table": True,
            "definition": "A word that says that something | happened.",
            "labels": [{"name": "strike.air"}, {"name": "territory.capture"}, {"name": "no"}],
        },
        {"name": "agent", "kind": "choice", "of": "events", "labels_from": "actors", "multiple": True},
        {"name": "source", "kind": "choice", "of": "events", "labels": [{"name": "author"}, {"name": "unnamed"}]},
        {
            "name": "status",
            "kind": "choice",
            "of": "events",
            "default": "asserted",
            "labels": [{"name": "asserted"}, {"name": "denied"}],
        },
        {"name": "places", "kind": "span", "labels": [{"name": "PLACE"}, {"name": "TIME"}]},
        {"name": "where", "kind": "relation", "from": "events", "to": "places", "labels": [{"name": "at"}, {"name": "on"}]},
        {"name": "genre", "kind": "choice", "labels": [{"name": "report"}, {"name": "comment"}]},
        {"name": "newcomer", "kind": "text", "for_each": "spare"},
        {"name": "stance", "kind": "choice", "for_each": "actors", "ordinal": True, "table": True, "labels": SCALE},
    ],
    "actor_classes": [{"name": "state_forces"}, {"name": "rebel_group"}],
}
REGISTRY = msgspec.convert(
    {
        "version": "0.1.0",
        "actors": [
            {
                "id": "act-000001",
                "name": "Army of Veld",
                "class": [{"value": "rebel_group", "to": "2030"}, {"value": "state_forces", "from": "2031-01-01"}],
            },
            {"id": "act-000002", "name": "Ridge Front", "class": [{"value": "rebel_group"}]},
        ],
    },
    Registry,
)
SOURCES = {"harbour-courier": "CC-BY-4.0", "ridge-post": "all rights reserved"}
# An actor, an event, a time, an actor, an event.
WORDS = {
    "harbour-courier": ("army", "took", "Monday", "Rebels", "raid"),
    "ridge-post": ("soldiery", "overran", "Thursday", "Mutineers", "foray"),
}
TYPED = "the committee of the fishers who fix nets on the lower quay"


def codebook(**changes: object) -> Codebook:
    """The codebook above, checked; ``changes`` replace its top-level values."""
    made = msgspec.convert(CODEBOOK | changes, Codebook)
    assert list(check_codebook(made)) == []
    return made


def article(number: int, source: str = "harbour-courier") -> Article:
    """An article with characters outside the basic plane before every span."""
    place = {"harbour-courier": "Quay", "ridge-post": "Ridge"}[source]
    title = (
        f"{place} {number} 😀 falls" if number % 2 else f"{place} {number} falls after a night of shelling along the whole ridge"
    )
    army, took, day, rebels, raid = WORDS[source]
    text = f"{title}\n\nThe {army} {took} 𝒬uay {number} on {day}. {rebels} denied the {raid}."
    first = text.index(f"The {army}")
    second = text.index(rebels, first)
    digest = sha256(text.encode()).hexdigest()
    return Article(
        id=f"{source}-2031-05-{number % 28 + 1:02d}-{digest[:8]}",
        source=source,
        publisher=source.replace("-", " ").title(),
        title=title,
        licence=SOURCES[source],
        language="en",
        sha256=digest,
        text=text,
        url=f"https://{source}.example/{number}",
        published=f"2031-05-{number % 28 + 1:02d}",
        byline="Orla Quill",
        zones=(Zone(name="headline", start=0, end=len(title)), Zone(name="body", start=first, end=len(text))),
        paragraphs=((0, len(title)), (first, len(text))),
        sentences=((0, len(title)), (first, second - 1), (second, len(text))),
        annotated_until=len(text),
        group=f"{source}-{number}",
    )


def span(made: Article, layer: str, label: str, words: str) -> Span:
    start = made.text.index(words, made.sentences[1][0])
    return Span(id=f"{layer}{start}", layer=layer, label=label, start=start, end=start + len(words), quote=words)


def annotations(made: Article) -> tuple:
    """What there is to annotate in an article."""
    labels = (
        ("actors", "act-000001"),
        ("events", "territory.capture"),
        ("places", "TIME"),
        ("actors", "NEW:1"),
        ("events", "no"),
    )
    spans = [span(made, *label, word) for label, word in zip(labels, WORDS[made.source], strict=True)]
    army, took, day, rebels, raid = spans
    answers = [("agent", took, "act-000001"), ("agent", took, "NEW:1"), ("source", raid, "unnamed"), ("status", raid, "denied")]
    return (
        *(raid, took, day, rebels, army),
        *(Choice(id=f"{of.id}.{layer}.{label}", layer=layer, label=label, of=of.id) for layer, of, label in answers),
        Choice(id="genre", layer="genre", label="report"),
        Choice(id="NEW:1.newcomer", layer="newcomer", label=TYPED, of="NEW:1"),
        Choice(id="act-000001.stance", layer="stance", label="-1", of="act-000001"),
        Relation(id=f"{took.id}.on", layer="where", label="on", head=took.id, tail=day.id),
    )


def adjudicated(made: Article, tier: str = "silver") -> AdjudicatedSet:
    said = {"a01": "-1", "a02": "1"}
    return AdjudicatedSet(
        article_id=made.id,
        tier=tier,
        codebook_version="0.2.0",
        text_sha256=made.sha256,
        annotators=("a02", "a01"),
        annotations=annotations(made),
        conflicts=(Conflict(layer="events", where="[0, 1)", readings={"a01": "no", "a02": ""}),),
        distributions={"stance": {"act-000001": said, "act-000002": {"a01": "0"}}, "newcomer": {"NEW:1": {"a01": TYPED}}},
    )


def own_set(made: Article, annotator: str, kind: str = "model", pass_name: str = "facts") -> AnnotationSet:
    return AnnotationSet(
        article_id=made.id,
        annotator=annotator,
        pass_name=pass_name,
        annotator_kind=kind,
        codebook_version="0.2.0",
        text_sha256=made.sha256,
        lead_time=90.0,
        annotations=annotations(made),
    )


def records(articles: list[Article], kinds: dict[str, str] | None = None, shuffled: int = 0) -> Records:
    """Everything that is known of the articles, each in train, validation and test in turn; ``shuffled`` orders it anew."""
    kinds = kinds or {"a01": "model", "a02": "rule"}
    turns = ("train", "validation", "test", "train")
    parts = [
        list(articles),
        [adjudicated(made) for made in articles],
        [own_set(made, name, kind) for made in articles for name, kind in kinds.items()],
        [SplitRow(made.id, turns[number % 4], made.group, made.group, "drawn") for number, made in enumerate(articles)],
    ]
    for part in parts if shuffled else ():
        random.Random(shuffled).shuffle(part)
    return Records(*parts)


def corpus(size: int = 8) -> list[Article]:
    """Articles of both sources, of which one forbids that its text is passed on."""
    return [article(number, source) for source in SOURCES for number in range(size // 2)]


def plan(**changes: object) -> Plan:
    return Plan(**{"codebook": codebook(), "version": "0.1.0", "registry": REGISTRY} | changes)


def prose(**head: str) -> Prose:
    """What somebody wrote by hand about the valley."""
    sections = "".join(f"## {name}\n\n**Why?** For the valley: {name.lower()}.\n\n" for name in SECTIONS)
    values = {"authors": ["The Veld Readers"], "contact": "the page of the valley", **head}
    return read_prose(f"---\n{msgspec.json.encode(values).decode()}\n---\n\n{sections}", "card.md")


def main(out: str, shuffled: int) -> None:
    """Build the release of the made-up corpus, from another process."""
    from pathlib import Path

    build(records(corpus(), shuffled=shuffled), plan(), Path(out))


if __name__ == "__main__":
    import sys

    main(sys.argv[1], int(sys.argv[2]))


def agreement_figure(layer: str, statistic: str, value: float | None, n: int, **more) -> Figure:
    fixed = {"pass_name": "facts", "kind": "model-model", "over": PAIRS, "main": True}
    return Figure(**fixed, layer=layer, statistic=statistic, value=value, n=n, **more)
