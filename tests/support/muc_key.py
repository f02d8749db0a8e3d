"""A message and an answer key in the form of MUC-4, of our own making."""

from __future__ import annotations

from pathlib import Path

TEXT = """VLD-MUC4-0001

THE DYKE BOARD SAID THE "9 MAY" GANG BLEW UP THE OSK
SLUICE. THE 9 MAY GANG LEFT. THE BOARD'S MILLER AND TWO MILLERS DROWNED. A BARGE WAS LOST."""
SLOTS = {
    "INCIDENT: DATE": "09 MAY 31", "INCIDENT: LOCATION": "VELD: OSK (TOWN)", "INCIDENT: TYPE": "BOMBING",
    "INCIDENT: STAGE OF EXECUTION": "ACCOMPLISHED", "INCIDENT: INSTRUMENT ID": "-", "INCIDENT: INSTRUMENT TYPE": "*",
    "PERP: INCIDENT CATEGORY": "-", "PERP: INDIVIDUAL ID": "-", "PERP: ORGANIZATION ID": "-",
    "PERP: ORGANIZATION CONFIDENCE": "-", "PHYS TGT: ID": "-", "PHYS TGT: TYPE": "-", "PHYS TGT: NUMBER": "-",
    "PHYS TGT: FOREIGN NATION": "-", "PHYS TGT: EFFECT OF INCIDENT": "-", "PHYS TGT: TOTAL NUMBER": "-", "HUM TGT: NAME": "-",
    "HUM TGT: DESCRIPTION": "-", "HUM TGT: TYPE": "-", "HUM TGT: NUMBER": "-", "HUM TGT: FOREIGN NATION": "-",
    "HUM TGT: EFFECT OF INCIDENT": "-", "HUM TGT: TOTAL NUMBER": "-",
}  # fmt: skip


def template(message: str = "VLD-MUC4-0001", number: str = "1", **fills: str) -> str:
    """A template with some fills, whose slots are written as EFFECT_OF or by their whole name in ``SLOTS``."""
    slots = SLOTS | {
        next(name for name in SLOTS if name.replace(": ", "_").replace(" ", "_") == key): fill for key, fill in fills.items()
    }
    rows = [("MESSAGE: ID", f"{message} (THE MILL)"), ("MESSAGE: TEMPLATE", number), *slots.items()]
    return "".join(f"{place}.  {name:<32}{fill}\n" for place, (name, fill) in enumerate(rows)) + "\n"


def irrelevant(message: str) -> str:
    return template(message, "*", **{name.replace(": ", "_").replace(" ", "_"): "*" for name in SLOTS})


def key(folder: Path, *templates: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "key-veld.muc4"
    path.write_text(";;; a comment of the key's makers\n\n" + "".join(templates), encoding="utf-8", newline="\n")
    return folder


GANG = r'"\"9 MAY\" GANG" / "9 MAY GANG"'
FULL = template(
    PERP_ORGANIZATION_ID=GANG,
    PERP_INDIVIDUAL_ID='? "GANG MEMBERS"',
    PHYS_TGT_ID='"OSK SLUICE"\n                                    "BARGE"',
    PHYS_TGT_EFFECT_OF_INCIDENT='DESTROYED: "OSK SLUICE"',
    HUM_TGT_NAME="-",
    HUM_TGT_DESCRIPTION='"MILLER"\n                                    "MILLERS"',
    HUM_TGT_EFFECT_OF_INCIDENT='DEATH: "MILLER"\n                                    NO DEATH: "MILLERS"',
)
