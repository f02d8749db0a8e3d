"""Articles on disk: merged by id, byte for byte the same again, withheld where the licence says so, grouped over all."""

from __future__ import annotations

import json

import msgspec
import pytest

from ingest_samples import BODY, COURIER, jaccard
from nonempty import nonempty
from standpoint.core.codes import may_publish, redistributable
from standpoint.core.corpus import stored
from standpoint.core.files import read_lines
from standpoint.core.model import Article, StandpointError
from standpoint.dataset.withhold import is_open
from standpoint.ingest.ingest import ingest, write_articles
from standpoint.ingest.near_duplicates import NEAR, groups, near_duplicates, shingles
from standpoint.ingest.sources import load_sources, sources_for

CLOSED = msgspec.structs.replace(
    COURIER, id="closed-wire", name="Closed Wire", match=("closed/*",), licence="all rights reserved"
)
OPEN = msgspec.structs.replace(COURIER, match=("open/*",))
LONG = " ".join(f"On day {n} the column of {n * 3} carts passed gate {n % 7} of the old salt road." for n in range(12))


STAND_OFF = msgspec.structs.replace(CLOSED, licence="CC-BY-4.0", stand_off=True)


def run(folder, *paths, closed=CLOSED):
    public, withheld = folder / "public", folder / "withheld"
    known = {article.sha256: article.id for path in public.glob("*.jsonl") for article in read_lines(path, Article)}
    ingested = ingest(paths, [OPEN, closed], known=known)
    issues = list(write_articles(ingested.items, public, withheld))
    return issues, {path.relative_to(folder): path.read_bytes() for path in sorted(folder.glob("*/*.jsonl"))}


def put(folder, name, title, text, date="2031-03-12", url=None):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps({"title": title, "text": text, "published": date, "url": url}) + "\n")
    return path


@pytest.fixture
def raw_folder(tmp_path):
    put(tmp_path, "open/a.jsonl", "Bridge", "\n\n".join(BODY))
    put(tmp_path, "open/a.jsonl", "Mill", "The mill burned for a day and a night before it fell.")
    put(tmp_path, "closed/a.jsonl", "Carts", LONG)
    return tmp_path


def test_the_same_again_changes_no_byte(raw_folder, tmp_path):
    out = tmp_path / "out"
    _, first = run(out, raw_folder / "open", raw_folder / "closed")
    stamps = {path: path.stat().st_mtime_ns for path in out.glob("*/*.jsonl")}
    issues, second = run(out, raw_folder / "closed", raw_folder / "open")
    assert first == second and not issues
    assert stamps == {path: path.stat().st_mtime_ns for path in out.glob("*/*.jsonl")}


@pytest.mark.parametrize("closed", [CLOSED, STAND_OFF])
def test_text_is_withheld_where_the_licence_or_the_source_says_so(raw_folder, tmp_path, closed):
    run(tmp_path / "out", raw_folder / "open", raw_folder / "closed", closed=closed)
    (public,) = read_lines(tmp_path / "out" / "public" / "closed-wire.jsonl", Article)
    (whole,) = stored("closed-wire", tmp_path / "out" / "public", tmp_path / "out" / "withheld")
    assert public.text is None and public.sha256 and "carts" in whole.text
    assert public.licence == closed.licence and not may_publish(whole) and may_publish(whole) is is_open(whole)
    assert not (tmp_path / "out" / "withheld" / "harbour-courier.jsonl").exists()


def test_more_files_of_a_source_are_added_and_others_left_alone(raw_folder, tmp_path):
    out = tmp_path / "out"
    _, first = run(out, raw_folder / "open", raw_folder / "closed")
    more = put(raw_folder, "open/b.jsonl", "Ford", "The ford was opened again for carts from the southern towns.")
    _, second = run(out, more)
    changed = [str(name) for name in first if first[name] != second[name]]
    assert changed == ["public/harbour-courier.jsonl"]
    articles = list(read_lines(out / changed[0], Article))
    assert len(articles) == 3 and articles == sorted(articles, key=lambda item: item.id)


def test_a_changed_text_is_a_new_article_and_the_old_one_is_named(raw_folder, tmp_path):
    out = tmp_path / "out"
    run(out, put(raw_folder, "open/c.jsonl", "Ford", "The ford was opened.", url="https://courier.example/ford"))
    (raw_folder / "open" / "c.jsonl").unlink()
    (issue,), _ = run(
        out, put(raw_folder, "open/c.jsonl", "Ford", "The ford was closed again.", url="https://courier.example/ford")
    )
    assert issue.code == "ARTICLE-CHANGED"
    assert len(list(read_lines(out / "public" / "harbour-courier.jsonl", Article))) == 2


NEWS = {
    name: " ".join(f"The {name} of house {number} was {name}-like, and {name}s came." for number in range(9))
    for name in ("mill", "ford", "quay")
}


@pytest.mark.parametrize("address", ["https://courier.example/", "https://courier.example/news"])
def test_one_address_for_all_makes_no_copies_and_is_reported_once(tmp_path, address):
    for name, text in NEWS.items():
        path = put(tmp_path, "open/a.jsonl", name, text, url=address)
    issues, _ = run(tmp_path / "out", path)
    assert [(issue.code, issue.level) for issue in issues] == [("ARTICLE-ADDRESS", "note")]
    assert issues[0].message.startswith(f"3 articles have the address {address.rstrip('/')}, ")
    articles = list(read_lines(tmp_path / "out" / "public" / "harbour-courier.jsonl", Article))
    assert {item.group for item in articles} == {item.id for item in articles} and len(articles) == 3
    assert run(tmp_path / "out", put(tmp_path, "open/b.jsonl", "Other", LONG, url="https://courier.example/other"))[0] == []


def test_an_address_of_an_article_joins_its_versions(tmp_path):
    for end in (" One more came.", " " + NEWS["mill"].replace("house", "yard").replace("day", "night")):
        path = put(tmp_path, "open/a.jsonl", "Mill", NEWS["mill"] + end, url="https://courier.example/mill")
    issues, _ = run(tmp_path / "out", path)
    articles = list(read_lines(tmp_path / "out" / "public" / "harbour-courier.jsonl", Article))
    assert issues == [] and len({item.group for item in articles}) == 1 and len(articles) == 2


@pytest.mark.parametrize("title, date", [("", None), ("What we know so far", "2031-03-12")])
def test_articles_that_share_a_title_and_a_day_only_have_not_changed(tmp_path, title, date):
    out = tmp_path / "out"
    run(out, put(tmp_path, "open/a.jsonl", title, NEWS["mill"], date))
    assert run(out, put(tmp_path, "open/b.jsonl", title, NEWS["ford"], date))[0] == []
    (issue,), _ = run(out, put(tmp_path, "open/c.jsonl", title, NEWS["mill"] + " Nobody was hurt.", date))
    assert issue.code == "ARTICLE-CHANGED"


def test_the_same_text_in_another_source_is_kept_once(raw_folder, tmp_path):
    out = tmp_path / "out"
    run(out, raw_folder / "closed")
    (issue,), _ = run(out, put(raw_folder, "open/d.jsonl", "Carts", LONG))
    assert issue.code == "ARTICLE-DUPLICATE" and "closed-wire" in issue.message
    assert [item.code for item in run(out, raw_folder / "open" / "d.jsonl", raw_folder / "closed")[0]] == ["ARTICLE-DUPLICATE"]


def test_near_duplicates_share_a_group_over_sources_and_runs(raw_folder, tmp_path):
    out = tmp_path / "out"
    run(out, raw_folder / "open", raw_folder / "closed")
    run(
        out,
        put(
            raw_folder,
            "open/e.jsonl",
            "Carts on the road",
            LONG + " A last cart came at night, and nobody saw it leave.",
            "2031-04-01",
        ),
    )
    articles = [item for path in (out / "public").glob("*.jsonl") for item in read_lines(path, Article)]
    carts = {item.group for item in articles if item.title.startswith("Carts")}
    assert carts == {min(item.id for item in articles if item.title.startswith("Carts"))}
    assert all(item.group == item.id for item in nonempty(item for item in articles if not item.title.startswith("Carts")))


def test_pairs_are_those_whose_exact_similarity_is_one_half():
    words = LONG.split()
    texts = [(f"t{cut:03}", " ".join(words[cut:])) for cut in range(0, len(words) - 10, 4)]
    sets = {name: shingles(text) for name, text in texts}
    expected = {(a, b) for a in sets for b in sets if a < b and jaccard(sets[a], sets[b]) >= 0.5}
    found = {(link.first, link.second) for link in near_duplicates(texts) if link.likeness == NEAR}
    assert found <= expected and groups(found) == groups(expected)


def test_short_and_empty_texts_have_shingles_or_none():
    assert shingles("").size == 0 and shingles("Two words").size == 1
    assert shingles("Two words")[0] != shingles("words two")[0]
    assert groups([("c", "b"), ("b", "a"), ("d", "d")]) == {"a": "a", "b": "a", "c": "a", "d": "d"}


@pytest.mark.parametrize(
    "licence",
    ["CC-BY-4.0", "CC0-1.0", "CC-BY-SA-3.0", "CC-BY-3.0-AU", "ODC-BY-1.0", "OGL-UK-3.0", "LicenseRef-US-PD", "public-domain"],
)
def test_free_licences(licence):
    assert redistributable(licence)


@pytest.mark.parametrize(
    "licence", ["all rights reserved", "CC-BY-NC-3.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "", "unknown", "CC-BY-4.0-or-so"]
)
def test_all_others_are_withheld(licence):
    assert not redistributable(licence)


def test_sources(tmp_path):
    path = tmp_path / "sources.yaml"
    entry = "{{id: {id}, name: N, match: ['a b/*.json'], licence: CC0-1.0, language: en{more}}}"
    path.write_text("sources:\n  - " + entry.format(id="one", more="") + "\n")
    sources = load_sources(path)
    assert [item.id for item in sources_for(tmp_path / "x" / "a b" / "c.json.gz", sources)] == ["one"]
    assert sources_for(tmp_path / "xa b" / "c.json", sources) == []
    for bad in (
        entry.format(id="One", more=""),
        entry.format(id="one", more=", columns: {{texts: a}}".replace("{{", "{").replace("}}", "}")),
        entry.format(id="one", more=", dates: YMD"),
        "{id: one}",
    ):
        path.write_text(f"sources:\n  - {bad}\n")
        with pytest.raises(StandpointError):
            load_sources(path)
    path.write_text("sources:\n  - " + entry.format(id="one", more="") + "\n  - " + entry.format(id="one", more="") + "\n")
    with pytest.raises(StandpointError, match="more than once"):
        load_sources(path)
