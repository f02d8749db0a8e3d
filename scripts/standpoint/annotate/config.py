"""A pass as a Label Studio page: the label config, generated from the codebook."""

from __future__ import annotations

from label_studio_sdk.label_interface import LabelInterface
from lxml import etree

from standpoint.annotate.style import STYLE
from standpoint.codebook import kinds
from standpoint.codebook.kinds._studio import FINDINGS, TEXT, element
from standpoint.codebook.types import Codebook, Pass
from standpoint.model import StandpointError

# Not "$source": Label Studio 1.23 shows the whole task under that name.
SHOWN = {"title": "$title", "source": "$publisher", "published": "$published"}


def label_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of one pass's page; StandpointError where the SDK's own validator refuses it."""
    if pass_name not in codebook.pass_by_name:
        raise StandpointError(f"the codebook has no pass {pass_name!r}", f"it has {', '.join(codebook.pass_by_name)}")
    config = etree.tostring(_page(codebook, codebook.pass_by_name[pass_name]), pretty_print=True, encoding="unicode").strip()
    try:
        LabelInterface(config).validate()
    except Exception as error:  # the SDK raises whatever its XML, JSON and schema libraries raise
        raise StandpointError(f"pass {pass_name}: Label Studio would refuse this page: {error}".replace("\n", " ")) from None
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
        told = element("View", head, className=f"sp-{name}")
        element("HyperText", told, name=name, value=f"${name}", inline=True, selectionEnabled="false", clickableLinks=True)
    element("View", view, className="sp-bar").extend(placed["bar"])
    _merge_relations(view, placed["relations"])
    columns = element("View", view, className="sp-columns")
    text = element("View", columns, className="sp-text")
    element("Text", text, name=TEXT, value="$text", granularity=_granularity(codebook.language), showLabels=True)
    element("View", columns, className="sp-side").extend(placed["panel"] + placed["side"])
    return view


def _granularity(language: str) -> str:
    """Whole words where words stand apart; single characters where a clitic or a word cannot be cut out otherwise."""
    return "symbol" if language.split("-")[0] in {"ar", "fa", "he", "ja", "ko", "th", "ur", "zh"} else "word"


def _merge_relations(view: etree._Element, relations: list[etree._Element]) -> None:
    if relations:
        merged = etree.SubElement(view, "Relations")
        merged.extend([label for group in relations for label in group])
