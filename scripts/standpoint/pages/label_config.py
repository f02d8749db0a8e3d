"""A pass as a Label Studio page: the label config and its style, generated from the codebook."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from lxml import etree
from markdown_it import MarkdownIt

from standpoint.codebook import kinds
from standpoint.codebook.kinds._items import FINDINGS, TEXT, element
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook, Pass
from standpoint.core.model import StandpointError
from standpoint.core.project import Project

COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\n*")
LINK = re.compile(r"\[([^\]]+)\]\(([^)#:]+)\.md(#[^)]*)?\)")


def links_to_guide(codebook: Codebook, pass_name: str) -> str:
    """One line of HTML with links to the guide and to the section on each layer, which open in a tab of their own."""
    sections = {"guide": "index.html"} | {
        layer.show or layer.name.replace("_", " "): layer.guide for layer in codebook.layers_of(pass_name) if layer.guide
    }
    return " · ".join(
        f'<a href="{escape(address(codebook, page))}" target="_blank" rel="noopener">{escape(name)}</a>'
        for name, page in sections.items()
    )


def address(codebook: Codebook, page: str) -> str:
    """The address of a page of the guide."""
    return f"{codebook.guide.rstrip('/')}/{page}"


def instructions(page: str, codebook: Codebook) -> str:
    """A page of the guide as HTML, which Label Studio shows as a project's instructions.

    Pictures are left out. Links lead to the guide, or become plain text if the guide has no address.
    """
    page = PICTURE.sub("", COMMENT.sub("", page))
    page = LINK.sub(lambda link: _guide_link(codebook, *link.groups()), page)
    return MarkdownIt("commonmark").enable("table").render(page).strip()


def _guide_link(codebook: Codebook, words: str, page: str, section: str | None) -> str:
    return f"[{words}]({address(codebook, page + '.html' + (section or ''))})" if codebook.guide else words


STYLE = """
/* The page: labels above the text, the panel beside both; labels and panel stay in view. */
.sp-page{--sp-line:var(--color-neutral-border,#ddd);--sp-ground:var(--color-neutral-background,#fff)}
.sp-page{display:grid;grid-template:"head side" auto "bar side" auto "text side" 1fr/minmax(0,1fr) 300px;column-gap:12px}
.sp-head{grid-area:head}.sp-bar{grid-area:bar}.sp-text{grid-area:text}.sp-side{grid-area:side}
.sp-columns{display:contents}
.sp-head{display:flex;gap:2px 14px;align-items:baseline;flex-wrap:wrap}
.sp-head h4,.sp-head h5{margin:0 !important}
.sp-head h4,.sp-head h5{font-size:13px !important;line-height:18px !important;font-weight:400 !important}
.sp-head h4:first-child,.sp-head h5:first-child{font-size:15px !important;font-weight:700 !important}
.sp-guide,.sp-note,.sp-findings{flex-basis:100%}
.sp-head [class*="htx-richtext"]{font-size:13px !important;line-height:1.4 !important;padding:0 !important}
.sp-findings [class*="htx-richtext"]{color:#b42318}
.sp-bar{position:sticky;top:0;z-index:20;background:var(--sp-ground);padding:2px 0 4px;border-bottom:1px solid var(--sp-line)}
.sp-side{position:sticky;top:0;align-self:start}
/* Labels: small, in lines, each group after its name. */
.sp-bar .lsf-labels{margin:0 0 2px !important;display:flex;flex-wrap:wrap;gap:2px 4px;align-items:center}
.sp-bar .lsf-label{margin:0 !important;height:20px !important;padding:0 5px !important;font-size:12px !important;line-height:20px}
.sp-bar .lsf-label__hotkey{margin-left:4px !important;font-size:11px !important}
.sp-bar .lsf-labels h4,.sp-bar .lsf-labels h5{font-size:11px !important;margin:0 0 0 6px !important;line-height:20px}
.sp-bar .lsf-labels h4,.sp-bar .lsf-labels h5{font-weight:400;opacity:.65}
/* The panel: answers in two columns, names cut to fit, the key at the end of each. */
.sp-answer,.sp-scale{border-top:1px solid var(--sp-line);padding:1px 0 3px}
.sp-answer h4,.sp-answer h5,.sp-scale h4,.sp-scale h5{font-size:12px !important;line-height:16px !important;margin:0 !important}
.sp-answer .lsf-choices{display:grid;grid-template-columns:1fr 1fr;column-gap:6px;margin:0 !important}
.sp-answer .lsf-choice,.sp-answer .lsf-choice__item{margin:0 !important;padding:0 !important;min-width:0}
.sp-answer label{display:flex !important;align-items:center;width:100%;margin:0 !important}
.sp-answer label{font-size:12px !important;line-height:19px !important}
.sp-answer label span:not([class]){position:relative;flex:1;min-width:0;padding:0 0 0 2px !important}
.sp-answer label span:not([class]) span{display:block;padding-right:36px !important;font-weight:400}
.sp-answer label span:not([class]) span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.sp-answer sup{position:absolute;right:0;top:0;font-size:10px;line-height:19px;opacity:.6}
.sp-answer .ant-checkbox,.sp-answer .ant-radio{top:0 !important}
.sp-answer .ant-checkbox-inner,.sp-answer .ant-radio-inner{width:13px;height:13px}
.sp-answer .lsf-choices_layout_select{display:block}
.sp-answer .lsf-choices_layout_select button{height:26px !important;padding:0 8px !important;font-size:12px}
.sp-scale .lsf-choices{display:flex;margin:0 !important}
.sp-scale .lsf-choice,.sp-scale .lsf-choice__item{margin:0 !important;padding:0 !important}
.sp-scale label{margin:0 10px 0 0 !important;font-size:13px !important;line-height:24px !important}
.sp-scale sup{display:none}
.sp-answer .lsf-text-area{margin:2px 0 0 !important}
.sp-answer .lsf-text-area input,.sp-answer .lsf-text-area textarea{padding:2px 6px !important;font-size:12px}
.sp-answer .lsf-text-area input,.sp-answer .lsf-text-area textarea{height:26px !important;min-height:26px !important}
.sp-answer form,.sp-answer form div{margin:0 !important;padding:0 !important;min-height:0 !important}
/* The text: its own direction and spaces, lines with room for arrows, narrow empty lines. */
[class*="htx-richtext"]{white-space:pre-wrap !important;unicode-bidi:plaintext;text-align:start}
.sp-text [class*="htx-richtext"]{font-size:16px !important;line-height:.8 !important;padding:4px 0 !important}
.sp-text .lsf-richtext__line{line-height:2}
"""


# Not "$source": Label Studio 1.23 shows the whole task under that name.
SHOWN = {"title": "$title", "source": "$publisher", "published": "$published"}


def label_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of one pass's page; StandpointError if the SDK's validator refuses it."""
    if pass_name not in codebook.pass_by_name:
        raise StandpointError(f"the codebook has no pass {pass_name!r}", f"it has {', '.join(codebook.pass_by_name)}")
    return validated_config(_page(codebook, codebook.pass_by_name[pass_name]), f"pass {pass_name}")


def validated_config(page: etree._Element, name: str) -> str:
    """The XML of a page; StandpointError, which begins with ``name``, if the SDK's validator refuses it."""
    from label_studio_sdk.label_interface import LabelInterface  # 0.4 s, which only this function needs

    config = etree.tostring(page, pretty_print=True, encoding="unicode").strip()
    try:
        LabelInterface(config).validate()
    except Exception as error:  # the SDK raises whatever its XML, JSON and schema libraries raise
        raise StandpointError(f"{name}: Label Studio would refuse this page: {error}".replace("\n", " ")) from None
    return config


def _page(codebook: Codebook, item: Pass) -> etree._Element:
    placed: dict[str, list[etree._Element]] = {"bar": [], "panel": [], "side": [], "relations": []}
    for layer in codebook.layers_of(item.name):
        for place, control in kinds.get(layer.kind).controls(layer, codebook):
            placed[place].append(control)
    view = element("View", className="sp-page")
    element("Style", view).text = STYLE
    head = element("View", view, className="sp-head")
    for shown in item.shows:
        element("Header", head, value=SHOWN[shown], size="5" if shown == "title" else "6")
    for name in (*(("guide",) if codebook.guide else ()), "note", FINDINGS):
        row = element("View", head, className=f"sp-{name}")
        element("HyperText", row, name=name, value=f"${name}", inline=True, selectionEnabled="false", clickableLinks=True)
    element("View", view, className="sp-bar").extend(placed["bar"])
    _merge_relations(view, placed["relations"])
    columns = element("View", view, className="sp-columns")
    text = element("View", columns, className="sp-text")
    element("Text", text, name=TEXT, value="$text", granularity=_granularity(codebook.language), showLabels=True)
    element("View", columns, className="sp-side").extend(placed["panel"] + placed["side"])
    return view


def _granularity(language: str) -> str:
    """Whole words in languages with spaces between words; single characters in those without, or with clitics to cut off."""
    return "symbol" if language.split("-")[0] in {"ar", "fa", "he", "ja", "ko", "th", "ur", "zh"} else "word"


def _merge_relations(view: etree._Element, relations: list[etree._Element]) -> None:
    if relations:
        merged = etree.SubElement(view, "Relations")
        merged.extend([label for group in relations for label in group])


def check_codebook(project: Project) -> Counter:
    """Load codebook and registry strictly, and validate the page of each pass; how much they define."""
    codebook, registry = open_codebook(project)
    for codebook_pass in codebook.passes:
        label_config(codebook, codebook_pass.name)
    return Counter(
        {
            "passes": len(codebook.passes),
            "layers": len(codebook.layers),
            "labels": sum(len(layer.labels) for layer in codebook.layers),
            "actors": len(registry.actors),
            "places": len(registry.places),
        }
    )
