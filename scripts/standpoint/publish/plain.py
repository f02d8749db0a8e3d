"""The codebook and the registry as YAML again, as they were for this release."""

from __future__ import annotations

from io import BytesIO

import msgspec
from ruamel.yaml import YAML


def plain_yaml(value: msgspec.Struct) -> bytes:
    """A struct as YAML 1.2, in the order of its fields, without what is default; reads back as the same struct."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = False, 1000, True
    yaml.sort_base_mapping_type_on_output = False
    text = BytesIO()
    yaml.dump(msgspec.json.decode(msgspec.json.encode(value)), text)
    return text.getvalue()
