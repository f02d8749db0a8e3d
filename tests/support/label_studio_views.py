"""Prints, as JSON, an address for each of Label Studio's routes with the view that answers it, and the rows that isolation leaves.

Run in a process of its own: it sets up Label Studio on a database without tables, in the folder that is its first argument.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PARTS = {"pk": "1", "format": "json", "path": "x.js", "filename": "x.txt", "app_label": "users", "action_id": "delete_tasks"}


def addresses(patterns: list, prefix: str = "") -> Iterator[str]:
    """An address for each route: each part of it that varies is 1, or a word that its view takes."""
    from django.urls import URLResolver

    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            route = re.sub(r"<(?:\w+:)?(\w+)>(?!\[|\.)", lambda part: PARTS.get(part[1], "1"), route)
            route = re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda part: PARTS.get(part[1], "1"), route)
            route = re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda part: PARTS.get(part[1], "1"), route)
            yield "/" + re.sub(r"\.json/\?|[\^$?]|\\", lambda part: ".json" if part[0] == ".json/?" else "", route).replace(
                "//", "/"
            )


def main() -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "core.settings.label_studio", "LABEL_STUDIO_BASE_DATA_DIR": sys.argv[1]}
    import label_studio

    sys.path.insert(0, str(Path(label_studio.__file__).parent))
    import django

    django.setup()
    from django.apps import apps
    from django.urls import Resolver404, get_resolver, resolve

    from standpoint.server.isolation import own_rows

    views = {}
    for address in addresses(get_resolver().url_patterns):
        try:
            views[address] = resolve(address).view_name
        except Resolver404:
            views[address] = None
    rows = {model._meta.label_lower: own_rows(model) for model in apps.get_models(include_auto_created=True)}
    print(json.dumps({"views": views, "rows": rows}))


if __name__ == "__main__":
    main()
