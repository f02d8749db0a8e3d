"""Files in a zip archive are read as those of a folder, and an archive can do no harm."""

from __future__ import annotations

import gzip
import warnings
import zipfile

import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read
from standpoint.core.model import Reporter
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import sources_for
from standpoint.splits.overlap import compare_collections

FILES = {
    "quay/a.txt": f"Bridge left\n\n{BODY[0]}",
    "quay/b.jsonl": f'{{"title": "Mill shut", "text": "{BODY[1]}"}}\n',
    "mill/c.txt.gz": gzip.compress(f"Docks open\n\n{BODY[2]}".encode()),
    "README.md": "What this is.",
    "__MACOSX/quay/._a.txt": b"\x00",
    ".hidden.txt": "x",
    "mill/d.odd": "x",
}


def packed(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["press.zip", "PRESS.ZIP"])
def test_the_files_of_an_archive_are_read_as_those_of_a_folder(tmp_path, name):
    path = packed(tmp_path / name, FILES)
    articles, issues, ingested = read(path)
    assert {article.title for article in articles} == {"Bridge left", "Mill shut", "Docks open"}
    assert [(issue.where.removeprefix(str(tmp_path)), issue.code) for issue in issues] == [
        (f"/{name}!README.md", "FILE-ABOUT"),
        (f"/{name}!mill/d.odd:1", "FILE-FORMAT"),
    ]
    counts = ingested.counts
    assert (counts["files"], counts["read"], counts["about"], counts["file_refused"]) == (5, 3, 1, 1)


def test_a_source_matches_files_in_an_archive_or_the_archive(tmp_path):
    path = packed(tmp_path / "press.zip", FILES)
    sources = [
        replace(COURIER, id="quay", match=("quay/*",)),
        replace(COURIER, id="mill", match=("press.zip/mill/*",)),
        replace(COURIER, id="rest", match=("press.zip",)),
    ]
    articles = {item.title: item.source for item in ingest([path], sources).items if hasattr(item, "source")}
    assert articles == {"Bridge left": "quay", "Mill shut": "quay", "Docks open": "mill"}
    assert [source.id for source in sources_for(tmp_path / "press.zip!x.txt", sources)] == ["rest"]


def test_names_that_lead_out_of_an_archive_are_refused(tmp_path):
    names = ["../evil.txt", "/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt"]
    articles, issues, ingested = read(packed(tmp_path / "a.zip", dict.fromkeys(names, BODY[0])))
    assert [issue.code for issue in issues] == ["FILE-UNREADABLE"] * 5 and not articles
    assert all("leads out of the archive" in issue.message for issue in issues) and ingested.counts["file_refused"] == 5


def test_a_file_that_unpacks_to_very_much_is_refused(tmp_path):
    articles, (issue,), _ = read(packed(tmp_path / "a.zip", {"a.txt": b"a" * (1 << 27), "b.txt": f"Left\n\n{BODY[0]}"}))
    assert [article.title for article in articles] == ["Left"] and "would be 128 MB" in issue.message


def test_an_archive_that_is_damaged_empty_or_encrypted_is_told(tmp_path):
    whole = packed(tmp_path / "a.zip", {"a.txt": f"Left\n\n{BODY[0]}", "b.txt": f"Gone\n\n{BODY[1]}"}).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[:-40])
    articles, (issue,), ingested = read(tmp_path / "a.zip")
    assert issue.code == "FILE-UNREADABLE" and not articles and ingested.counts["files"] == ingested.counts["file_refused"] == 1
    at = whole.index(b"a.txt") + 20  # of its packed bytes
    (tmp_path / "a.zip").write_bytes(whole[:at] + bytes(byte ^ 0x55 for byte in whole[at : at + 8]) + whole[at + 8 :])
    (article,), (issue,), _ = read(tmp_path / "a.zip")
    assert article.title == "Gone" and issue.code == "FILE-UNREADABLE" and issue.where.endswith("a.zip!a.txt:1")
    _, (issue,), _ = read(packed(tmp_path / "b.zip", {}))
    assert "an archive without files" in issue.message
    central = bytearray(whole)
    for place in (whole.index(b"PK\x01\x02") + 8, 6):
        central[place] |= 1
    (tmp_path / "c.zip").write_bytes(central)
    _, issues, _ = read(tmp_path / "c.zip")
    assert "is encrypted" in issues[0].message


def test_a_damaged_name_costs_its_file_only(tmp_path):
    data = packed(tmp_path / "a.zip", {"é.txt": f"Left\n\n{BODY[0]}", "b.txt": f"Gone\n\n{BODY[1]}"}).read_bytes()
    (tmp_path / "a.zip").write_bytes(
        data.replace("é".encode(), b"\xe4\xe4", 1)
    )  # before the file, and not in the table at the end
    (article,), (issue,), _ = read(tmp_path / "a.zip")
    assert article.title == "Gone" and issue.code == "FILE-UNREADABLE" and issue.where.endswith("a.zip!é.txt:1")


def test_an_archive_in_an_archive_is_not_opened(tmp_path):
    inner = packed(tmp_path / "in.zip", {"a.txt": BODY[0]}).read_bytes()
    (tmp_path / "in.zip").unlink()
    _, (issue,), _ = read(packed(tmp_path / "a.zip", {"in.zip": inner}))
    assert issue.code == "FILE-FORMAT" and issue.where.endswith("a.zip!in.zip:1") and "not in another archive" in issue.message


def test_a_name_that_stands_twice_is_read_twice(tmp_path):
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for line in BODY[:2]:
            archive.writestr("a.txt", f"Left\n\n{line}")
    articles, _, _ = read(tmp_path / "a.zip")
    assert sorted(article.text.split("\n\n")[1] for article in articles) == sorted(BODY[:2])


def test_leaks_are_found_in_archives_too(tmp_path):
    train = packed(tmp_path / "train.zip", {"a.txt": f"Left\n\n{' '.join(BODY)}"})
    (tmp_path / "test.txt").write_text(f"Left\n\n{' '.join(BODY)}")
    comparison = compare_collections(str(train), str(tmp_path / "test.txt"), "text", 5, Reporter())
    assert [overlap.kind for overlap in comparison.overlaps] == ["equal"]
