"""Take the pictures of docs/agreement.md: python docs/take_report_screenshots.py (needs Chromium)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browser import new_page  # noqa: E402
from example import EXAMPLE  # noqa: E402

PLACES = {"agreement": "model-model", "agreement-article": "article-1"}  # picture -> what stands at its top


def main() -> None:
    with TemporaryDirectory() as folder, new_page() as page:
        path = Path(folder) / "agreement.html"
        verb = Path(sys.executable).with_name("standpoint")
        subprocess.run([verb, "--project", EXAMPLE.root, "agree", "--report", path], check=True, stdout=subprocess.DEVNULL)
        for picture, place in PLACES.items():
            page.goto(f"{path.as_uri()}#{place}")
            page.screenshot(path=str(ROOT / "docs" / f"{picture}.png"))


if __name__ == "__main__":
    main()
