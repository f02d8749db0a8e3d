"""The package as its users get it: a wheel that is installed without extras, in an environment of its own, and does the core's work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import versioned_project
from another_codebook import another_codebook
from local_hub import serving
from nonempty import nonempty
from standpoint.codebook.registry import NO_ACTORS
from standpoint.core.corpus import read_articles
from standpoint.core.project import TEMPLATES
from standpoint.pages.task_json import write_result
from standpoint.pages.tasks import make_task

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "scripts" / "standpoint"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSIONS = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if name.startswith("Programming Language")]
PAGE = """<html><head><title>Rain on plot 12</title><meta property="article:published_time" content="2031-05-20"></head><body><article>
<h1>Rain on plot 12</h1><p>The rain of the night has filled the cistern above plot 12, and the growers hope for a second barley.</p>
<p>Nobody had expected it. The quinces, which were thought lost, fetched eleven marks a crate on Thursday.</p></article></body></html>
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "guidelines", source / "guidelines")
    shutil.copytree(PACKAGE, source / "scripts" / "standpoint", ignore=shutil.ignore_patterns("__pycache__"))
    words = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(source / "dist"), str(source)]
    subprocess.run([sys.executable, "-m", *words], check=True)
    (made,) = (source / "dist").iterdir()
    return made


def test_the_wheel_has_every_file_of_the_package(wheel):
    ours = {
        path.relative_to(PACKAGE.parent).as_posix() for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }
    guidelines = ROOT / "guidelines"
    ours |= {f"standpoint/init/guidelines/{path.relative_to(guidelines)}" for path in guidelines.rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as packed:
        assert {name for name in packed.namelist() if ".dist-info/" not in name} == ours
        (metadata,) = (packed.read(name).decode() for name in packed.namelist() if name.endswith("/METADATA"))
    # pip before 23.3 does not know the extra html_clean of lxml, by which a dependency of trafilatura asks for it.
    assert "\nRequires-Dist: lxml_html_clean\n" in metadata
    assert {f"Provides-Extra: {name}" for name in PROJECT["optional-dependencies"]} <= set(metadata.splitlines())


def index() -> dict[str, str]:
    """The package index that pip is configured for, as uv takes it."""
    words = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    address = os.environ.get("PIP_INDEX_URL") or subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    return {"UV_DEFAULT_INDEX": address} if address else {}


def interpreter(version: str) -> str:
    """The Python of a version that is on the path; of those that pyenv keeps, too."""
    if version == "{}.{}".format(*sys.version_info):
        return sys.executable
    pyenv = shutil.which("pyenv")
    kept = (
        subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=True).stdout.split() if pyenv else []
    )
    ask = [shutil.which(f"python{version}") or "false", "-c", "import sys; print(sys.executable)"]
    found = subprocess.run(ask, env=os.environ | {"PYENV_VERSION": ":".join(kept)}, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"no Python {version} on the path")
    return found.stdout.strip()


@pytest.fixture(scope="module", params=VERSIONS)
def clean_environment(request, wheel, tmp_path_factory) -> Iterator[Path]:
    """The folder of commands of a new environment that has the wheel without extras, in the versions of constraints.txt."""
    uv = pytest.importorskip("uv", reason="uv makes the clean environments, in a tenth of pip's time").find_uv_bin()
    folder = tmp_path_factory.mktemp("clean") / "environment"
    subprocess.run([uv, "venv", "--quiet", "--python", interpreter(request.param), str(folder)], check=True)
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    words = [uv, "pip", "install", "--quiet", "--python", str(folder), *constraints, str(wheel)]
    done = subprocess.run(words, env=os.environ | index(), capture_output=True, text=True, check=False)
    if done.returncode and re.search("error sending request|network was disabled", done.stderr):
        pytest.skip(f"no package index is reached: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    yield folder / "bin"
    shutil.rmtree(folder)  # it has 900 MB


@pytest.mark.index
def test_it_is_installed_without_extras_and_names_each_that_is_missing(clean_environment, tmp_path):
    """All verbs of the core in a folder with raw files, a codebook and an export, from there to a dataset that is scored."""
    assert (
        "Usage: standpoint" in subprocess.run([clean_environment / "standpoint", "--help"], capture_output=True, text=True).stdout
    )
    project = project_before_ingest(tmp_path / "orchard")
    work = [
        (0, "codebook check"),
        (0, "ingest dataset/raw"),
        (0, "push --to tasks"),
        (2, "push"),  # no server
        (0, "import export.json"),
        (0, "check"),
        (0, "agree --resamples 50"),
        (2, "agree --gamma"),
        (0, "adjudicate"),
        (0, "split"),
        (0, "leaks"),
        (0, "build"),
        (2, "guide --build"),
        (2, "pull --url http://127.0.0.1:9 --token 0123456789012345678901234567890123456789"),
    ]
    said = run_all(work, clean_environment, project)
    assert "CARD-BASELINES the card has no scores of the baselines" in said
    for extra in ("server", "gamma", "guide"):
        assert f"hint: pip install 'standpoint[{extra}]'" in said, said
    assert "127.0.0.1:9" in said  # the client of Label Studio is there, and nobody answers
    run_without_a_project(clean_environment, project, tmp_path / "elsewhere")
    assert run_in(clean_environment, project, LOAD).splitlines()[0] == "2 2 2 4"


def run_without_a_project(environment: Path, project: Path, folder: Path) -> None:
    """What needs a release only, in an empty folder: the release of the project by its path, and by its name on a Hub."""
    folder.mkdir()
    release, name = str(project / "dataset" / "release"), "veld/orchard@v1.0.0"
    work = [
        (0, f"baseline rules {name} --out rules.jsonl"),
        (0, f"baseline by_source_and_actor {release} --out control.jsonl"),
        (2, f"baseline trained {release} --out trained.jsonl"),
        (0, f"score {name} rules.jsonl --resamples 50"),
        (0, f"export {name} --format brat --out brat"),
        (2, f"export {release} --format xmi --out xmi"),
        (0, f"hydrate {name} --from {project / 'dataset' / 'raw'} --out hydrated"),
        (0, f"release diff {name} {release}"),
        (0, f"leaks {name}:train {release}:test"),
    ]
    with serving() as hub:
        hub.add("veld/orchard", "v1.0.0", project / "dataset" / "release")
        said = run_all(work, environment, folder, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="0")
    for extra in ("baselines", "formats"):
        assert f"hint: pip install 'standpoint[{extra}]'" in said, said
    assert {path.name for path in folder.iterdir()} - {".cache", "home"} == {"rules.jsonl", "control.jsonl", "brat", "hydrated"}


def run_all(work: list[tuple[int, str]], environment: Path, folder: Path, **variables: str) -> str:
    """What commands say, each of which must end with its exit code."""
    said = run_in(environment, folder, RUN, json.dumps([words.split() for _, words in work]), **variables)
    assert [line for line in said.splitlines() if line.startswith("exit ")] == [
        f"exit {code}: {words}" for code, words in work
    ], said
    assert "Traceback" not in said
    return said


@pytest.mark.index
def test_it_takes_the_templates_to_releases(clean_environment, request, tmp_path):
    """Each environment takes its share of the templates, so that all of them are taken from the wheel once."""
    place = VERSIONS.index(request.node.callspec.params["clean_environment"])
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Maintainers\n\temail = maintainers@example.org\n")
    for template in nonempty(list(TEMPLATES)[place :: len(VERSIONS)]):
        project, home = tmp_path / template, {"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hub")}
        run_in(clean_environment, tmp_path, RUN, json.dumps([["init", template, "--template", template, "--example"]]), **home)
        work = ["check", "agree --resamples 0", "adjudicate", "split", "build"]
        said = run_in(clean_environment, project, RUN, json.dumps([words.split() for words in work]), **home)
        assert said.count("exit 0: ") == len(work), said
        if template == "standpoint":  # the whole corpus: one version is built, and its actors are to be merged before another
            assert "28  rows of documents" in said
            continue
        for words in (["add", "--all"], ["commit", "--quiet", "--message", "The example"]):
            subprocess.run(["git", *words], cwd=project, env=os.environ | home, check=True)
        said = run_in(clean_environment, project, RUN, json.dumps([["release", "create", "0.1.0"]]), **home)
        assert "exit 0: release create 0.1.0" in said, said
        assert sum(map(int, run_in(clean_environment, project, LOAD_SIZES, **home).splitlines()[0].split())) == 6


RUN = """
import json, sys
from standpoint.cli import main
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as end:
        print(f"exit {end.code or 0}:", *words, flush=True)
"""
LOAD = """
from datasets import load_dataset
from standpoint.loading import named
data = load_dataset("dataset/release")
rows = {split: [named(row, rows.features) for row in rows] for split, rows in data.items()}
print(*map(len, rows.values()), sum(len(row["crops"]) for row in rows["test"]))
"""
LOAD_SIZES = """
from datasets import load_dataset
print(*load_dataset("dataset/release").num_rows.values())
"""


def run_in(environment: Path, folder: Path, code: str, *words: str, **variables: str) -> str:
    """What Python code says in an environment, in a folder, with nothing of this process's environment but the path."""
    cleared = {
        "PATH": os.environ["PATH"],
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / "home"),
        "HOME": str(folder),
    } | variables
    command = [str(environment / "python"), "-c", code, *words]
    done = subprocess.run(command, cwd=folder, env=cleared, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def project_before_ingest(root: Path) -> Path:
    """The orchard with its raw files, also a page, and the annotators' work as an export of Label Studio."""
    project, codebook = versioned_project.make(root), another_codebook()
    tasks = []
    for number, article in enumerate(sorted(read_articles(project), key=lambda article: article.id), 1):
        data = make_task(article, "reading", codebook, NO_ACTORS)["data"]
        own = [(name, versioned_project.own_set(article, name).annotations) for name in ("m01", "m02")]
        results = [(name, write_result(annotations, data, codebook)) for name, annotations in own]
        work = [
            {"id": number * 10 + place, "completed_by": {"id": place, "email": f"{name}@standpoint.invalid"}, "result": result}
            for place, (name, result) in enumerate(results, 1)
        ]
        tasks.append({"id": number, "data": data, "annotations": work})
    (root / "export.json").write_bytes(msgspec.json.encode(tasks))
    for name in nonempty(("articles", "annotations", "adjudicated")):
        shutil.rmtree(root / "dataset" / name)
    (project.raw / "rain.html").write_text(PAGE, encoding="utf-8")
    project.sources.write_text(project.sources.read_text().replace("*.txt", "*.*"))
    return root
