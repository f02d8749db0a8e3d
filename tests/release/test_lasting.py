"""Ids of adjudicated annotations: the same from version to version for what stays the same annotation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from another_codebook import another_codebook
from standpoint.adjudication.adjudicate import Rules, adjudicate_article, with_stable_ids
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Choice, Relation, Span

RULES = Rules(another_codebook(), {})
TEXT = "Barley failed 🍐, but pears and quinces fetched ten marks a crate."
WORDS = {"Barley": "crops", "pears": "crops", "quinces": "crops", "ten": "amounts", "marks": "amounts"}
LABELS = {"crops": ("grain", "fruit"), "amounts": ("weight", "price")}


def span(word: str, label: int = 0) -> Span:
    start, layer = TEXT.index(word), WORDS[word]
    return Span(id=f"own-{word}-{label}", layer=layer, label=LABELS[layer][label], start=start, end=start + len(word), quote=word)


def one_set(annotator: str, *annotations) -> AnnotationSet:
    return AnnotationSet(
        article_id="a", annotator=annotator, pass_name="reading", annotator_kind="model", codebook_version="0.3.0",
        text_sha256="s", annotations=annotations,
    )  # fmt: skip


def kept(*sets: AnnotationSet) -> AdjudicatedSet:
    return with_stable_ids(adjudicate_article("a", sets, RULES).adjudicated)


def by_quote(adjudicated: AdjudicatedSet) -> dict[str, str]:
    return {item.quote: item.id for item in adjudicated.annotations if isinstance(item, Span)}


def linked() -> tuple:
    barley, pears, ten = span("Barley"), span("pears", 1), span("ten", 1)
    return (
        *(barley, pears, ten),
        Choice(id="x", layer="health", label="blighted", of=barley.id),
        Choice(id="y", layer="tone", label="worried"),
        Relation(id="z", layer="measure", label="sold_for", head=pears.id, tail=ten.id),
    )


def test_an_edit_elsewhere_and_a_further_annotator_leave_the_ids():
    alone = kept(one_set("m01", *linked()))
    before = by_quote(alone)
    edited = kept(one_set("m01", *linked()[1:3], span("quinces", 1)))
    assert {quote: by_quote(edited)[quote] for quote in ("pears", "ten")} == {quote: before[quote] for quote in ("pears", "ten")}
    both = kept(one_set("m01", *linked()), one_set("m02", *linked(), span("quinces", 1)))
    assert by_quote(both) == before  # the quinces are in conflict
    assert {item.id for item in both.annotations} == {item.id for item in alone.annotations} == set(both.resolutions)


def test_an_open_conflict_about_a_span_names_it_by_its_stored_id():
    """What is open can be found among the annotations: by a scorer, and by who joins the tables."""
    other = (*linked()[:3], Choice(id="x", layer="health", label="sound", of=span("Barley").id), *linked()[4:])
    both = kept(one_set("m01", *linked()), one_set("m02", *other))
    (conflict,) = both.conflicts
    assert (conflict.layer, conflict.where) == ("health", by_quote(both)["Barley"])


def test_a_corrected_label_keeps_the_id_and_all_that_hangs_on_it():
    before = kept(one_set("m01", *linked()))
    other = kept(one_set("m01", replace(linked()[0], label="fruit"), *linked()[1:]))
    assert by_quote(other) == by_quote(before)
    assert {item.id for item in other.annotations} == {item.id for item in before.annotations}


def test_another_place_is_another_annotation():
    wider = replace(span("pears", 1), end=span("quinces").end, quote="pears and quinces")
    assert not set(by_quote(kept(one_set("m01", wider))).values()) & set(by_quote(kept(one_set("m01", *linked()))).values())


def test_two_labels_at_one_place_are_told_apart():
    adjudicated = kept(one_set("m01", span("pears", 0), span("pears", 1), span("ten", 1)))
    ids = [item.id for item in adjudicated.annotations]
    assert len(set(ids)) == 3 and by_quote(adjudicated)["ten"] == by_quote(kept(one_set("m01", *linked())))["ten"]


@given(some.lists(some.tuples(some.sampled_from(sorted(WORDS)), some.integers(0, 1)), unique=True), some.randoms())
def test_ids_are_unique_and_nothing_but_ids_is_changed(chosen, random):
    spans = [span(word, label) for word, label in chosen]
    heads, tails = ([one for one in spans if one.layer == layer] for layer in ("crops", "amounts"))
    links = [
        Relation(id=f"{head.id}>{tail.id}", layer="measure", label="yield", head=head.id, tail=tail.id)
        for head in heads
        for tail in tails
    ]
    answers = [Choice(id=f"{head.id}!", layer="health", label="sound", of=head.id) for head in heads]
    made = [*spans, *links, *answers]
    random.shuffle(made)
    raw = adjudicate_article("a", [one_set("m01", *made)], RULES).adjudicated
    adjudicated = with_stable_ids(raw)
    assert len({item.id for item in adjudicated.annotations}) == len(adjudicated.annotations) == len(made)
    assert {item.id for item in adjudicated.annotations} == set(adjudicated.resolutions)
    quotes = {item.id: (item.quote, item.label) for item in adjudicated.annotations if isinstance(item, Span)}
    old = {item.id: (item.quote, item.label) for item in raw.annotations if isinstance(item, Span)}
    for before, after in zip(raw.annotations, adjudicated.annotations, strict=True):
        assert before.label == after.label
        if isinstance(after, Choice) and after.of:
            assert old[before.of] == quotes[after.of] and after.id == f"{after.of}.health"
        if isinstance(after, Relation):
            assert (old[before.head], old[before.tail]) == (quotes[after.head], quotes[after.tail])
            assert after.id == f"{after.head}.measure.yield.{after.tail}"
