"""A pass as an adjudicator's page: a numbered list of conflicts with a choice each, beside the text on which all else is marked.

It is the annotators' page with its labels folded away, for readings of one's own, and with nothing asked that is not in
conflict. Label Studio hands out keys to choices that have none, so that they cannot be had here; the labels keep theirs.
"""

from __future__ import annotations

from label_studio_sdk.label_interface import LabelInterface
from lxml import etree

from standpoint.annotate.config import label_config
from standpoint.codebook.kinds._answer import INDEX
from standpoint.codebook.kinds._studio import TEXT, element
from standpoint.codebook.types import DISTRIBUTION, Codebook
from standpoint.model import REASONS, StandpointError

# Names that no layer has; the data's keys likewise.
SIGN, DECISION, REASON, COMMENT = "__sign", "__decision", "__reason", "__comment"
LIST, SIGNS = "conflicts__", "signs__"
SHOWN = dict(zip(REASONS, ("slip", "guidelines are clear", "guidelines have a gap", "ambiguous text", "tool"), strict=True))
COMMENTED = ("guideline_gap", "genuine_ambiguity")  # the reasons that are asked for a comment
INSTRUCTIONS = (
    "Each numbered item is a place that the readers A, B, … read differently; what they agree on is marked already. Choose the "
    "reading that holds as a whole, or “none”, or mark your own in the text (open “Mark a reading of your own”) and choose "
    "“mine”. Then say why they differ. Who A and B are changes from article to article."
)
STYLE = """
.sp-head h4,.sp-head h5{font-size:15px !important;margin:0 !important}
.sp-text{flex:1 1 46%}
.sp-right{flex:1 1 54%;min-width:0;position:sticky;top:0;display:flex;flex-direction:column;max-height:calc(100vh - 175px)}
.sp-tools{flex:0 0 auto;max-height:36vh;overflow-y:auto}
.sp-conflicts{flex:1 1 auto;min-height:0;overflow-y:auto;padding-right:6px}
.sp-conflict{border-top:1px solid var(--color-neutral-border,#ddd);padding:4px 0}
.sp-conflict h4{font-size:15px !important;margin:2px 0 !important}
.sp-place h4{font-size:14px !important;font-weight:400 !important;line-height:1.35 !important}
.sp-conflict label{font-weight:400 !important}
.sp-conflict form{margin:0 0 2px !important}
.sp-hidden{display:none}
"""


def adjudication_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of one pass's page for adjudicators; StandpointError where the SDK's own validator refuses it."""
    page = etree.fromstring(label_config(codebook, pass_name))
    for layer in codebook.layers_of(pass_name):
        if codebook.settle_of(layer) == DISTRIBUTION:
            _drop(page, f"{layer.name}_{INDEX}")
    for control in page.iter():
        control.attrib.pop("required", None)
        control.attrib.pop("requiredMessage", None)
    page.find("Style").text += STYLE
    bar, columns = _of_class(page, "sp-bar"), _of_class(page, "sp-columns")
    _, side = columns
    right = element("View", columns, className="sp-right")
    tools = element("View", right, className="sp-tools")
    tools.extend([control for control in side if control.get("visibleWhen")])  # of the selected region: first, to be seen
    own = element("Panel", element("Collapse", tools, open=False), value="Mark a reading of your own")
    own.extend([bar, *side])
    columns.remove(side)
    right.append(_conflicts())
    signs = element("View", page, className="sp-hidden")
    element("Labels", signs, name=SIGN, toName=TEXT, choice="multiple", value=f"${SIGNS}")
    return _valid(page, pass_name)


def _conflicts() -> etree._Element:
    """The list: a title, the readings to choose from, the reasons, and a comment where there is something to say."""
    view = element("View", className="sp-conflicts")
    item = element("View", element("Repeater", view, on=f"${LIST}", indexFlag=INDEX), className="sp-conflict")
    element("Header", item, value=f"${LIST}[{INDEX}].title", size="5")
    element("Header", element("View", item, className="sp-place"), value=f"${LIST}[{INDEX}].place", size="6")
    common = {"toName": TEXT, "choice": "single-radio", "required": True}
    readings = f"${LIST}[{INDEX}].options"
    element("Choices", item, name=f"{DECISION}_{INDEX}", value=readings, requiredMessage="Each conflict needs a choice", **common)
    reasons = element(
        "Choices", item, name=f"{REASON}_{INDEX}", showInline=True, requiredMessage="Each conflict needs a reason", **common
    )
    for name, shown in SHOWN.items():
        element("Choice", reasons, value=shown, alias=name)
    told = {"visibleWhen": "choice-selected", "whenTagName": f"{REASON}_{INDEX}", "whenChoiceValue": ",".join(COMMENTED)}
    comment = {"rows": 1, "maxSubmissions": 1, "editable": True, "placeholder": "What should the guidelines say? What is open?"}
    element("TextArea", element("View", item, **told), name=f"{COMMENT}_{INDEX}", toName=TEXT, **comment)
    return view


def _of_class(page: etree._Element, name: str) -> etree._Element:
    return page.find(f".//View[@className='{name}']")


def _drop(page: etree._Element, name: str) -> None:
    """Take out a control that is asked for each actor, with all that is repeated around it."""
    for control in page.findall(f".//*[@name='{name}']"):
        repeater = control.getparent()
        repeater.getparent().remove(repeater)


def _valid(page: etree._Element, pass_name: str) -> str:
    config = etree.tostring(page, pretty_print=True, encoding="unicode").strip()
    try:
        LabelInterface(config).validate()
    except Exception as error:  # the SDK raises whatever its XML, JSON and schema libraries raise
        raise StandpointError(
            f"adjudication of {pass_name}: Label Studio would refuse this page: {error}".replace("\n", " ")
        ) from None
    return config
