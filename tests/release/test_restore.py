"""Taking a text out and putting it back are inverses; a copy that differs is used rightly, or not at all."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from another_codebook import another_codebook
from standpoint.core.model import AdjudicatedSet, Article, Choice, Span, Zone
from standpoint.dataset.rows import document
from standpoint.dataset.schema import Schema
from standpoint.dataset.withhold import withheld
from standpoint.release.hydrate import Copy, first_difference, restore_text, transfer_text

SHAPE = Schema(another_codebook())
WORDS = st.lists(
    st.sampled_from(["barley", "😀", "شريف", "cafe\u0301", "نهر", "rye", "a", "👩‍🌾", "Elmhollow", "7,5"]), min_size=1, max_size=6
)


def article_of(sentences: list[str]) -> Article:
    text, stretches = "", []
    for number, sentence in enumerate(sentences):
        text += ("" if not number else "\n\n" if number % 3 == 0 else " ") + sentence
        stretches.append((len(text) - len(sentence), len(text)))
    return Article(
        id="gazette-2031-05-02-00000000",
        source="gazette",
        publisher="The Gazette",
        title=sentences[0],
        licence="all rights reserved",
        language="en",
        sha256=sha256(text.encode()).hexdigest(),
        text=text,
        zones=(Zone(name="body", start=0, end=len(text)),),
        sentences=tuple(stretches),
        annotated_until=len(text),
    )


def copied(article: Article, exact: bool = False) -> Copy:
    return Copy(article, article.text, exact)


@st.composite
def cases(draw) -> tuple[list[str], Article, dict]:
    """Sentences, the article of them, and its row: a span in some of the sentences, and something typed."""
    sentences = [f"{number} {' '.join(words)}." for number, words in enumerate(draw(st.lists(WORDS, min_size=1, max_size=8)))]
    article, spans = article_of(sentences), []
    for number, (start, end) in enumerate(article.sentences):
        if draw(st.booleans()):
            begin = draw(st.integers(start, end - 1))
            stop = draw(st.integers(begin + 1, end))
            spans.append(
                Span(id=f"s{number}", layer="crops", label="grain", start=begin, end=stop, quote=article.text[begin:stop])
            )
    remark = Choice(
        id="remark", layer="remark", label=draw(st.sampled_from(["late frost", "one two red four five six seven eight nine"]))
    )
    adjudicated = AdjudicatedSet(
        article_id=article.id,
        tier="silver",
        codebook_version="0.3.0",
        text_sha256=article.sha256,
        annotators=("m01",),
        annotations=(*spans, remark),
    )
    return sentences, article, document(article, adjudicated, SHAPE)


@given(cases())
@settings(max_examples=150, deadline=None)
def test_what_is_taken_out_is_put_back_and_taken_out_again(case):
    _, article, whole = case
    bare = withheld(whole, SHAPE)
    assert not {word for word in article.text.split() if len(word) > 1} & set(bare["mask"].split())
    back = restore_text(bare, copied(article, exact=True), SHAPE)
    assert withheld(back, SHAPE) == bare
    assert {name: back[name] for name in whole if name not in ("text_status", "remark")} == {
        name: whole[name] for name in whole if name not in ("text_status", "remark")
    }


@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_copy_with_another_sentence_is_used_and_every_quote_survives(case, data):
    sentences, _, whole = case
    place = data.draw(st.integers(0, len(sentences)))
    copy = article_of([*sentences[:place], "A line the editor put in.", *sentences[place:]])
    row, _ = transfer_text(withheld(whole, SHAPE), copied(copy), SHAPE, ())
    assert (row["text_status"], row["sha256"]) == ("transferred", copy.sha256)
    assert [span["quote"] for span in row["crops"]] == [span["quote"] for span in whole["crops"]]
    assert all(row["text"][span["start"] : span["end"]] == span["quote"] for span in row["crops"])


@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_copy_with_a_labelled_sentence_changed_is_not_used_and_the_place_is_named(case, data):
    sentences, article, whole = case
    assume(whole["crops"])
    span = data.draw(st.sampled_from(whole["crops"]))
    number = next(n for n, (start, end) in enumerate(article.sentences) if start <= span["start"] < end)
    copy = article_of([*sentences[:number], sentences[number].replace(".", "!"), *sentences[number + 1 :]])
    bare = withheld(whole, SHAPE)
    assert transfer_text(bare, copied(copy), SHAPE, ()) is None
    at = first_difference(bare, copy.text)
    assert copy.text[:at] == article.text[:at] and at >= article.sentences[number][0]


@given(cases())
@settings(max_examples=50, deadline=None)
def test_what_annotators_marked_elsewhere_must_survive_too(case):
    sentences, article, whole = case
    assume(len(sentences) > 1 and not any(span["start"] < article.sentences[0][1] for span in whole["crops"]))
    copy = replace(article_of([sentences[0].replace(".", "!"), *sentences[1:]]), title=article.title)
    bare = withheld(whole, SHAPE)
    assert transfer_text(bare, copied(copy), SHAPE, ()) is not None
    assert transfer_text(bare, copied(copy), SHAPE, [(0, 1)]) is None
