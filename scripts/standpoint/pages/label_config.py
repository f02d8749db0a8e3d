"""A pass as a Label Studio page: the label config and its style, generated from the codebook."""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from pathlib import Path

from lxml import etree
from markdown_it import MarkdownIt

from standpoint.codebook import kinds
from standpoint.codebook.kinds._items import FINDINGS, TEXT, TO_FIX, element, list_key
from standpoint.codebook.types import Codebook, Pass
from standpoint.core.model import StandpointError
from standpoint.core.words import UNSPACED_LANGUAGES
from standpoint.pages.task_json import TaskData

COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\n*")
LINK = re.compile(r"\[([^\]]+)\]\(([^)#:]+)\.md(#[^)]*)?\)")


def links_to_guide(codebook: Codebook, pass_name: str) -> str:
    """One line of HTML with links to the guide and to the section on each layer, which open in a new tab."""
    layers = [layer for layer in codebook.layers_of(pass_name) if layer.guide]
    sections = {"guide": "index.html"} | {layer.show or layer.name.replace("_", " "): layer.guide for layer in layers}
    return " · ".join(
        f'<a href="{escape(address(codebook, page))}" target="_blank" rel="noopener">{escape(name)}</a>'
        for name, page in sections.items()
    )


def address(codebook: Codebook, page: str) -> str:
    return f"{codebook.guide.rstrip('/')}/{page}"


def instructions(page: str, codebook: Codebook) -> str:
    """A page of the guide as HTML, for the instructions of a Label Studio project.

    Pictures are left out. Links lead to the guide, or become plain text if the guide has no address.
    """

    def link(match: re.Match[str]) -> str:
        words, name, section = match.groups(default="")
        return f"[{words}]({address(codebook, f'{name}.html{section}')})" if codebook.guide else words

    page = LINK.sub(link, PICTURE.sub("", COMMENT.sub("", page)))
    return MarkdownIt("commonmark").enable("table").render(page).strip()


# Languages without blanks between words, or with clitics, which must be cut off.
NO_WHOLE_WORDS = UNSPACED_LANGUAGES | {"ar", "fa", "he", "ko", "ur"}
# The name "$source" cannot be used: Label Studio 1.23 shows the whole task under it.
SHOWN = {"title": "$title", "source": "$publisher", "published": "$published"}
NOTE, GUIDE = "note", "guide"  # the keys of what a page shows above the text
TASK_KEYS = {*TaskData.__struct_encode_fields__, *(value[1:] for value in SHOWN.values()), NOTE, GUIDE, FINDINGS, TO_FIX}


def label_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of a pass's page; StandpointError if the SDK's validator refuses it."""
    codebook.refuse_unknown_pass(pass_name)
    page = _page(codebook, codebook.pass_by_name[pass_name])
    for name, count in Counter(page.xpath("//@name")).items():
        if count > 1:
            raise StandpointError(f"pass {pass_name}: the page has a control {name!r} of its own", f"rename the layer {name}")
    for layer in codebook.layers_of(pass_name):
        if layer.labels_from and layer.hotkeys and list_key(layer) in TASK_KEYS:
            message = f"pass {pass_name}: the list of layer {layer.name} would have the key {list_key(layer)!r} of each task"
            raise StandpointError(message, f"rename the layer {layer.name}")
    return validated_config(page, f"pass {pass_name}")


def validated_config(page: etree._Element, name: str) -> str:
    """The XML of a page; StandpointError, which begins with ``name``, if the SDK's validator refuses it."""
    from label_studio_sdk.label_interface import LabelInterface  # 0.4 s, which only this function needs

    config = etree.tostring(page, pretty_print=True, encoding="unicode").strip()
    try:
        LabelInterface(config).validate()
    except Exception as error:  # the SDK raises whatever its XML, JSON and schema libraries raise
        message = f"{name}: Label Studio would refuse this page: {error}".replace("\n", " ")
        raise StandpointError(message, "rename the layer or label that it names, in codebook.yaml") from None
    return config


def _page(codebook: Codebook, item: Pass) -> etree._Element:
    placed: dict[str, list[etree._Element]] = {"bar": [], "panel": [], "side": [], "relations": []}
    for layer in codebook.layers_of(item.name):
        for place, control in kinds.by_name()[layer.kind].controls(layer, codebook):
            placed[place].append(control)
    view = element("View", className="sp-page")
    element("Style", view).text = "\n" + Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = element("View", view, className="sp-head")
    for shown in item.shows:
        element("Header", head, value=SHOWN[shown], size="5" if shown == "title" else "6")
    for name in (*((GUIDE,) if codebook.guide else ()), NOTE, FINDINGS):
        row = element("View", head, className=f"sp-{name}")
        element("HyperText", row, name=name, value=f"${name}", inline=True, selectionEnabled="false", clickableLinks=True)
    element("View", view, className="sp-bar").extend(placed["bar"])
    if placed["relations"]:
        element("Relations", view).extend([label for relations in placed["relations"] for label in relations])
    columns = element("View", view, className="sp-columns")
    text = element("View", columns, className="sp-text")
    granularity = "symbol" if codebook.language.split("-")[0] in NO_WHOLE_WORDS else "word"
    element("Text", text, name=TEXT, value="$text", granularity=granularity, showLabels=True)
    element("View", columns, className="sp-side").extend(placed["panel"] + placed["side"])
    return view
