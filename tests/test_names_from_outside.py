"""Names that come from files, servers and releases are never paths: nothing is written outside of its folder."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from another_codebook import ANOTHER_CODEBOOK
from example import EXAMPLE
from nonempty import nonempty
from standpoint.cli import main
from standpoint.codebook.load import check_codebook, load_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import RecordStore, read_annotation_sets, read_articles, store_decisions
from standpoint.core.files import inside, write_whole
from standpoint.core.model import AnnotationSet, Article, Asked, Decision, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.dataset.export import ExportOptions, export_release
from standpoint.dataset.release_folder import Release
from standpoint.formats import Document, brat, conll2003, maven_arg, textee, xmi
from standpoint.ingest.sources import load_sources
from standpoint.labelstudio.client import connect
from standpoint.labelstudio.exchange import import_exports
from standpoint.labelstudio.merge import Batch, Imported
from standpoint.labelstudio.people import People
from whole_projects import copy_of_the_project

OURS = EXAMPLE
UMASK = os.umask(0o022)
os.umask(UMASK)
SEPARATORS = st.sampled_from(["/", "\\", "..", ".", "\0", "\n", "~", ":", " ", "%2e%2e", "a", "é", "1", "-", "_", "@"])
NAMES = st.one_of(st.text(max_size=8), st.lists(SEPARATORS, max_size=6).map("".join))


@given(NAMES)
@example("../../evil")
@example("..")
@example(".hidden")
@example("a\n")
@example("")
def test_a_name_is_a_file_of_its_folder_or_is_refused(name):
    folder = Path("/project/dataset/annotations")
    try:
        path = inside(folder, name)
    except StandpointError as error:
        assert str(folder) in error.message and error.hint
    else:
        assert path.parent == folder and path.name == name and Path(f"{path}/..").resolve() == folder


@pytest.mark.parametrize(
    "name", ["con", "CON.jsonl", "aux.tar.gz", "nul", "Prn.txt", "com1", "lpt9.tsv", "com¹", "gazette.", "a.."]
)
def test_a_name_that_windows_cannot_store_is_refused(name):
    with pytest.raises(StandpointError, match="cannot be the name of a file") as error:
        inside(Path("folder"), name)
    assert "no device of Windows" in error.value.hint


@pytest.mark.parametrize("name", ["console", "aux-news.jsonl", "com10", "nullarbor", "a.con", "gazette.v2"])
def test_a_name_that_only_begins_like_one_is_taken(name):
    assert inside(Path("folder"), name).name == name


def test_a_source_that_is_called_like_a_device_is_refused_before_it_is_read(tmp_path):
    (tmp_path / "sources.yaml").write_text(
        "sources: [{id: aux, name: Auxiliary, match: ['*.txt'], licence: CC0-1.0, language: en}]\n", encoding="utf-8"
    )
    with pytest.raises(StandpointError, match="source 'aux': the id cannot be the name of a file"):
        load_sources(tmp_path / "sources.yaml")


def test_names_of_folders_that_differ_in_case_only_are_refused():
    """Passes and tables are folders, and macOS and Windows take Reading and reading for one."""
    layers = [*ANOTHER_CODEBOOK["layers"], ANOTHER_CODEBOOK["layers"][0] | {"name": "Crops", "labels": [{"name": "rye"}]}]
    passes = [*ANOTHER_CODEBOOK["passes"], {"name": "Reading", "layers": ["Crops"]}]
    problems = dict(check_codebook(msgspec.convert(ANOTHER_CODEBOOK | {"layers": layers, "passes": passes}, Codebook)))
    assert problems["passes"] == "'reading' occurs 2 times"
    assert "its folder is that of 'crops'" in problems["layers (Crops)"]


RECORDS = {
    Article: ("id", "source"),
    AnnotationSet: ("article_id", "annotator", "pass_name"),
    Decision: ("by",),
    Asked: ("article_id", "pass_name"),
}


@pytest.mark.parametrize("kind, field", [(kind, field) for kind, fields in RECORDS.items() for field in fields])
@given(name=NAMES)
def test_a_record_with_a_name_that_leads_elsewhere_is_refused_when_it_is_read(kind, field, name):
    record = {"id": "a", "source": "s", "article_id": "a", "annotator": "a01", "pass_name": "facts", "by": "j01"} | {field: name}
    try:
        inside(Path("folder"), name)
    except StandpointError:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({key: record[key] for key in record if key in kind.__struct_fields__}, kind)


def all_files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


HOSTILE = ("../../../../evil", "/tmp/evil", "a/b", "..", ".git", "x\0y", "con\n")


@pytest.mark.parametrize("name", HOSTILE)
def test_an_account_s_name_does_not_choose_the_file(tmp_path, name):
    """An e-mail address at our own domain is a pseudonym only if it can be one; otherwise the account gets a pseudonym."""
    project = Project(copy_of_the_project(tmp_path / "a" / "b" / "c" / "project"))
    article = next(read_articles(project))
    codebook_pass = load_codebook(project.codebook).passes[0].name
    annotation = {"id": 1, "completed_by": {"id": 1, "email": f"{name}@standpoint.invalid"}, "result": []}
    task = {"id": 1, "data": {"article_id": article.id, "text": article.text, "pass": codebook_pass}, "annotations": [annotation]}
    export = tmp_path / "export.json"
    export.write_text(json.dumps([task]), encoding="utf-8")
    annotators = {item.annotator for item in read_annotation_sets(project)}
    before, issues = all_files(tmp_path), list[Issue]()
    import_exports(project, [export], Reporter(issue=issues.append))
    new = nonempty(all_files(tmp_path) - before)
    assert all(path.parent in (project.local, project.annotations / codebook_pass) for path in new)
    assert {item.annotator for item in read_annotation_sets(project)} == annotators | {"p01"}


@pytest.mark.parametrize("name", HOSTILE)
def test_sets_decisions_and_exports_stay_in_their_folder(tmp_path, name):
    project = Project(tmp_path / "a" / "project")
    made = {"annotator_kind": "unknown", "codebook_version": "0.1.0", "text_sha256": "0"}
    for fields in ({"annotator": name, "pass_name": "facts"}, {"annotator": "a01", "pass_name": name}):
        with pytest.raises(StandpointError):
            list(
                Batch(People(project.people, {}), project.annotations, RecordStore(int), dict).add(
                    [Imported(AnnotationSet(article_id="a", **fields, **made))]
                )
            )
    asked = Asked(key="k", article_id="a", text_sha256="0", pass_name="facts", layer="events", where="", seen=())
    project.articles.mkdir(parents=True)
    article = {"id": "a", "source": name, "publisher": "P", "title": "T", "licence": "CC0-1.0", "language": "en", "sha256": "0"}
    (project.articles / "x.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    with pytest.raises(StandpointError):
        store_decisions(project, [Decision(asked=asked, by="j01", by_kind="human_expert", chosen="none", reason="slip")])
    codebook, out = load_codebook(OURS.codebook), tmp_path / "out"
    out.mkdir()
    exported = Document(id=name, text="Rain fell.", sentences=((0, 10),), annotations=())
    for module in (brat, xmi):
        with pytest.raises(StandpointError, match="cannot be the name of a file"):
            module.write([exported], codebook, out)
    split = Document(id="a", text="Rain fell.", sentences=((0, 10),), annotations=(), about={"split": name})
    for module in (brat, conll2003, maven_arg, textee):
        with pytest.raises(StandpointError, match="cannot be the name of a file"):
            module.write([split], codebook, out)
    outside = [path for path in all_files(tmp_path) if "evil" in path.name or path.suffix in (".ann", ".xmi", ".txt")]
    assert outside == []


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "../evil"])
@pytest.mark.parametrize("form", ["conll", "jsonl"])
def test_an_article_of_a_release_whose_id_is_no_name_is_not_exported(form, name, monkeypatch, tmp_path):
    rows = Release.rows
    monkeypatch.setattr(Release, "rows", lambda *given: ((split, row | {"id": name}) for split, row in rows(*given)))
    with pytest.raises(StandpointError, match="cannot be the name of a file"):
        export_release(OURS.release, ExportOptions(form), tmp_path / "out", Reporter())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["layers", "passes"])
def test_a_codebook_with_a_name_that_is_a_path_is_refused(tmp_path, key):
    text = OURS.codebook.read_text(encoding="utf-8")
    old = {"layers": "name: events", "passes": "name: facts"}[key]
    assert old in text
    path = tmp_path / "codebook.yaml"
    path.write_text(text.replace(old, "name: ../../events", 1), encoding="utf-8")
    with pytest.raises(StandpointError, match=str(path)):
        load_codebook(path)


def test_a_folder_that_is_not_a_site_is_not_replaced_by_the_guide(tmp_path):
    project = copy_of_the_project(tmp_path / "project")
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.md").write_text("# All my work\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["--project", str(project), "guide", "--build", "--out", str(thesis)])
    assert result.exit_code == 2 and "is not a site of the guide" in result.output
    assert all_files(thesis) == {thesis / "chapter.md"}


def test_an_existing_codebook_is_not_overwritten_by_an_imported_one(tmp_path):
    config, codebook = tmp_path / "config.xml", tmp_path / "codebook.yaml"
    labels = '<Labels name="ner" toName="t"><Label value="A"/></Labels>'
    config.write_text(f'<View>{labels}<Text name="t" value="$text"/></View>', encoding="utf-8")
    codebook.write_text("mine\n", encoding="utf-8")
    words = ["codebook", "from-config", str(config), "--out"]
    result = CliRunner().invoke(main, [*words, str(codebook)])
    assert result.exit_code == 2 and "exists already" in result.output and codebook.read_text() == "mine\n"
    assert CliRunner().invoke(main, [*words, str(tmp_path / "new.yaml")]).exit_code == 0
    config.write_text(config.read_text().replace('value="A"', ""), encoding="utf-8")
    assert CliRunner().invoke(main, [*words, str(tmp_path / "bad.yaml")]).exit_code == 2
    assert not (tmp_path / "bad.yaml").exists(), "a codebook that does not load is not written"


def test_what_is_private_is_its_owner_s_only(tmp_path):
    project = Project(tmp_path)
    for path in (project.people, project.local / "pull" / "3" / "000000.jsonl", project.withheld / "gazette.jsonl"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o755)
        path.write_text("{}\n")  # as an earlier version left it
        path.chmod(0o644)
        for text in ("{}\n", "new\n"):
            write_whole(path, text)
            assert path.read_text() == text and path.stat().st_mode & 0o777 == 0o600
        assert {folder.stat().st_mode & 0o777 for folder in path.parents if project.local in (folder, *folder.parents)} == {0o700}
    write_whole(project.annotators, "annotators: []\n")
    assert project.annotators.stat().st_mode & 0o777 == 0o666 & ~UMASK


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}", "http://other.invalid:{port}"])
def test_a_token_is_not_sent_where_an_address_redirects_to(target):
    """Two servers on the loopback: "localhost" redirects to another host, which would get the token."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization") or "")
            if self.headers["Host"].startswith("localhost"):
                self.send_response(302)
                self.send_header("Location", target.format(port=self.server.server_port) + self.path)
                self.end_headers()
            else:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"release": "1.23.2"}')

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StandpointError) as caught:
            connect(f"http://localhost:{server.server_port}", "secret-token")
        server.shutdown()
    assert "secret-token" not in f"{caught.value.message} {caught.value.hint} {seen}"
    assert "redirects to" in caught.value.message or "is not reached" in caught.value.message
