"""What the page on loading shows, shown on the project's own data: each of its blocks runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from example import EXAMPLE

ROOT = Path(__file__).parent.parent.parent
# After the blocks: what they named is what the files hold.
AFTER = """
every = load_dataset("dataset/release", "events")
assert abs(2 * (len(some) - len(documents["validation"])) - len(documents["train"])) <= 1
assert light.column_names == ["id", "title", "tier"]
assert set(open_ones["state"]) == {"open"} and len(registry) > 5
assert len(frame) == len(every["train"]) and frame["name"].notna().all()
nested = {(row["article"], row["id"]) for row in spans.collect().to_dicts()}
assert nested == {(row["article_id"], row["id"]) for split in every.values() for row in split} and len(pairs) == len(nested)
assert all(abs(sum(row["soft"]) - 1) < 1e-9 for row in stance if row["distribution"])
assert record["events/test/id"].decode() == events[0]["id"]

ids = {}  # of one new actor, whose name two annotators typed in two ways
for row in load_dataset("dataset/release", "annotations", split="train"):
    if row["article_id"].startswith("almery-courier-2031-03-04"):
        for choice in row["choices"]:
            if "Lindqvist" in choice["label"]:
                ids[row["annotator"]] = choice["of"], choice["label"]
assert {one for one, _ in ids.values()} == {"NEW:TOMAS_LINDQVIST"} and len(set(ids.values())) == 2, ids

from hashlib import sha256

answers = [one for row in dossiers for one in row["rounds"]]
assert answers and all(sha256(one["answer"].encode()).hexdigest() == one["answer_sha256"] for one in answers)
"""


def test_every_block_of_the_page_runs_and_gives_what_the_files_hold(tmp_path):
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "release").symlink_to(EXAMPLE.root / "dataset" / "release")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "loading.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 11
    environment = os.environ | {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", "\n".join([*blocks, AFTER])]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
