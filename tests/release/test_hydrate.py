"""Withheld texts put back from a researcher's own copies: what is restored, what differs, what is missing, and back again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from datasets import load_dataset
from ruamel.yaml import YAML

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from nonempty import nonempty
from standpoint import processes
from standpoint.adjudication import adjudicate
from standpoint.cli import main
from standpoint.codebook import load
from standpoint.core.corpus import read_articles
from standpoint.core.files import SUMS, files_of
from standpoint.core.project import Project
from standpoint.dataset.release_folder import checksums
from standpoint.ingest import ingest
from standpoint.release import create as build_module
from standpoint.splits import splits
from whole_projects import HARVEST, VALLEYS, harvest_set, new_project, rule_set, store_sets, strict

SOURCES = """sources:
  - {id: gazette, name: The Gazette, match: ['gazette/*'], licence: all rights reserved, language: en}
  - {id: almanac, name: The Almanac, match: ['almanac/*'], licence: CC0-1.0, language: en}
"""


def build(project: Project, sets) -> None:
    reporter, told = strict()
    store_sets(project, sets)
    adjudicate.adjudicate_project(project, reporter)
    splits.split_articles(project, reporter)
    build_module.build_project(project, None, reporter)
    assert [issue for issue in told if issue.level == "error"] == []


@pytest.fixture(scope="module")
def harvest_project_with_withheld_texts(tmp_path_factory) -> Project:
    """Thirty harvest reports; of two thirds only the shape may be passed on. Emoji, Arabic, a decomposed accent and CRLF are in them."""
    made = new_project(tmp_path_factory.mktemp("hydrate") / "harvest", ANOTHER_CODEBOOK)
    for number, valley in enumerate(VALLEYS * 3):
        path = made.raw / ("almanac" if number % 3 == 2 else "gazette") / f"{number:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        words = HARVEST[number % 3].format(valley)
        about = f"Report {number} came from {valley} by rider 😀. The mayor, شريف, read it to the cafe\u0301."
        path.write_bytes(f"Harvest in {valley}, report {number}\r\n\r\n{words} {about}\r\n".encode())
    made.sources.write_text(SOURCES)
    made.splits.mkdir()
    made.split_plan.write_text("by-source: {test: [almanac]}\n")
    made.annotators.write_text("annotators:\n  - {id: t01, kind: human_trained}\n  - {id: t02, kind: human_trained}\n")
    reporter, _ = strict()
    ingest.ingest_paths(made, [made.raw], made.sources, reporter)
    found, codebook = list(read_articles(made)), another_codebook()
    build(made, (harvest_set(article, name, codebook) for name in ("t01", "t02") for article in found))
    return made


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def same(one: Path, other: Path) -> bool:
    return files_of(one) == files_of(other) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in files_of(one)
    )


def rows_of(folder: Path, config: str, cache: Path) -> list[dict]:
    return list(load_dataset(str(folder), config, split="train+validation+test", cache_dir=str(cache / "cache" / folder.name)))


def outcomes(folder: Path) -> dict[str, dict]:
    return {item["id"]: item for item in map(json.loads, (folder / "hydration.jsonl").read_text().splitlines())}


def test_all_texts_come_back_and_go_again(harvest_project_with_withheld_texts, tmp_path):
    out = tmp_path / "local"
    result = run(
        "hydrate", harvest_project_with_withheld_texts.release, "--from", harvest_project_with_withheld_texts.raw, "--out", out
    )
    assert result.exit_code == 0, result.output
    assert {item["status"] for item in outcomes(out).values()} == {"restored"} and len(outcomes(out)) == 20
    texts = {article.id: article for article in read_articles(harvest_project_with_withheld_texts)}
    for row in nonempty(rows_of(out, "documents", tmp_path)):
        assert (row["text"], row["title"]) == (texts[row["id"]].text, texts[row["id"]].title)
        assert row["crops"] and all(
            row["text"][span["start"] : span["end"]] == span["quote"] for span in nonempty(row["crops"] + row["amounts"])
        )
    for row in nonempty(rows_of(out, "annotations", tmp_path)):
        text = texts[row["article_id"]].text
        assert all(text[span["start"] : span["end"]] == span["quote"] for span in nonempty(row["spans"]))
    assert all(row["sentence"] for row in nonempty(rows_of(out, "crops", tmp_path)))
    back = run("hydrate", out, "--undo", "--out", tmp_path / "back")
    assert back.exit_code == 0 and same(harvest_project_with_withheld_texts.release, tmp_path / "back")
    assert {path.parent.name for path in out.glob("*/*.parquet")} >= {"splits", "documents"}
    assert not list(tmp_path.glob(".local*"))


def test_a_copy_in_another_encoding_is_read_as_ingest_reads_it(harvest_project_with_withheld_texts, tmp_path):
    copies = tmp_path / "gazette"
    shutil.copytree(harvest_project_with_withheld_texts.raw / "gazette", copies)
    (copies / "README.txt").write_text("About these copies.")
    (copies / "photo.bmp").write_bytes(b"BM")
    first, second, *_ = sorted(path for path in copies.iterdir() if path.name[0].isdigit())
    first.write_bytes(first.read_bytes().decode().encode("utf-16"))
    second.write_bytes(second.read_bytes().replace(b"rider", b"ri\xe9der"))
    result = run("hydrate", harvest_project_with_withheld_texts.release, "--from", copies, "--out", tmp_path / "local")
    assert result.exit_code == 1 and result.output.count("note: ") == 1
    assert f"note: {second}:3: FILE-ENCODING has a byte that is not utf-8" in result.output
    assert sorted(item["status"] for item in outcomes(tmp_path / "local").values()) == ["missing", *["restored"] * 19]


def test_copies_that_fit_no_source_are_reported(harvest_project_with_withheld_texts, tmp_path):
    copies = tmp_path / "mine"
    shutil.copytree(harvest_project_with_withheld_texts.raw / "gazette", copies)
    result = run("hydrate", harvest_project_with_withheld_texts.release, "--from", copies, "--out", tmp_path / "local")
    (said,) = (line for line in result.output.splitlines() if "FILE-NO-SOURCE" in line)
    assert said.startswith(f"note: {copies / '00.txt'}:") and "nor are 19 more: they fit no source of" in said
    assert "whose files are gazette/*, almanac/*;" in said and "--sources" in said
    assert "20  missing" in result.output and result.output.count("no copy was found in the files that were read") == 1
    assert "  and 19 more: gazette-" in result.output
    mine = tmp_path / "mine.yaml"
    mine.write_text(SOURCES.replace("gazette/*", "mine/*"))
    release = harvest_project_with_withheld_texts.release
    result = run("hydrate", release, "--from", copies, "--sources", mine, "--out", tmp_path / "local")
    assert result.exit_code == 0 and "20  restored" in result.output


def test_a_record_that_fits_no_source_is_told_as_such(harvest_project_with_withheld_texts, tmp_path):
    release = harvest_project_with_withheld_texts.release
    (tmp_path / "gazette").mkdir()
    (tmp_path / "gazette" / "all.jsonl").write_text('{"source": "Almanac", "text": "Rain.", "title": "Rain"}\n')
    mine = tmp_path / "mine.yaml"
    mine.write_text(SOURCES.replace("licence: all", "where: {source: Gazette}, licence: all"))
    words = ["--from", tmp_path / "gazette", "--sources", mine, "--out", tmp_path / "local"]
    result = run("hydrate", release, *words)
    assert result.exit_code == 1 and "all.jsonl:1: RECORD-NO-SOURCE not read, nor are 0 more" in result.output
    assert "FILE-NO-SOURCE" not in result.output


def test_a_release_that_does_not_say_how_copies_are_read_asks_for_it(harvest_project_with_withheld_texts, tmp_path):
    bare = shutil.copytree(harvest_project_with_withheld_texts.release, tmp_path / "bare")
    (bare / "sources.yaml").unlink()
    (bare / SUMS).write_text(checksums(bare))
    result = run("hydrate", bare, "--from", tmp_path, "--out", tmp_path / "local")
    assert result.exit_code == 2 and "has no sources.yaml" in result.output and "--sources" in result.output


def test_a_copy_that_differs_is_named_and_one_whose_labels_survive_is_used(harvest_project_with_withheld_texts, tmp_path):
    copies = tmp_path / "gazette"
    shutil.copytree(harvest_project_with_withheld_texts.raw / "gazette", copies)
    names = sorted(path.name for path in copies.iterdir())
    extra, broken, missing = (copies / name for name in names[:3])
    extra.write_text(extra.read_bytes().decode().replace("Report ", "It rained. Report "))
    broken.write_text(broken.read_bytes().decode().replace("fruit", "FRUIT").replace("Grain", "Rye"))
    missing.unlink()
    out = tmp_path / "local"
    result = run("hydrate", harvest_project_with_withheld_texts.release, "--from", copies, "--out", out)
    assert result.exit_code == 1 and "TEXT-MISSING" in result.output and "TEXT-TRANSFERRED" in result.output
    assert sorted(item["status"] for item in outcomes(out).values()) == ["differs", "missing", *["restored"] * 17, "transferred"]
    texts = {article.id: article.text for article in read_articles(harvest_project_with_withheld_texts)}
    (name,) = (name for name, item in outcomes(out).items() if item["status"] == "differs")
    original = texts[name]
    at = outcomes(out)[name]["at"]
    own = broken.read_text().replace("\r\n", "\n").replace("cafe\u0301", "caf\u00e9").strip()
    assert own[:at] == original[:at] and own[at : at + 200] != original[at : at + 200]
    for row in nonempty(rows_of(out, "documents", tmp_path)):
        assert (row["text"] is None) == (row["text_status"] == "withheld")
        if row["text_status"] == "transferred":
            assert "It rained." in row["text"] and row["sha256"] != texts[row["id"]]
        for span in row["crops"] + row["amounts"] if row["text"] else ():
            assert row["text"][span["start"] : span["end"]] == span["quote"]
    moved = {name for name, item in outcomes(out).items() if item["status"] == "transferred"}
    for row in nonempty(row for row in rows_of(out, "annotations", tmp_path) if row["article_id"] in moved):
        assert [span["quote"] for span in row["spans"]] == ["Grain", "crowns"]
    assert run("hydrate", out, "--undo", "--out", tmp_path / "back").exit_code == 2
    # The missing one turns up later, elsewhere: only it is looked for, and what was found before is not read again.
    later = tmp_path / "later" / "gazette"
    later.mkdir(parents=True)
    shutil.copy(harvest_project_with_withheld_texts.raw / "gazette" / missing.name, later)
    shutil.rmtree(copies)
    run("hydrate", harvest_project_with_withheld_texts.release, "--from", later, "--out", out)
    assert sorted(item["status"] for item in outcomes(out).values()) == ["differs", *["restored"] * 18, "transferred"]


def test_withheld_texts_are_not_exported_but_named_or_left_out_and_counted(harvest_project_with_withheld_texts, tmp_path):
    words = ["export", harvest_project_with_withheld_texts.release, "--format", "jsonl", "--out", tmp_path / "out"]
    refused = run(*words)
    assert refused.exit_code == 2 and "its text is withheld" in refused.output and "hydrate" in refused.output
    assert list(tmp_path.iterdir()) == []
    result = run(*words, "--skip-withheld")
    assert result.exit_code == 0 and "20  articles left out: text withheld" in result.output
    assert len((tmp_path / "out" / "articles.jsonl").read_text().splitlines()) == 10
    run(
        "hydrate",
        harvest_project_with_withheld_texts.release,
        "--from",
        harvest_project_with_withheld_texts.raw,
        "--out",
        tmp_path / "local",
    )
    assert run("export", tmp_path / "local", *words[2:]).exit_code == 0
    assert len((tmp_path / "out" / "articles.jsonl").read_text().splitlines()) == 30


def test_a_stopped_run_goes_on_where_it_stood(harvest_project_with_withheld_texts, tmp_path):
    project = harvest_project_with_withheld_texts
    out, copies = tmp_path / "local", tmp_path / ".local.copies.sqlite3"

    def restored(*names: str) -> int:
        found = [word for name in names for word in ("--from", project.raw / "gazette" / name)]
        assert run("hydrate", project.release, *found, "--out", out).exit_code == 1
        return len([item for item in outcomes(out).values() if item["status"] == "restored"])

    assert restored("00.txt") == 1
    assert restored("01.txt") == 2, "the copy that the first run found is used by the second"
    whole = copies.read_bytes()
    for cut in (len(whole) - 1, len(whole) // 2, 5, 0):  # what a power cut may leave
        copies.write_bytes(whole[:cut])
        assert restored("01.txt") in (1, 2)  # a page that is cut off may have been empty
    assert run("hydrate", project.release, "--from", project.raw, "--out", out).exit_code == 0
    assert not copies.exists()


def test_any_number_of_processes_gives_the_same(harvest_project_with_withheld_texts, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "ALONE", 0.0)
    project, written = harvest_project_with_withheld_texts, []
    for jobs in (1, 2):
        out = tmp_path / f"with-{jobs}"
        assert run("hydrate", project.release, "--from", project.raw, "--out", out, "--jobs", jobs).exit_code == 0
        written.append((out / "SHA256SUMS").read_text())
    assert written[0] == written[1]


def test_what_is_no_release_is_refused(harvest_project_with_withheld_texts, tmp_path):
    assert run("hydrate", tmp_path, "--from", harvest_project_with_withheld_texts.raw, "--out", tmp_path / "x").exit_code == 2
    assert (
        run(
            "hydrate",
            harvest_project_with_withheld_texts.release,
            "--from",
            harvest_project_with_withheld_texts.raw,
            "--out",
            harvest_project_with_withheld_texts.release,
        ).exit_code
        == 2
    )


def test_re3d_comes_back_from_a_checkout_of_it(tmp_path, corpora):
    made = new_project(tmp_path / "public", None)
    sources = YAML().load(Path(__file__).parent.parent / "data" / "sources-public.yaml")
    for source in sources["sources"]:
        source["licence"] = "all rights reserved"
    with made.sources.open("w", encoding="utf-8") as file:
        YAML().dump(sources, file)
    made.annotators.write_text("annotators:\n  - {id: r01, kind: rule}\n")
    reporter, _ = strict()
    assert ingest.ingest_paths(made, sorted(corpora.glob("re3d/*/documents.json")), made.sources, reporter)["articles"] == 98
    codebook, registry = load.open_codebook(made)
    build(made, (rule_set(article, codebook, registry) for article in read_articles(made)))
    assert all(row["text"] is None for row in nonempty(rows_of(made.release, "documents", tmp_path)))
    out = tmp_path / "local"
    assert run("hydrate", made.release, "--from", corpora / "re3d", "--out", out).exit_code == 0
    rows = rows_of(out, "documents", tmp_path)
    assert [row["text_status"] for row in rows] == ["restored"] * 98
    spans = [(row["text"][span["start"] : span["end"]], span["quote"]) for row in rows for span in row["events"]]
    assert len(spans) > 50 and set(spans) == {("said", "said")}
    copies = tmp_path / "re3d"
    shutil.copytree(corpora / "re3d", copies)
    for folder, wrong in (("BBC Online", lambda line: line.replace("said", "sayed")), ("Wikipedia", lambda line: "")):
        path = copies / folder / "documents.json"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        number = next(number for number, line in enumerate(lines) if folder == "Wikipedia" or " said" in line)
        path.write_text("".join([*lines[:number], wrong(lines[number]), *lines[number + 1 :]]), encoding="utf-8")
    result = run("hydrate", made.release, "--from", copies, "--out", tmp_path / "partly")
    assert result.exit_code == 1
    found = sorted(item["status"] for item in outcomes(tmp_path / "partly").values())
    assert found == ["differs", "missing", *["restored"] * 96]
