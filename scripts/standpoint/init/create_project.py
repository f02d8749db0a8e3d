"""Make a project: a folder with the files of a template, which runs as it is.

``templates/`` has a folder per template and one for what every project has, and beside each one a folder with what ``--example``
adds or replaces. Their files are written as they are: nothing of a new project follows from the name of its folder.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import write_whole
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.repository import Repository
from standpoint.init.example import ARTICLES, raw_files, read_example, store_example

EVERY = "every"  # the template of what all projects have
OWN = "standpoint"  # the template with our guidelines
OF_THE_CORPUS = ("actors.yaml", "suggestions-off.tsv")  # among our guidelines: what is about our corpus, not about any
RENAMED = {  # a package has no hidden files
    "gitignore": ".gitignore",
    "gitattributes": ".gitattributes",
    "dataset/raw/gitkeep": "dataset/raw/.gitkeep",
}
CODEBOOK = "guidelines/codebook.yaml"
SHOWN = 5  # files in the way that are named


def create_project(folder: Path, template: str, example: bool, reporter: Reporter, say: Callable[[str], None]) -> list[str]:
    """Write a project's files into a folder, which may exist, and begin a git repository; what was done, and what to do next.

    Nothing is overwritten: StandpointError names the files that are in the way. A file that is there with the same content is
    not in the way, so that a run that was interrupted can be repeated.
    """
    project, contents = Project(folder.resolve()), template_files(template, example)
    marked = read_example(contents.pop(ARTICLES)) if ARTICLES in contents else ()
    contents |= {f"dataset/raw/{name}": content for name, content in raw_files(marked)}
    with begun(folder, project, contents, say) as written:
        store_example(project, marked, reporter)
    lines = [f"{folder}: a project from the template {template}, {written} files written"]
    if example:
        articles, sets = (sum(1 for _ in records) for records in (read_articles(project), read_annotation_sets(project)))
        lines.append(f"its example has {articles} invented articles, and {sets} annotation sets that no person made")
    return [*lines, begin_repository(project.root), *next_lines(folder, project, IMPORTED if example else EMPTY)]


@contextmanager
def begun(folder: Path, project: Project, contents: Mapping[str, bytes], say: Callable[[str], None]) -> Iterator[int]:
    """A new project with these files, which no other command writes in during the block; yields how many were written."""
    try:
        if taken := sorted(files_in_the_way(project.root, contents)):
            more = f" and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
            message = f"{folder}: {', '.join(taken[:SHOWN])}{more} would be overwritten"
            raise StandpointError(message, "name another folder, or move these files away")
        with project.locked("standpoint init", say):
            written = write_files(project.root, contents)
            project.ensure_id()
            yield written
    except OSError as error:
        where = error.filename or folder
        raise StandpointError(
            f"{where}: cannot be read or written: {error.strerror}", "name a folder that you may write in"
        ) from None


def write_files(root: Path, contents: Mapping[str, bytes]) -> int:
    """Write the files that are not there yet, and return their number. The codebook, which makes a project, comes last."""
    missing = [name for name in sorted(contents, key=lambda name: (name == CODEBOOK, name)) if not (root / name).exists()]
    for name in missing:
        write_whole(root / name, contents[name])
    return len(missing)


# The first three commands for a new project, with annotation sets and without.
IMPORTED = ("standpoint check", "standpoint adjudicate", "standpoint split && standpoint build")
EMPTY = ("standpoint codebook check", "standpoint ingest dataset/raw", "standpoint serve")


def next_lines(folder: Path, project: Project, commands: Sequence[str]) -> list[str]:
    """What to do next, for somebody who may have to go into the folder first."""
    here = [] if project.root == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    return ["next:", *(f"  {line}" for line in (*here, *commands))]


def template_files(template: str, example: bool) -> dict[str, bytes]:
    """The content of each file of a template, by its path in a project; what an example adds or replaces comes last."""
    layers = [EVERY, template, *((f"{EVERY}-example", f"{template}-example") if example else ())]
    templates = files(__package__) / "templates"
    own = {f"guidelines/{name}": content for name, content in _own_guidelines()} if template == OWN else {}
    folders = [templates / layer for layer in layers if layer != OWN]
    return {RENAMED.get(name, name): content for folder in folders for name, content in _files_below(folder)} | own


def _own_guidelines() -> Iterator[tuple[str, bytes]]:
    """The files of our guidelines. A wheel has a copy, made as it is built; in a checkout they are in its own guidelines/."""
    packed = files(__package__) / "guidelines"
    folder = packed if packed.is_dir() else Path(__file__).parents[3] / "guidelines"
    return ((name, content) for name, content in _files_below(folder) if name not in OF_THE_CORPUS)


def _files_below(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files_below(item, f"{above}{item.name}/")
        else:
            yield above + item.name, item.read_bytes()


def files_in_the_way(root: Path, contents: Mapping[str, bytes]) -> set[str]:
    """The paths of a folder at which there is something else than what would be written."""
    taken = set()
    for name, content in contents.items():
        path = root / name
        if os.path.lexists(path) and not (path.is_file() and path.read_bytes() == content):
            taken.add(name)
        folders = (str(parent) for parent in PurePosixPath(name).parents if parent.parts)
        taken |= {parent for parent in folders if os.path.lexists(root / parent) and not (root / parent).is_dir()}
    return taken


def begin_repository(root: Path) -> str:
    """Begin a git repository, unless the folder is in one already; a sentence that says which."""
    # Looked for by its folder and not by git, which denies a repository that belongs to somebody else.
    above = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if above:
        return f"git: the folder is in the repository {above}; no other is begun"
    try:
        Repository(root, "").git("init", "--quiet")
    except StandpointError as error:
        return f"git: no repository is begun ({error.message}); a release needs one"
    return "git: a new repository, in which nothing is committed yet"
