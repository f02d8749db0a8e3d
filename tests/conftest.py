"""Fixtures of the whole test run."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from standpoint.server.accounts import RunningServer

# How long an example takes says how busy the machine is, so no test depends on it.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
# pygamma-agreement compiles its loops when it is first used, which takes longer than they do on the few units of a test.
os.environ["NUMBA_DISABLE_JIT"] = "1"
# Repositories of tests are small, and are copied often: without the examples of hooks, and never tidied up.
os.environ |= {
    "GIT_TEMPLATE_DIR": "",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "maintenance.auto",
    "GIT_CONFIG_VALUE_0": "false",
}
# There is a worker for each core: what tests start takes one core for its linear algebra, too.
os.environ["OPENBLAS_NUM_THREADS"] = "1"


# The modules that take more than ten seconds, and the longest of `make check`, in the order in which workers take them: the longest
# first, but second one that needs no ``label_studio``, as the first worker takes half a minute to make its database, which the others
# copy.
LONGEST = (
    *("test_label_page", "test_demo", "test_postgres", "test_own_versions", "test_adjudication", "test_building", "test_release"),
    *("test_sync", "test_flow", "test_backup", "test_isolation", "test_server", "test_live", "test_browser", "test_publish"),
    *("test_guide_links", "test_diff", "test_agreement", "test_formats", "test_elsewhere", "test_guide", "test_team"),
    *("test_wheel", "test_baseline", "test_cli"),
)
LAST = ("test_fuzz",)  # what it needs makes all that comes after it slower


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that uses the server, and put the modules first that take longest, so that no worker ends long after another.

    A few modules come last.
    """
    for item in items:
        if "label_studio" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (item.path.stem in LAST, place.get(item.path.stem, len(place))))


def pytest_collection_finish() -> None:
    """What is there before the first test stays there, and the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


# Runs inside the server before anything else: notes each address that it tries to reach or to look up.
WATCH = """
import sys
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        with open({path!r}, "a") as file:
            file.write(f"{{arguments[1] if event == 'socket.connect' else arguments[:2]}}\\n")
sys.addaudithook(note)
"""


@pytest.fixture(autouse=True)
def own_datasets_cache(tmp_path_factory, monkeypatch):
    """Loading a dataset has a cache of its own, says nothing, and asks no server."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets" / uuid4().hex)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


@pytest.fixture(scope="session")
def reached_addresses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the addresses that the test run's server tried to reach."""
    path = tmp_path_factory.mktemp("watch") / "reached.txt"
    path.touch()
    (path.parent / "sitecustomize.py").write_text(WATCH.format(path=str(path)))
    return path


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory, reached_addresses: Path) -> Iterator[RunningServer]:
    """One real Label Studio for all tests of a worker, on a copy of the database that the first worker has made."""
    pytest.importorskip("label_studio")
    from standpoint.server.server_process import running_server as serve

    folder = tmp_path_factory.mktemp("label-studio") / "server"
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else tmp_path_factory.getbasetemp()
    template = shared / "label-studio-template"
    with FileLock(shared / "label-studio-template.lock"):
        if not template.exists():
            unfinished = tmp_path_factory.mktemp("template") / "server"
            with serve(unfinished):
                pass
            unfinished.rename(template)
    shutil.copytree(template, folder)
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # only for the server: what tests start is not watched
            patch.setenv(
                "PYTHONPATH", os.pathsep.join(filter(None, (str(reached_addresses.parent), os.environ.get("PYTHONPATH"))))
            )
            running = stack.enter_context(serve(folder))
        yield running


@pytest.fixture(scope="session", autouse=True)
def one_browser() -> Iterator[None]:
    """Browser tests share one browser, each with a context of its own; it is closed after the last test."""
    yield
    if "browser" in sys.modules:
        sys.modules["browser"].close_browser()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The public corpora that are not part of the project (re3d/, aleppo/); STANDPOINT_CORPORA says where they are."""
    folder = Path(os.environ.get("STANDPOINT_CORPORA") or Path(__file__).parent.parent.parent / "shared" / "corpora")
    if not (folder / "re3d").is_dir() or not (folder / "aleppo").is_dir():
        pytest.skip(f"{folder} has no re3d/ and aleppo/; name the folder that has with STANDPOINT_CORPORA")
    return folder
