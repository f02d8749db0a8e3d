"""A file that is damaged, cut off or of another kind is one line that names it, whichever command reads it."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from standpoint.cli import main
from whole_projects import copy_of_the_project

DAMAGED = {
    "garbage": b"\xff\xfe\x00{\x80",
    "cut gzip": gzip.compress(b'{"a":1}\n' * 50)[:-9],
    "garbage in gzip": gzip.compress(b"a")[:10] + b"\xff" * 40,
}
RELEASE = "dataset/release"
PARQUET = f"{RELEASE}/documents/test-00000-of-00001.parquet"
READERS = {
    "guidelines/CHANGELOG.md": ["fix"],
    "guidelines/05-actors.md": ["guide"],
    "guidelines/cast.yaml": ["guide"],
    "guidelines/codebook.yaml": ["codebook", "check"],
    "dataset/version.txt": ["build"],
    "dataset/card.md": ["build"],
    "dataset/CHANGELOG.md": ["release", "yank", "0.1.0", "--reason", "x"],
    "dataset/sources.yaml": ["ingest", "{}/dataset/articles"],
    "splits/plan.yaml": ["split"],
    "dataset/team.yaml": ["team", "list"],
    "dataset/annotators.yaml": ["team", "add", "a09"],
    "dataset/annotations/facts/m01.jsonl": ["import", "{}/export.json"],
    "dataset/dossiers/facts/m11.jsonl": ["build"],
    ".standpoint/people.json": ["import", "{}/export.json"],
    "label-config.xml": ["codebook", "from-config", "{}/label-config.xml"],
    "their-config.xml": ["init", "{}/theirs", "--from-config", "{}/their-config.xml"],
    "their-export.json.gz": ["init", "{}/theirs", "--from-export", "{}/their-export.json.gz"],
    "export.json.gz": ["import", "{}/export.json.gz"],
    "theirs.ann": ["import", "{}/theirs.ann", "--format", "brat", "--annotator", "a01"],
    "theirs.conll": ["import", "{}/theirs.conll", "--format", "conll", "--annotator", "a01"],
    "theirs.conllu": ["import", "{}/theirs.conllu", "--format", "conll", "--annotator", "a01"],
    "theirs.spacy": ["import", "{}/theirs.spacy", "--format", "spacy", "--annotator", "a01"],
    "theirs.xmi": ["import", "{}/theirs.xmi", "--format", "xmi", "--annotator", "a01"],
    "theirs.csv": ["import", "{}/theirs.csv"],
    "predictions.jsonl.gz": ["score", f"{{}}/{RELEASE}", "{}/predictions.jsonl.gz"],
    PARQUET: ["release", "diff", f"{{}}/{RELEASE}", f"{{}}/{RELEASE}"],
    f"{RELEASE}/SHA256SUMS": ["score", f"{{}}/{RELEASE}", "{}/export.json"],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = copy_of_the_project(tmp_path_factory.mktemp("whole"))
    shutil.rmtree(folder / "dataset" / "raw")
    article = next((folder / "dataset" / "articles").glob("*.jsonl")).read_bytes().splitlines()[0]
    (folder / "export.json").write_bytes(b'[{"data":' + article + b',"annotations":[{"completed_by":1,"result":[]}]}]')
    (folder / "theirs.txt").write_text("Rain fell.")
    (folder / "dataset" / "versions.tsv").write_text(
        f"version\tdate\tcommit\tcontent\tyanked\n0.1.0\t2031-04-01\t{'0' * 40}\t{'0' * 64}\t\n"
    )
    return folder


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("name", READERS)
def test_an_unreadable_file_is_one_line(name, content, whole):
    path = whole / name
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    try:
        words = [word.format(whole) for word in READERS[name]]
        result = CliRunner().invoke(main, ["--project", str(whole), *words])
    finally:
        path.unlink() if before is None else path.write_bytes(before)
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit), (result.exception, result.output)
    (line,) = [line for line in result.output.splitlines() if line.startswith("error: ")]
    assert path.name in line and "Traceback" not in result.output


BINARY = ("docx", "parquet", "pdf", "rss", "rtf", "warc", "warc.gz", "zip")


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("suffix", BINARY)
def test_an_unreadable_raw_file_is_one_issue_and_the_others_are_read(suffix, content, whole, tmp_path):
    """In a folder of raw files, it costs itself only."""
    raw = tmp_path / "northwire"
    raw.mkdir()
    (raw / f"odd.{suffix}").write_bytes(content)
    (raw / "well.json").write_text('{"head": "Bridge left", "body": "The army left.", "date": "2031-03-12", "permalink": ""}')
    result = CliRunner().invoke(main, ["--project", str(whole), "ingest", str(raw)])
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (result.exception, result.output)
    (line,) = [line for line in result.output.splitlines() if "FILE-" in line]
    assert f"odd.{suffix}" in line and "Traceback" not in result.output
