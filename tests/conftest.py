"""Fixtures of the whole test run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from standpoint.server.accounts import Running

# How long an example takes says how busy the machine is, so no test depends on it.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that uses the server; modules that have one come first, as they take longest."""
    for item in items:
        if "label_studio" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)
    longest = {item.path for item in items if item.get_closest_marker("server")}
    items.sort(key=lambda item: item.path not in longest)


# Runs inside the server before anything else: notes each address that it tries to reach or to look up.
WATCH = """
import sys
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        with open({path!r}, "a") as file:
            file.write(f"{{arguments[1] if event == 'socket.connect' else arguments[:2]}}\\n")
sys.addaudithook(note)
"""


@pytest.fixture(scope="session")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the addresses that the test run's server tried to reach."""
    path = tmp_path_factory.mktemp("watch") / "reached.txt"
    path.touch()
    (path.parent / "sitecustomize.py").write_text(WATCH.format(path=str(path)))
    return path


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory, reached: Path) -> Iterator[Running]:
    """One real Label Studio for all tests of a worker."""
    pytest.importorskip("label_studio")
    from standpoint.server.embedded import running_server as serve

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(reached.parent), os.environ.get("PYTHONPATH")))))
        with serve(tmp_path_factory.mktemp("label-studio")) as running:
            yield running


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The public corpora that are not part of the project (re3d/, aleppo/); STANDPOINT_CORPORA says where they are."""
    folder = Path(os.environ.get("STANDPOINT_CORPORA") or Path(__file__).parent.parent.parent / "shared" / "corpora")
    if not (folder / "re3d").is_dir() or not (folder / "aleppo").is_dir():
        pytest.skip(f"{folder} has no re3d/ and aleppo/; name the folder that has with STANDPOINT_CORPORA")
    return folder
