"""An annotation set written as a Label Studio result and read back is the same set, whatever is in the text."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from another_codebook import another_codebook
from standpoint.codebook.registry import Registry
from standpoint.core.model import Annotation, AnnotationSet, Article, Choice, Issue, Relation, Span, Zone
from standpoint.ingest.article import normalise
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.pages.task_json import DECODE_TASK, sha256, write_result
from standpoint.pages.tasks import make_task, sending_problems

CODEBOOK = another_codebook()
REGISTRY = Registry(version="0.0.0")
# Emoji with joiners, Arabic, a combining mark, a character outside the basic plane.
PIECES = st.sampled_from(["wheat ", "😀 ", "👨‍👩‍👧 ", "القمح ", "e\u0301pi ", "𝒳yz ", "rye.\n\n", "barley, ", "‘oats’ "])


@st.composite
def articles(draw) -> Article:
    """An article of mixed scripts, normalised as ingestion does it."""
    text = normalise("".join(draw(st.lists(PIECES, min_size=4, max_size=30)))) or "wheat"
    digest = sha256(text)
    return Article(
        id=f"gazette-2031-05-04-{digest[:8]}",
        source="gazette",
        publisher="The Gazette",
        title="Harvest",
        licence="CC0-1.0",
        language="en",
        sha256=digest,
        text=text,
        zones=(Zone(name="body", start=0, end=len(text)),),
        sentences=((0, len(text)),),
        annotated_until=len(text),
    )


@st.composite
def sets(draw) -> tuple[Article, AnnotationSet]:
    """An article and what an annotator might say of it, complete as ``collect`` leaves a set."""
    article = draw(articles())
    cuts = sorted(draw(st.sets(st.integers(0, len(article.text)), min_size=2, max_size=12)))
    spans: list[Annotation] = []
    others: list[Annotation] = []
    for number, (start, end) in enumerate(zip(cuts, cuts[1:], strict=False)):
        layer = draw(st.sampled_from(["crops", "amounts"]))
        label = draw(st.sampled_from(CODEBOOK.by_name[layer].label_names))
        spans.append(Span(id=f"r{number}", layer=layer, label=label, start=start, end=end, quote=article.text[start:end]))
        if layer == "crops":
            health = draw(st.sampled_from(["sound", "blighted"]))
            others.append(Choice(id=f"r{number}.health", layer="health", label=health, of=f"r{number}"))
    for head in spans:
        for tail in spans:
            if head.layer == "crops" and tail.layer == "amounts" and draw(st.booleans()):
                for label in draw(st.sets(st.sampled_from(["yield", "sold_for"]), min_size=1)):
                    identity = f"{head.id}.measure.{label}.{tail.id}"
                    others.append(Relation(id=identity, layer="measure", label=label, head=head.id, tail=tail.id))
    others.append(Choice(id="tone", layer="tone", label=draw(st.sampled_from(["hopeful", "worried"]))))
    others.append(Choice(id="remark", layer="remark", label=draw(st.sampled_from(["a late frost", "حصاد 😀"]))))
    annotations = tuple(spans + others)
    return article, AnnotationSet(
        article_id=article.id,
        annotator="a01",
        pass_name="reading",
        annotator_kind="human_trained",
        codebook_version="0.3.0",
        text_sha256=article.sha256,
        lead_time=12.5,
        annotations=annotations,
    )


@given(sets())
@settings(max_examples=150, deadline=None)
def test_a_set_comes_back_as_it_went(pair):
    article, sent = pair
    task = make_task(article, "reading", CODEBOOK, REGISTRY)
    result = write_result(sent.annotations, task["data"], CODEBOOK)
    assert list(sending_problems(article.id, task, result, CODEBOOK)) == []
    work = {"id": 1, "completed_by": 1, "result": result, "lead_time": sent.lead_time}
    whole = DECODE_TASK(msgspec.json.encode(task | {"id": 1, "annotations": [work], "predictions": [1]}))
    importer = AnnotationImporter(CODEBOOK, lambda account: ("a01", "human_trained"))
    (back,) = importer.convert([whole])
    assert not isinstance(back, Issue)
    by_id = lambda annotation: annotation.id  # noqa: E731
    assert sorted(back.annotations, key=by_id) == sorted(sent.annotations, key=by_id)
    assert msgspec.structs.replace(back, annotations=(), made_from="") == msgspec.structs.replace(sent, annotations=())
    assert importer.counts["items"] == importer.counts["items taken"] == len(result)


def test_a_default_costs_no_click_and_is_in_the_set():
    text = "Wheat was cut."
    article = Article(
        id=f"gazette-2031-05-04-{sha256(text)[:8]}", source="gazette", publisher="The Gazette", title="Harvest", licence="CC0-1.0",
        language="en", sha256=sha256(text), text=text, sentences=((0, 14),), annotated_until=14,
    )  # fmt: skip
    task = make_task(article, "reading", CODEBOOK, REGISTRY)
    region = {
        "id": "x",
        "from_name": "crops",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 0, "end": 5, "labels": ["grain"]},
    }
    whole = DECODE_TASK(
        msgspec.json.encode(task | {"annotations": [{"id": 1, "completed_by": 1, "result": [region]}], "predictions": []})
    )
    (back,) = AnnotationImporter(CODEBOOK, lambda account: ("a01", "human_trained")).convert([whole])
    assert Choice(id="x.health", layer="health", label="sound", of="x") in back.annotations
