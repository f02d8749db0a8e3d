"""The annotated text of a task is found as ingestion reads it, and the same words get the same offsets."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from another_codebook import ANOTHER_CODEBOOK
from nonempty import nonempty
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import read_lines
from standpoint.core.model import Issue, Reporter, Span
from standpoint.core.offsets import Repair
from standpoint.ingest import article, offset_map
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio import exchange
from whole_projects import new_project

SOURCES = """\
sources:
  - {id: gazette, name: The Gazette, match: ["gazette/*"], licence: CC0-1.0, language: en}
  - {id: herald, name: The Herald, match: ["herald/*"], licence: CC0-1.0, language: en, columns: {text: body, title: head}}
  - {id: echo, name: The Echo, match: ["echo/*"], licence: CC0-1.0, language: en, columns: {text: body.content, title: body.head}}
"""
ONE = "The mill at Élmar sold rye to the valley, a miller said on Tuesday, and the barley was kept for the winter."
TWO = "Barley was cut in the lower fields. Nobody would say when the oats could be brought in, or who had the wagons."
THREE = "The wagons stood in the barn at Osk, where the rain had kept them for nine days, and the rye was wet."
TEXT = f"{ONE}\n\n{TWO}\n\n{THREE}"


class Desk:
    """A project that ingests files; ``told`` are the Issues of the last import."""

    def __init__(self, folder: Path, **files: str) -> None:
        self.folder, self.project, self.told = folder, new_project(folder / "project", ANOTHER_CODEBOOK), list[Issue]()
        self.project.sources.write_text(SOURCES, encoding="utf-8")
        for name, content in files.items():
            path = folder / "raw" / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="")
        ingest_paths(self.project, [folder / "raw"], self.project.sources, Reporter())

    @property
    def texts(self) -> list[str]:
        return [item.text or "" for item in read_articles(self.project)]

    def read(self, data: dict, *regions: dict, fix: bool = False, copies: int = 1) -> Counter:
        """Import a task with these regions; each copy is another annotator's."""
        works = [{"id": number, "completed_by": number, "result": list(regions)} for number in range(1, copies + 1)]
        path = self.folder / "export.json"
        path.write_text(json.dumps([{"id": 1, "data": data, "annotations": works}]), encoding="utf-8")
        self.told = []
        counts = exchange.import_exports(self.project, [path], Reporter(issue=self.told.append), fix=fix)
        assert counts["items"] == counts["items stored"] + counts["items refused"]
        return counts

    @property
    def codes(self) -> list[str]:
        return [issue.code for issue in self.told if not issue.code.startswith("ACCOUNT-")]

    @property
    def quotes(self) -> list[str]:
        """The quotes of all stored spans, each at its offsets in its article."""
        texts = {item.id: item.text or "" for item in read_articles(self.project)}
        found = []
        for one in read_annotation_sets(self.project):
            spans = [item for item in one.annotations if isinstance(item, Span)]
            assert all(texts[one.article_id][item.start : item.end] == item.quote for item in spans)
            found += [item.quote for item in spans]
        return found


def region(text: str, words: str, by: int = 0, quote: bool = True, to_name: str = "text") -> dict:
    """A region on these words of a text, or so many characters after them."""
    start = text.index(words) + by
    value = {"start": start, "end": start + len(words), "labels": ["grain"]} | ({"text": words} if quote else {})
    return {"id": f"{words}{by}", "from_name": "crops", "to_name": to_name, "type": "labels", "value": value}


def on_page(words: str, path: str, start: int, **changes: object) -> dict:
    """A region in a text node of a page."""
    place = {"start": path, "end": path, "startOffset": start, "endOffset": start + len(words)}
    value = place | {"text": words, "hypertextlabels": ["grain"]} | changes
    return {"id": f"{path}{start}", "from_name": "crops", "to_name": "text", "type": "hypertextlabels", "value": value}


WORDS = ("Élmar", "rye", "Barley", "wagons", "Osk", "was wet.")
FORMS = {
    "normal": lambda text: text,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "CRLF and a byte order mark": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "hard-wrapped": lambda text: "\n\n".join("\n".join(textwrap.wrap(part, 60)) for part in text.split("\n\n")),
    "indented": lambda text: "\n".join(f"    {line}" for part in text.split("\n\n") for line in textwrap.wrap(part, 60, subsequent_indent="")),
    "double blanks and soft hyphens": lambda text: text.replace(" ", "  ").replace("Barley", "Bar\xadley"),
    "HTML": lambda text: "".join(f"<p>{part.replace('Élmar', '&Eacute;lmar')}</p>\n" for part in text.split("\n\n")),
    "HTML in one line": lambda text: "<div>" + text.replace("Osk", "<b>Osk</b>").replace("\n\n", "<br><br>") + "</div>",
    "Markdown": lambda text: "# Mill\n\n" + text.replace("Barley", "**Barley**").replace("Osk", "[Osk](https://osk.example/a_b)"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("file", ["gazette__a_txt", "gazette__a_jsonl"])
def test_a_text_that_ingestion_changes_gets_the_offsets_of_the_article(form, file, tmp_path):
    text = FORMS[form](TEXT)
    desk = Desk(tmp_path, **{file: json.dumps({"text": text}) if "jsonl" in file else text})
    shown = {word: word for word in WORDS} | {
        "Élmar": next(item for item in ("Élmar", "E\u0301lmar", "&Eacute;lmar") if item in text)
    }
    shown |= {"Barley": "Bar\xadley" if "\xad" in text else "Barley", "was wet.": "was  wet." if "  wet" in text else "was wet."}
    counts = desk.read({"body": text}, *(region(text, item) for item in shown.values()))
    assert desk.codes == [] and counts["items stored"] == len(WORDS)
    assert sorted(desk.quotes) == sorted(WORDS)


def test_the_annotated_string_is_the_article_s_and_not_the_longest_or_the_one_called_text(tmp_path):
    desk = Desk(tmp_path, gazette__a_txt=TEXT)
    for data in (
        {"body": TEXT, "html": f"<p>{TEXT}</p>" * 3, "n": 7},
        {"text": "a short label", "article": TEXT},
        {"context": TEXT * 2, "text": TEXT},
    ):
        assert desk.read(data, region(TEXT, "Élmar"), region(TEXT, "Osk"))["items stored"] == 2
        assert desk.codes == [] and desk.quotes == ["Élmar", "Osk"]


def test_of_two_articles_in_a_task_to_name_or_the_regions_say_which_was_annotated(tmp_path):
    desk = Desk(tmp_path, gazette__a_txt=ONE, gazette__b_txt=TWO)
    assert desk.read({"left": ONE, "right": TWO}, region(TWO, "Barley", quote=False, to_name="right"))["items stored"] == 1
    assert desk.quotes == ["Barley"]
    assert desk.read({"left": ONE, "right": TWO}, region(TWO, "oats"))["items stored"] == 1
    assert desk.read({"left": ONE, "right": TWO}, region(TWO, "oats", quote=False))["annotations refused"] == 1
    (issue,) = (issue for issue in desk.told if issue.code == "TASK-ARTICLE")
    assert "do not say which of them" in issue.message
    assert all(item.id in issue.message for item in nonempty(read_articles(desk.project)))


def test_a_string_that_was_not_annotated_is_not_taken_for_the_text(tmp_path):
    desk = Desk(tmp_path, gazette__a_txt=ONE)
    for quote in (True, False):
        data, regions = {"text": THREE, "context": ONE}, [region(THREE, word, quote=quote) for word in ("Osk", "nine days")]
        assert desk.read(data, *regions)["annotations refused"] == 1 and desk.codes == ["TASK-ARTICLE"]


@pytest.mark.parametrize("source", ["herald", "echo"])
def test_a_record_has_its_headline_before_the_annotated_text(source, tmp_path):
    record: dict = {"head": "Rye sold at the mill", "body": TEXT, "source": "the Herald"}
    record = record if source == "herald" else {"body": {"head": record["head"], "content": TEXT}}
    desk = Desk(tmp_path, **{f"{source}__a_jsonl": json.dumps(record)})
    assert desk.texts == [f"Rye sold at the mill\n\n{TEXT}"]
    assert desk.read(record | {"id": 4}, region(TEXT, "rye"), region(TEXT, "Osk"))["items stored"] == 2
    assert desk.quotes == ["rye", "Osk"] and desk.codes == []


def test_the_annotated_text_may_have_no_headline(tmp_path):
    record = {"title": "Rye sold at the mill", "standfirst": "Nine wagons wait.", "text": f"<p>{ONE}</p><p>{TWO}</p>"}
    desk = Desk(tmp_path, gazette__a_jsonl=json.dumps(record), gazette__b_txt=f"Rain at Osk\n\n{THREE}")
    full = next(text for text in desk.texts if "Nine wagons" in text)
    bare = f"{ONE}\r\n\r\n{TWO}"
    for text in (bare, record["text"], f"Nine wagons wait.\n\n{ONE}\n\n{TWO}"):
        assert desk.read({"text": text}, region(text, "Élmar"), region(text, "oats"))["items stored"] == 2
        assert desk.codes == [] and sorted(desk.quotes) == ["oats", "Élmar"]
        spans = [item for one in read_annotation_sets(desk.project) for item in one.annotations if isinstance(item, Span)]
        assert {item.start for item in spans} == {full.index("Élmar"), full.index("oats")}
    assert desk.read({"text": THREE}, region(THREE, "Osk"))["items stored"] == 1 and "Osk" in desk.quotes


def test_a_text_below_two_headlines_is_no_article(tmp_path):
    desk = Desk(tmp_path, gazette__a_txt=f"Rain at Osk\n\n{THREE}", gazette__b_txt=f"More rain at Osk\n\n{THREE}")
    assert len(desk.texts) == 2 and desk.read({"text": THREE}, region(THREE, "Osk"))["annotations refused"] == 1
    assert desk.codes == ["TASK-ARTICLE"]


PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>Rye sold | The Gazette</title><style>p{color:red}</style></head>'
    '<body><nav><a href="/">Home</a> <a href="/osk">Osk</a> <a href="/1">Rye sold</a></nav><article><h1>Rye sold</h1>'
    f"<figure><img src='a.png'><figcaption>The barn at Osk in spring.</figcaption></figure>"
    f"<p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></article><footer>The Gazette, Osk</footer></body></html>"
)


def test_a_whole_page_that_was_ingested_comes_back_and_its_menu_is_told(tmp_path):
    desk = Desk(tmp_path, gazette__a_html=PAGE)
    (text,) = desk.texts
    assert text.startswith(f"Rye sold\n\n{ONE}") and "Home" not in text
    counts = desk.read(
        {"html": PAGE},
        on_page("Élmar", "/article[1]/p[1]/text()[1]", ONE.index("Élmar")),
        on_page("Osk", "/article[1]/p[3]/text()[1]", THREE.index("Osk")),
        on_page("Rye", "/article[1]/h1[1]/text()[1]", 0),
        on_page("barn", "/article[1]/figure[1]/figcaption[1]/text()[1]", 4),
        on_page("Home", "/nav[1]/a[1]/text()[1]", 0),
        on_page("Osk", "/nav[1]/a[2]/text()[1]", 0),
        on_page("Rye", "/nav[1]/a[3]/text()[1]", 0),
        on_page("Gazette", "/footer[1]/text()[1]", 4),
    )
    assert desk.codes == ["REGION-MOVED"] * 4 and counts["items refused"] == 4
    assert sorted(desk.quotes) == ["Osk", "Rye", "barn", "Élmar"]
    spans = [item for one in read_annotation_sets(desk.project) for item in one.annotations if isinstance(item, Span)]
    assert {item.quote: item.start for item in spans} == {
        "Rye": 0, "Élmar": text.index("Élmar"), "Osk": text.index(THREE) + THREE.index("Osk"), "barn": text.index("barn at Osk in"),
    }  # fmt: skip


def test_of_a_page_and_its_text_the_regions_say_which_was_annotated(tmp_path):
    desk = Desk(tmp_path, gazette__a_html=PAGE)
    data = {"text": desk.texts[0], "html": PAGE}
    assert desk.read(data, on_page("Élmar", "/article[1]/p[1]/text()[1]", ONE.index("Élmar")))["items stored"] == 1
    assert desk.quotes == ["Élmar"]
    assert desk.read(data, region(desk.texts[0], "Barley"))["items stored"] == 1 and desk.quotes == ["Barley"]


def test_a_text_is_normalised_and_mapped_once_for_all_its_regions_and_annotators(tmp_path, monkeypatch):
    """The cost of a text that is not in normal form does not grow with the regions on it."""
    text = TEXT.replace("\n", "\r\n")
    desk = Desk(tmp_path, gazette__a_txt=text)
    calls: Counter[str] = Counter()
    for module, name in ((article, "_visible"), (offset_map, "letters_in")):
        function = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, name=name, function=function: calls.update([name]) or function(*a))
    regions = [region(text, word) for word in dict.fromkeys(text.replace("\r\n\r\n", " ").split()) if len(word) > 4]
    assert len(regions) > 15
    assert desk.read({"body": text}, *regions, copies=3)["items stored"] == 3 * len(regions)
    assert calls == {
        "_visible": 2,
        "letters_in": 2,
    }  # a task with a new annotator is read twice: pseudonyms are given in one process
    calls.clear()
    desk.read({"body": desk.texts[0]}, region(desk.texts[0], "Osk"))
    assert not calls


def test_a_set_of_another_article_is_told_and_nothing_in_it_is_fixed(tmp_path):
    """Of three regions of another text, one word stands here too, near its place: that is chance."""
    desk = Desk(tmp_path, gazette__a_txt=ONE)
    value = {"start": 3, "end": 10, "labels": ["grain"]}
    others = [region(ONE, "sold") | {"id": word, "value": value | {"text": word}} for word in ("exports", "inflation")]
    shifted = region(ONE, "barley", by=4)
    counts = desk.read({"text": ONE}, *others, shifted, fix=True)
    assert desk.codes == ["SET-OTHER"] and "another article's; refused" in desk.told[0].message
    assert counts["annotations refused"] == 1 and counts["items refused"] == 3 and not desk.project.fixed.exists()
    counts = desk.read({"text": ONE}, *others, shifted, region(ONE, "rye"), fix=True)
    assert sorted(desk.codes) == ["REGION-TEXT"] * 3 + ["SET-OTHER"] and counts["items stored"] == 1
    assert desk.quotes == ["rye"] and not desk.project.fixed.exists()
    desk.read({"text": ONE}, others[0], shifted, region(ONE, "rye"), fix=True)
    assert "REGION-FIXED" in desk.codes and sorted(desk.quotes) == ["barley", "rye"]


def test_the_record_of_repairs_has_offsets_in_the_article_s_text(tmp_path):
    text = "\r\n\r\n" + TEXT.replace("\n", "\r\n")
    desk = Desk(tmp_path, gazette__a_txt=text)
    (normal,) = desk.texts
    outside = region(text, "wagons") | {"id": "out"}
    outside["value"] = outside["value"] | {"start": len(text), "end": len(text) + 6, "text": "rain h"}
    desk.read({"body": text}, region(text, "Barley", by=2), region(text, "Osk"), outside, fix=True)
    at = normal.index("Barley")
    found = {item.annotation: (item.before, item.after) for item in read_lines(desk.project.fixed, Repair)}
    assert found["Barley2"] == (
        {"start": at + 2, "end": at + 8, "quote": "Barley"}, {"start": at, "end": at + 6, "quote": "Barley"},
    )  # fmt: skip
    at = normal.index("rain h")
    assert found["out"] == (
        {"start": None, "end": None, "quote": "rain h"}, {"start": at, "end": at + 6, "quote": "rain h"},
    )  # fmt: skip
