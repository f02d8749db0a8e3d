"""What is one text: the same words, most of them, a part of them, or by what is printed over it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_samples import jaccard
from standpoint import processes
from standpoint.core.model import Article
from standpoint.core.words import UNSPACED, WORD
from standpoint.ingest import near_duplicates as near_duplicates_module
from standpoint.ingest import sketches
from standpoint.ingest.near_duplicates import (
    EQUAL,
    INSIDE,
    NEAR,
    REPUBLISHED,
    Link,
    Republished,
    groups,
    near_duplicates,
    plain,
    shingles,
)
from standpoint.ingest.sketches import HASH_BITS, Sketches, SortedKeys
from standpoint.splits import overlap
from standpoint.splits.overlap import find_overlaps

WORDS = [f"{a}{b}{c}" for a in ("mill", "ford", "quay", "reed") for b in ("a", "ö", "ك") for c in range(40)]


def text(seed: int, words: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def edited(words: str, rate: float, seed: int = 0) -> str:
    chance = random.Random(seed)
    return " ".join("other" if chance.random() < rate else word for word in words.split())


# Shingles


@given(st.text().map(lambda text: UNSPACED.sub("", text)), st.integers(1, 6))
def test_a_shingle_is_a_run_of_words_and_each_run_has_one(found, n):
    words = WORD.findall(found.lower())
    runs = {tuple(words[at : at + n]) for at in range(max(len(words) - n + 1, 1))} if words else set()
    assert shingles(found, n).size == len(runs)
    assert plain(found).encode("utf-8", "replace") == " ".join(words).encode("utf-8", "replace")


@given(
    st.lists(st.sampled_from(["a", "b", "ab", "é", "日本", "🙂", "e\u0301", "كتاب"]), max_size=30),
    st.sampled_from([" ", "\r\n", ", — "]),
)
def test_only_words_count_and_not_what_is_between_them(words, between):
    assert np.array_equal(shingles(between.join(words)), shingles(" ".join(words).upper().lower()))


def test_a_hash_is_the_one_it_always_was():
    assert [hex(item) for item in shingles("The carts came back at night.").tolist()] == HASHES


HASHES = ["0x88a03eedf70e8a6", "0x1dc9fe0ef05fe656"]


# Sketches


def expected_links(texts: list[str]) -> set[tuple[str, str]]:
    """The pairs that are near-duplicates, or of which one contains the other: each text compared with each."""
    sets, expected = [shingles(one) for one in texts], set()
    for one in range(len(sets)):
        for other in range(one + 1, len(sets)):
            both = np.intersect1d(sets[one], sets[other]).size
            smaller = min(sets[one].size, sets[other].size)
            if both >= 0.5 * (sets[one].size + sets[other].size - both) or (smaller >= 16 and both >= 0.8 * smaller):
                expected.add((str(one), str(other)))
    return expected


def found_links(texts: list[str], jobs: int = 1) -> set[tuple[str, str]]:
    links = near_duplicates(((str(number), one) for number, one in enumerate(texts)), jobs=jobs)
    return {(link.first, link.second) for link in links}


def copies_and_parts() -> list[str]:
    texts = []
    for seed in range(60):
        whole = text(seed, 30 + seed * 8)
        begin = whole.split()[: max(24, seed * 3)]
        texts += [whole, edited(whole, seed / 400, seed), " ".join(begin), f"{text(1000 + seed, 200)} {' '.join(begin)}"]
    return texts


def test_every_pair_of_copies_and_of_parts_is_found(monkeypatch):
    texts = copies_and_parts()
    expected = expected_links(texts)
    assert found_links(texts) == expected and len(expected) > 150
    monkeypatch.setattr(sketches, "RUN", 100)  # the keys are sorted in many runs on disk
    assert found_links(texts) == expected


def test_every_pair_is_found_by_several_processes(monkeypatch):
    monkeypatch.setattr(processes, "ALONE", 0.0)
    monkeypatch.setattr(near_duplicates_module, "BATCH", 10_000)
    texts = copies_and_parts()
    assert found_links(texts, jobs=2) == found_links(texts)


def test_near_duplicates_are_found_among_texts_made_of_the_same_paragraphs():
    chance, paragraphs = random.Random(5), [text(seed, 30) for seed in range(12)]
    texts = [" ".join([*chance.choices(paragraphs, k=5), text(100 + number, 20)]) for number in range(300)]
    expected = expected_links(texts)
    assert found_links(texts) == expected and len(expected) > 100
    across = {int(other) - 150 for one, other in expected if int(one) < 150 <= int(other)}
    assert {leak.test for leak in find_overlaps(texts[:150], texts[150:])} == across and len(across) > 20


@given(st.lists(st.integers(0, 2**44 - 1) | st.integers(0, 2**64 - 1), max_size=60), st.integers(1, 20))
def test_keys_are_sorted_and_none_is_lost(keys, run):
    kept = SortedKeys(36)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketches, "RUN", run)
        for at in range(0, len(keys), 7):
            kept.add(np.array(keys[at : at + 7], np.uint64))
        parts = list(kept.parts())
    assert [key for part in parts for key in part.tolist()] == sorted(keys)
    ends = [set((part >> HASH_BITS).tolist()) for part in parts]
    assert sum(map(len, ends)) == len(set().union(*ends))


def test_a_group_of_hundreds_of_copies_is_whole_and_a_stock_paragraph_joins_nothing():
    stock, whole = text(1, 30), text(2, 300)
    texts = [(f"c{number:03}", edited(whole, 0.02, number)) for number in range(300)]
    texts += [(f"n{number:03}", f"{text(100 + number, 200)} {stock}") for number in range(300)]
    random.Random(1).shuffle(texts)
    found = groups(near_duplicates(texts))
    assert {name for name in found} == {f"c{number:03}" for number in range(300)} and set(found.values()) == {"c000"}


def test_nothing_is_no_pair():
    assert list(Sketches().pairs()) == [] and list(Sketches().across(0)) == []
    assert list(near_duplicates([("a", ""), ("b", ""), ("c", "?!")])) == []


@pytest.mark.parametrize(
    "one, other, why",
    [
        ("The carts came back at night and nobody saw.", "the carts came back — at night, and nobody saw", EQUAL),
        (text(1, 100), edited(text(1, 100), 0.04), NEAR),
        (text(1, 100), " ".join(text(1, 100).split()[:30]), INSIDE),
        (text(1, 100), f"{text(2, 300)} {text(1, 100)}", INSIDE),
        (text(1, 100), " ".join(text(1, 100).split()[:19]), ""),  # a sentence of 19 words has 15 shingles
        (text(1, 100), text(2, 100), ""),
    ],
)
def test_why_two_texts_are_one(one, other, why):
    assert [link.likeness for link in near_duplicates([("a", one), ("b", other)])] == [why] * bool(why)


# Republication


def article(name, **fields) -> Article:
    base = {"source": name, "publisher": name, "title": "Carts on the salt road", "licence": "CC0-1.0", "language": "en"}
    return Article(id=name, sha256=name, **(base | fields))


@pytest.mark.parametrize(
    "one, other, linked",
    [
        ({"url": "https://a.example/1"}, {"url": "https://a.example/1/", "title": "Other"}, True),
        ({"publisher": "The Wire"}, {"original_publisher": "WIRE."}, True),
        ({"original_publisher": "Wire"}, {"original_publisher": "The Wire"}, True),
        ({"publisher": "Wire"}, {"original_publisher": "Wire", "title": "carts — on the Salt road!"}, True),
        ({"publisher": "Wire", "published": "2031-03-01"}, {"original_publisher": "Wire", "published": "2031-03-08"}, True),
        ({"publisher": "Wire", "published": "2031-03-01"}, {"original_publisher": "Wire", "published": "2031-03-09"}, False),
        ({"publisher": "Wire"}, {"original_publisher": "Wire", "title": "Other"}, False),
        ({}, {}, False),  # a title alone is a coincidence
        ({"title": ""}, {"title": "", "original_publisher": "a"}, False),
    ],
)
def test_republished(one, other, linked):
    for pair in ((article("a", **one), article("b", **other)), (article("b", **other), article("a", **one))):
        kept = Republished()
        assert [kept.seen(item) for item in pair] == list(pair)
        found = {frozenset(pair[:2]) for pair in (*kept.links(), *kept.versions())}
        assert found == ({frozenset("ab")} if linked else set())
    assert Link("a", "b", REPUBLISHED).likeness == "republished"


SAME_PLACE = [("a", text(1, 200)), ("b", text(2, 200)), ("c", edited(text(1, 200), 0.4)), ("d", "The ford was closed.")]


def test_an_address_joins_versions_of_a_text_and_no_unrelated_texts():
    kept = Republished()
    for name, _ in (*SAME_PLACE, ("away", "")):
        kept.seen(article(name, url="https://a.example/1"))
    links = {(link.first, link.second): link.likeness for link in near_duplicates(SAME_PLACE, kept.versions)}
    assert links.pop(("a", "b")) == links.pop(("b", "c")) == "unrelated"
    assert links == dict.fromkeys([("a", "c"), ("a", "d"), ("c", "d"), ("a", "away"), ("d", "away")], REPUBLISHED)


def two_of(address: str) -> Republished:
    """Two articles with one address."""
    kept = Republished()
    for name in "ab":
        kept.seen(article(name, url=address))
    return kept


@pytest.mark.parametrize(
    "address", ["https://a.example", "https://a.example/", "http://a.example//", "https://a.example/?", "a.example"]
)
def test_the_address_of_a_site_joins_nothing(address):
    kept = two_of(address)
    assert list(kept.versions()) == []
    assert [names for _, names in kept.shared_addresses()] == [["a", "b"]]


@pytest.mark.parametrize(
    "address", ["https://a.example/?p=12", "https://a.example/#!/12", "https://a.example/12", "a.example/12", "12"]
)
def test_an_address_with_more_than_a_site_is_a_page(address):
    assert list(two_of(address).versions()) == [("a", "b")]


# Leaks


@pytest.mark.parametrize(
    "train, test, kind",
    [
        (text(1, 12), text(1, 12), "equal"),
        (text(1, 300), text(1, 300).replace(" ", "\n"), "equal"),
        ("Nobody was hurt.", "nobody was hurt", "phrase"),
        ("Nobody was hurt.", "Somebody was hurt.", ""),
        (text(1, 20), edited(text(1, 20), 0, 1).replace(text(1, 20).split()[9], "other", 1), "near"),  # 5-grams: J 0.52 → 3-grams
        (text(1, 100), edited(text(1, 100), 0.03), "near"),
        (text(1, 300), " ".join(text(1, 300).split()[100:140]), "contained"),
        (" ".join(text(1, 300).split()[100:140]), text(1, 300), "contained"),
        (text(1, 20), text(2, 20), ""),
        ("", "", ""),
    ],
)
def test_leaks_by_length(train, test, kind):
    assert [leak.kind for leak in find_overlaps([text(7, 50), train], [test, text(8, 50)])] == [kind] * bool(kind)


def test_a_leak_is_the_likest_and_each_text_of_test_counts_once():
    whole = text(1, 100)
    train = [" ".join(whole.split()[:60]), edited(whole, 0.05), whole, whole]
    (leak,) = find_overlaps(train, [whole])
    assert (leak.train, leak.test, leak.kind) == (2, 0, "equal")
    (leak,) = find_overlaps(train[:2], [whole])
    assert (leak.train, leak.kind) == (1, "near") and leak.jaccard == pytest.approx(jaccard(*map(shingles, (train[1], whole))))
    assert find_overlaps([], [whole]) == find_overlaps([whole], []) == []


def test_many_copies_in_test_are_all_found():
    whole = text(1, 200)
    train = [text(50 + number, 100) + " " + text(9, 30) for number in range(50)] + [whole]
    found = find_overlaps(train, [edited(whole, 0.01, number) + " " + text(9, 30) for number in range(50)])
    assert [leak.test for leak in found] == list(range(50)) and {leak.train for leak in found} == {50}


def test_leaks_are_the_same_for_several_processes(monkeypatch):
    monkeypatch.setattr(processes, "ALONE", 0.0)
    monkeypatch.setattr(overlap, "TEXTS", 10)
    texts = copies_and_parts()
    found = find_overlaps(texts[::2], texts[1::2], jobs=2)
    assert found == find_overlaps(texts[::2], texts[1::2]) and len(found) > 50
