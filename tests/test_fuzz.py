"""Damaged files and answers from outside: no traceback, nothing outside the project, and counts that add up.

`make test` tries the same few cases each time; `make fuzz` tries a hundred thousand others. A case is a number that decides
what is damaged and how. Hypothesis names the one that fails, and `@example(number)` tries it again.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from another_codebook import ANOTHER_CODEBOOK
from exported import BOTH_WAYS
from mutation import damaged_bytes, damaged_value
from raw_documents import column_of, docx_of, page_record, pdf_of, warc_record, zip_of
from release_corpus import build, corpus, plan, records
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Registry
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import SUMS, write_lines
from standpoint.core.model import Annotation, AnnotationSet, Article, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.dataset.export import ExportOptions, export_release
from standpoint.dataset.release_folder import checksums, open_release
from standpoint.dataset.schema import features
from standpoint.formats import Document, writers
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio.backup import backup_projects
from standpoint.labelstudio.client import Client, connect
from standpoint.labelstudio.exchange import delete_article, import_exports, pull_annotations
from standpoint.labelstudio.feedback import check_submitted
from standpoint.labelstudio.import_documents import DocumentOptions
from standpoint.labelstudio.merge import SUMS as IMPORT_SUMS
from standpoint.labelstudio.push import RemoteTasks
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import write_result
from standpoint.pages.tasks import make_task
from standpoint.release.compare import compare_releases
from standpoint.release.hydrate import hydrate_release
from standpoint.scoring.baseline import write_predictions
from standpoint.scoring.scores import gold_of, score_file
from standpoint.team.progress import measure_progress
from two_pass_article import ACTORS, CODEBOOK, HARVEST, article_of, facts, set_of, stance
from whole_projects import new_project

# Names that are in the headline, so that stance is asked about them.
PEOPLE = [actor | {"name": name} for actor, name in zip(ACTORS, ("Quay", "falls"), strict=False)]
MANY = os.environ.get("FUZZ")  # cases of each test
fuzz = settings(max_examples=int(MANY or 20), derandomize=not MANY, database=None)
CASES = st.integers(0, 2**64 - 1)
# In memory where that is possible, as each file is synced before it is renamed.
MEMORY = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
CHANGING = {
    "os.rename": (0, 1),
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.mkdir": (0,),
    "os.truncate": (0,),
    "os.symlink": (1,),
    "os.link": (1,),
}
guarded: list[Path] = []  # the folder in which a case may write, while it runs


def _guard(event: str, arguments: tuple) -> None:
    """An audit hook: an error for each file that is written or removed outside of the folder of the case."""
    if not guarded:
        return
    if event == "open":  # of a path, or of a number if a file is open already
        is_written = isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        paths = [arguments[0]] if is_written else []
    else:
        paths = [arguments[number] for number in CHANGING.get(event, ())]
    for path in paths:
        place = Path(str(path))
        if place.is_absolute() and not str(place).startswith(("/dev/", "/proc/")) and guarded[0] not in (place, *place.parents):
            raise AssertionError(f"{event} outside of the folder: {path}")


@cache
def watch() -> None:
    """Set the hook, which nothing removes: all that comes after it is slower, so these tests are a worker's last."""
    sys.addaudithook(_guard)


@contextmanager
def case(number: int) -> Iterator[tuple[Random, Path]]:
    """The random choices of a case, and a folder of its own, in which alone files may be written."""
    watch()
    with TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name).resolve()
        tempfile.tempdir = str(folder / "tmp")
        (folder / "tmp").mkdir()
        guarded.append(folder)
        try:
            yield Random(number), folder
        finally:
            guarded.clear()
            tempfile.tempdir = None


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call returns, or None after a refusal. Any other exception is a fault."""
    try:
        return call(*arguments)
    except StandpointError as error:
        assert error.message and "\n" not in error.message, error.message
        return None


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Project:
    """A project with one article of two passes, to be copied."""
    project = new_project(tmp_path_factory.mktemp("template") / "project", CODEBOOK)
    project.actors.write_text(yaml.safe_dump({"version": "0.1.0", "actors": PEOPLE}))
    sources = [{"id": "courier", "name": "The Courier", "match": ["*"], "licence": "CC0-1.0", "language": "en"}]
    project.raw.mkdir(parents=True)
    project.sources.write_text(yaml.safe_dump({"sources": sources}))
    write_lines(project.articles / "courier.jsonl", [msgspec.convert(article_of(), Article)])
    return project


def copied(template: Project, folder: Path) -> Project:
    project = Project(folder / "project")
    for path in (project.codebook, project.actors, project.sources, project.articles / "courier.jsonl"):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template.root / path.relative_to(project.root), path)
    project.raw.mkdir(exist_ok=True)
    return project


@cache
def tasks_of(template: Project) -> list[dict]:
    """A task per pass, as Label Studio exports it: two annotators, a prediction, a skipped annotation."""
    book, actors = load_codebook(template.codebook), msgspec.convert({"version": "0.1.0", "actors": PEOPLE}, Registry)
    article = next(read_articles(template))
    tasks = []
    for number, (pass_name, items) in enumerate((("facts", facts()), ("stance", stance())), 1):
        task = make_task(article, pass_name, book, actors, True)
        made = msgspec.convert(set_of(items, "a01", pass_name), AnnotationSet)
        result = write_result(made.annotations, task["data"], book)
        times = {"created_at": "2031-05-05T08:00:00Z", "updated_at": "2031-05-05T09:00:00Z", "lead_time": 61.5}
        by = [
            {"id": 10 * number + who, "completed_by": who, "was_cancelled": who == 3, "result": result, **times}
            | {"ground_truth": False, "parent_prediction": None}
            for who in (1, 2, 3)
        ]
        drawn = [one | {"id": number} for one in task.get("predictions", [])]
        counted = {"total_annotations": 2, "cancelled_annotations": 1, "updated_at": times["updated_at"]}
        tasks.append({"id": number, "project": number, "annotations": by, "drafts": []} | task | counted | {"predictions": drawn})
    return json.loads(json.dumps(tasks))


@pytest.mark.parametrize(
    "write", [Path.touch, Path.mkdir, lambda path: path.write_text("x"), lambda path: shutil.copy(__file__, path)]
)
def test_a_case_that_writes_outside_of_its_folder_fails(tmp_path, write):
    with case(1) as (_, folder):
        write(folder / "inside")
        with pytest.raises(AssertionError, match="outside of the folder"):
            write(tmp_path / "outside")
    assert list(tmp_path.iterdir()) == []


def add_up(counts: Counter, sums: dict[str, tuple[str, ...]]) -> None:
    for total, parts in sums.items():
        assert counts[total] == sum(counts[part] for part in parts), (total, counts)


def stored_as_counted(project: Project, counts: Counter) -> None:
    """The sets and items on disk are those that were counted as stored."""
    add_up(counts, IMPORT_SUMS)
    assert counts["annotation sets"] == sum(1 for _ in read_annotation_sets(project))


@fuzz
@given(CASES)
def test_a_damaged_export_is_imported_or_refused_and_its_counts_add_up(template, number):
    with case(number) as (random, folder):
        project, told = copied(template, folder), list[Issue]()
        data = json.dumps(damaged_value(tasks_of(template), random), ensure_ascii=random.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )
        data = damaged_bytes(data, random) if random.random() < 0.3 else data
        export = folder / ("export.json" if random.random() < 0.8 else "export.json.gz")
        export.write_bytes(data if export.suffix == ".json" else damaged_bytes(gzip.compress(data), random))
        counts = outcome(import_exports, project, [export], Reporter(issue=told.append), random.random() < 0.3)
        if counts is not None:
            stored_as_counted(project, counts)
            again = outcome(import_exports, project, [export], Reporter())
            assert again is None or again["files changed"] == 0 or told


@cache
def other_files(template: Project) -> dict[str, dict[str, bytes]]:
    """The article with its annotations in each format of another tool, and in two exports of Label Studio: name -> content."""
    article = next(read_articles(template))
    made = msgspec.convert([*facts(), *stance()], list[Annotation])
    document = Document(article.id, article.text or "", article.sentences, tuple(made))
    found: dict[str, dict[str, bytes]] = {}
    for name in BOTH_WAYS:
        with TemporaryDirectory() as folder:
            writers()[name].write([document], load_codebook(template.codebook), Path(folder))
            found[name] = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    tokens = "".join(f"{word} NN {'B-PLACE' if word == 'mill' else 'O'}\n" for word in (article.text or "").split())
    found["conll-2003"] = {"a.conll": f"-DOCSTART- -X- O\n\n{tokens}".encode()}
    row = {
        "id": 1,
        "text": article.text,
        "annotator": 1,
        "annotation_id": 11,
        "lead_time": 2.5,
        "genre": "report",
        "agent": "act-000001",
    }
    row["events"] = [{"start": 25, "end": 31, "text": "seized", "labels": ["territory.capture"]}]
    found["rows"] = {"rows.json": json.dumps([row]).encode()}
    cells = ",".join(
        '"' + str(json.dumps(value) if isinstance(value, list) else value).replace('"', '""') + '"' for value in row.values()
    )
    found["table"] = {"rows.csv": f"{','.join(row)}\r\n{cells}\r\n".encode()}
    found["page"] = {"page.json": json.dumps({"tasks": tasks_of(template)}).encode()}
    return found


@fuzz
@given(CASES)
def test_a_damaged_file_of_another_tool_is_imported_or_refused_and_its_counts_add_up(template, number):
    with case(number) as (random, folder):
        project, told = copied(template, folder), list[Issue]()
        (folder / "theirs").mkdir()
        files = dict(random.choice(list(other_files(template).values())))
        for name in random.sample(sorted(files), random.randint(0, min(2, len(files)))):
            if name.endswith((".jsonl", ".json")) and random.random() < 0.7:
                lines = [damaged_value(json.loads(line), random) for line in files[name].splitlines()]
                files[name] = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
            else:
                files[name] = damaged_bytes(files[name], random)
        for name, data in files.items():
            (folder / "theirs" / name).write_bytes(data)
        stated = random.choice(({}, {"PLACE": ""}, {"PLACE": "TIME"}))
        options = DocumentOptions(stated=stated, fragments=random.choice(("refuse", "cover", "first")))
        paths = [folder / "theirs"] if random.random() < 0.7 else [folder / "theirs" / name for name in sorted(files)]
        counts = outcome(import_exports, project, paths, Reporter(issue=told.append), False, "a01", options)
        if counts is not None:
            stored_as_counted(project, counts)
            again = outcome(import_exports, project, paths, Reporter(), False, "a01", options)
            assert again is None or again["files changed"] == 0 or told
        outcome(ingest_paths, project, [folder / "theirs"], project.sources, Reporter())


LEAD = "The army left the bridge on Tuesday, a spokesman said.\n\nIt isn’t over, Zoë Quill wrote – not yet. 😀\n\n"
RECORD = {
    "title": "Bridge left",
    "text": LEAD * 3,
    "published": "2031-03-12",
    "url": "https://courier.example/a",
    "byline": "Zoë Quill",
}
PAGE = (
    '<html><head><meta charset="utf-8"><title>Bridge left</title><meta property="article:published_time" content="2031-03-12">'
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge left", "author": {"name": "Zoë"}}</script></head>'
    f"<body><nav><a href='/'>Home</a></nav><article><h1>Bridge left</h1>{''.join(f'<p>{line}<br>' for line in LEAD.split() * 9)}</article></html>"
)
RAW: dict[str, bytes] = {
    "a.txt": ("Bridge left\n\n" + LEAD * 3).encode(),
    "a.md": f"---\ntitle: Bridge left\ndate: 2031-03-12\ntags: [a, b]\n---\n\n{LEAD}[1](#n)\n".encode(),
    "a.html": PAGE.encode(),
    "latin.html": PAGE.replace("utf-8", "iso-8859-1").replace("😀", "").encode("cp1252"),
    "a.csv": f'title,text,published\nBridge left,"{LEAD}",2031-03-12\nBridge,"{LEAD}",\n'.encode(),
    "a.txt.gz": gzip.compress(LEAD.encode()),
    "a.rss": f"<rss version=\"2.0\"><channel><item><title>Bridge left</title><pubDate>Wed, 12 Mar 2031 08:00:00 GMT</pubDate><content:encoded>"
    f"<![CDATA[<p>{LEAD}</p>]]></content:encoded></item><item><title>Mill</title><description>Shut.</description></item></channel></rss>".encode(),
    "a.atom": f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>Bridge left</title><content>{LEAD}</content></entry></feed>".encode(),
    "a.warc": warc_record("request", "https://q.example/1", b"GET / HTTP/1.1") + page_record("https://q.example/1", PAGE.encode()),
    "a.warc.gz": gzip.compress(page_record("https://q.example/1", gzip.compress(PAGE.encode()), http={"Content-Encoding": "gzip"})),
    "a.docx": docx_of([("Title", "Bridge left"), *LEAD.split("\n\n"), ("caption", "The bridge.")]),
    "a.pdf": pdf_of([[(60, 760, "Bridge left"), *column_of("The army left the bridge on Tuesday. " * 9, 60, 700, 40)]] * 2),
    "a.rtf": rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 {\field{\*\fldinst{HYPERLINK x}}{\fldrslt{Bridge left}}}\par It isn\'92t \u8220?over\u8221?.}",
    "nexis.txt": f"Bridge left\n\nQuay Post\n\nMarch 12, 2031\n\nLength: 40 words\n\nBody\n\n{LEAD}\n\nEnd of Document\n".encode(),
    "factiva.txt": f"HD Bridge left\nWC 40 words\nPD 12 March 2031\nSN Quay Post\n\nLP\n{LEAD}\n\nAN Document QUAY000020310312e73c00001\n".encode(),
}  # fmt: skip
RAW["a.zip"] = zip_of(RAW)
ANSWER = {"status": "ok", "articles": [{"source": {"name": "Q"}, "author": None, "title": "Bridge left", "description": "", "url": "https://q.example/1", "publishedAt": "2031-03-12T08:00:00Z", "content": LEAD}]}  # fmt: skip


def raw_file(random: Random) -> tuple[str, bytes]:
    """A damaged raw file and its name."""
    name = random.choice((*RAW, "answer.json", "a.json", "a.jsonl", "a.parquet"))
    if name in RAW:
        return name, damaged_bytes(RAW[name], random)
    if name == "answer.json":
        return name, json.dumps(damaged_value(ANSWER, random)).encode()
    found = damaged_value([RECORD, RECORD | {"text": LEAD * 2, "published": 1931040000}], random)
    if name == "a.parquet":
        sink = pa.BufferOutputStream()
        try:
            pq.write_table(pa.Table.from_pylist(found), sink)
        except Exception:  # a table that pyarrow cannot hold
            pq.write_table(pa.Table.from_pylist([RECORD]), sink)
        data = sink.getvalue().to_pybytes()
    elif name == "a.json" or not isinstance(found, list):
        data = json.dumps(found, indent=random.choice((None, 1))).encode()
    else:
        data = b"".join(json.dumps(record).encode() + b"\n" for record in found)
    return name, damaged_bytes(data, random) if random.random() < 0.4 else data


INGEST_SUMS = {"files": ("read", "file_refused", "about"), "records": ("articles", "duplicates", "record_refused", "taken_down")}


@fuzz
@given(CASES)
def test_a_damaged_raw_file_is_ingested_or_refused_and_its_counts_add_up(template, number):
    with case(number) as (random, folder):
        project = copied(template, folder)
        name, data = raw_file(random)
        path = project.raw / name
        path.write_bytes(data)
        before = {article.id for article in read_articles(project)}
        told: list[Issue] = []
        counts = outcome(ingest_paths, project, [path], project.sources, Reporter(issue=told.append))
        if counts is not None:
            add_up(counts, INGEST_SUMS)
            assert len({article.id for article in read_articles(project)} - before) == counts["articles"]
            refused = counts["file_refused"] + counts["record_refused"]
            assert sum(issue.level == "error" for issue in told) >= refused


@fuzz
@given(CASES)
def test_a_codebook_that_is_accepted_has_pages_tables_and_tasks(template, number):
    """What `codebook check` does not refuse, no later step refuses."""
    with case(number) as (random, folder):
        grammar = damaged_value(random.choice((CODEBOOK, ANOTHER_CODEBOOK, HARVEST)), random)
        text = yaml.safe_dump(grammar, sort_keys=False, allow_unicode=True).encode("utf-8", "surrogatepass")
        path = folder / "codebook.yaml"
        path.write_bytes(damaged_bytes(text, random) if random.random() < 0.3 else text)
        book = outcome(load_codebook, path)
        if book is None:
            return
        features(book)
        article, registry = next(read_articles(template)), Registry("0.1.0")
        for one in book.passes:
            label_config(book, one.name)
            make_task(article, one.name, book, registry, True)


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    """A small release and, beside it, predictions for it."""
    folder = tmp_path_factory.mktemp("release") / "release"
    build(records(corpus()), plan(), folder)
    return folder


def damage_release(folder: Path, random: Random) -> None:
    """Damage one file of a release. Mostly the checksums fit: then somebody has published it so."""
    path = random.choice([path for path in sorted(folder.rglob("*")) if path.is_file()])
    data = path.read_bytes()
    if path.suffix == ".parquet" and random.random() < 0.8:
        table = pq.read_table(pa.BufferReader(data))
        try:
            pq.write_table(pa.Table.from_pylist(damaged_value(table.to_pylist(), random), schema=table.schema), path)
        except Exception:  # values that the columns cannot hold
            path.write_bytes(damaged_bytes(data, random))
    elif path.suffix in (".yaml", ".json") and random.random() < 0.7:
        value = damaged_value(yaml.safe_load(data), random)
        path.write_bytes(json.dumps(value).encode())
    else:
        path.write_bytes(damaged_bytes(data, random))
    if random.random() < 0.9 and path.name != SUMS:
        (folder / SUMS).write_text(checksums(folder), encoding="utf-8")


def predictions_of(path: Path, random: Random) -> None:
    lines = [{"id": article.id, "spans": [], "model": "m"} for article in corpus()]
    path.write_bytes(b"".join(json.dumps(damaged_value(line, random)).encode() + b"\n" for line in lines))


@fuzz
@given(CASES)
def test_a_damaged_release_is_read_or_refused(release, number):
    with case(number) as (random, folder):
        copy = folder / "release"
        shutil.copytree(release, copy, copy_function=shutil.copyfile)
        damage_release(copy, random)
        use = random.randrange(6)
        if use == 0:
            outcome(lambda: list(compare_releases(release, copy)))
        elif use == 1:
            predictions_of(folder / "predictions.jsonl", random)
            if (gold := outcome(lambda: gold_of(open_release(copy), "test"))) is not None:
                outcome(score_file, gold, folder / "predictions.jsonl", 0, 1, Reporter())
        elif use == 2:
            (folder / "copies").mkdir()
            for article in corpus():
                (folder / "copies" / f"{article.id}.txt").write_text(article.text)
            outcome(hydrate_release, copy, [folder / "copies"], None, folder / "out", Reporter())
        elif use == 3:
            path = folder / "predictions.jsonl"
            outcome(lambda: write_predictions(open_release(copy), "rules", "test", path, 1, Reporter()))
        else:
            name = random.choice(sorted(set(writers()) - {"spacy", "xmi"} if use == 4 else set(writers())))
            options = ExportOptions(name, None, skip_withheld=True)
            counts = outcome(export_release, copy, options, folder / "out", Reporter())
            if counts is not None:
                assert all(path.resolve().is_relative_to(folder / "out") for path in (folder / "out").rglob("*"))


class Answers(BaseHTTPRequestHandler):
    """What is asked of a Label Studio with one project per pass; every answer may be damaged."""

    protocol_version = "HTTP/1.1"
    tasks: list[dict]
    random: Random

    def answer(self) -> Any:
        path, query = urlsplit(self.path).path.rstrip("/"), parse_qs(urlsplit(self.path).query)
        if path.endswith("/version"):
            return {"release": "1.23.2"}
        if path.endswith("/whoami"):
            return {"id": 9, "email": "desk@standpoint.invalid", "username": "desk", "active_organization": 1}
        if path.endswith("/users"):
            return [{"id": who, "email": f"a0{who}@standpoint.invalid", "username": f"a0{who}"} for who in (1, 2, 3)]
        if path.endswith("/projects"):
            wanted = query.get("title", [""])[0]
            titles = ("standpoint facts a01", "standpoint stance a01")
            found = [{"id": number, "title": title} for number, title in enumerate(titles, 1) if title.startswith(wanted)]
            return {"count": len(found), "next": None, "previous": None, "results": found}
        if path.endswith("/drafts"):
            return []
        chosen = [task for task in self.tasks if str(task["project"]) == query.get("project", [""])[0]]
        filters = json.loads(query["query"][0])["filters"]["items"] if "query" in query else []
        for one in filters:
            if one["operator"] == "greater":
                chosen = [task for task in chosen if task["id"] > one["value"]]
            elif one["filter"].endswith("draft_exists"):
                chosen = []
        return {"tasks": chosen, "total": len(chosen), "total_annotations": 0, "total_predictions": 0}

    def do_GET(self) -> None:
        self.send(self.answer())

    def do_PATCH(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send({"id": 1, "data": {}, "project": 1, "created_at": "2031-05-05T08:00:00Z", "updated_at": "2031-05-05T08:00:00Z"})

    def do_DELETE(self) -> None:
        self.send({})

    def send(self, data: Any) -> None:
        if self.random.random() < 0.25:
            data = damaged_value(data, self.random)
        body = json.dumps(data).encode()
        if self.random.random() < 0.05:
            body = damaged_bytes(body, self.random)
        self.send_response(200 if self.random.random() < 0.97 else self.random.choice((204, 400, 401, 403, 404, 418)))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def odd_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def pull(project: Project, client: Client) -> None:
    stored_as_counted(project, pull_annotations(project, client, Reporter()))


USES: tuple[Callable[[Project, Client], object], ...] = (
    pull,
    lambda project, client: check_submitted(project, client, Reporter(), "standpoint"),
    lambda project, client: measure_progress(project, client, Reporter(), "standpoint"),
    lambda project, client: backup_projects(project, client, None, Reporter(), "standpoint"),
    lambda project, client: delete_article(project, client, "courier-undated-00000000", Reporter()),
    lambda project, client: RemoteTasks(client, 1).deduplicate(),
)


@pytest.mark.server
@fuzz
@given(CASES)
def test_odd_answers_of_a_server_are_read_or_refused(odd_server, template, number):
    with case(number) as (random, folder):
        project = copied(template, folder)
        Answers.tasks, Answers.random = tasks_of(template), random

        def use() -> None:
            client = connect(odd_server, "t" * 40)
            try:
                random.choice(USES)(project, client)
            finally:
                client.sdk.http.close()

        outcome(use)
