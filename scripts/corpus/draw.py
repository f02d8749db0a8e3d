"""Draw the articles of the real corpus from public copies of their texts: python scripts/corpus/draw.py CORPORA PROJECT

CORPORA has the folders re3d/, fa-kes/, muc3/, presidents/ and aleppo/, each a public copy (docs/corpus.md says where they are).
PROJECT is a new folder: it gets our guidelines, the sources and the first registry that lie beside this script, and the articles.
All is done by the commands below, with a seed, so that the same copies give the same articles: articles.txt has their ids. What
has been annotated so far lies in annotated/, without a word of a text, and is copied into the project.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
OWN = HERE.parent.parent / "guidelines"
# Whole corpora, and stories that outlets of both sides tell: of Syria four tellers each, of San Salvador up to three, of the war
# in Ukraine its two presidents.
WHOLE = ("re3d/*/documents.json", "aleppo/*.txt")
DRAWN = {
    "fa-kes": "--stories 24 --outlets 4 --most-outlets 4 --sides 2 --density 0.3 --triggers 1",
    "muc3": "--stories 10 --outlets 2 --most-outlets 3 --sides 2 --density 0.3 --triggers 1",
    "presidents": "--stories 10 --outlets 2 --sides 2 --density 0.3 --triggers 1 --since 2022-02-20",
}
EVERY = "--only-stories --words 60 --seed 1"
FOLDERS = {"muc3": ("dev", "tst1", "tst2", "tst3")}  # the others have labels


def main(corpora: Path, project: Path) -> None:
    if project.exists() and any(project.iterdir()):
        sys.exit(f"{project}: is not empty; name a new folder")
    shutil.copytree(OWN, project / "guidelines", ignore=shutil.ignore_patterns("suggestions-off.tsv"))
    shutil.copy(HERE / "actors.yaml", project / "guidelines")
    (project / "dataset").mkdir()
    (project / "splits").mkdir()
    shutil.copy(HERE / "sources.yaml", project / "dataset")
    with TemporaryDirectory() as folder:
        for corpus, options in DRAWN.items():
            out = Path(folder) / corpus
            archive = [corpora / corpus / name for name in FOLDERS.get(corpus, ("",))]
            command(project, "pool", *archive, "--out", out, *options.split(), *EVERY.split())
            command(project, "ingest", out / "records", "--sources", out / "sources.yaml")
    command(project, "ingest", *(path for glob in WHOLE for path in sorted(corpora.glob(glob))))
    shutil.copytree(HERE / "annotated", project / "dataset", dirs_exist_ok=True)
    command(project, "check")


def command(project: Path, *words: object) -> None:
    """A command of ours in the project; what it refuses is shown, and others go on."""
    line: Sequence[str] = [str(Path(sys.executable).with_name("standpoint")), "--project", str(project), *map(str, words)]
    print("standpoint", *line[3:], flush=True)
    done = subprocess.run(line, check=False)
    if done.returncode == 2:
        sys.exit(2)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
