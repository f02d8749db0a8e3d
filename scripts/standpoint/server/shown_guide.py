"""The guide on the embedded server: what is built into the server's folder is shown under ``/guide/``, to everybody.

Runs inside the server's process. Pages in Label Studio lead there by an address without a host, so that they find it whatever
port the server has today.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

ADDRESS = "/guide"
NOT_BUILT = "The guide is not here: `standpoint serve` builds it where Sphinx is installed (pip install 'standpoint[guide]')."


def folder_of(server: Path) -> Path:
    """Where the guide of a server is built."""
    return server / "guide"


def install_guide() -> None:
    """Show the guide before Label Studio is asked; called once, when Django is set up."""
    from django.conf import settings

    settings.MIDDLEWARE = [f"{__name__}.ShownGuide", *settings.MIDDLEWARE]


class ShownGuide:
    """Django's middleware that answers for ``/guide/…``."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response
        self.folder = folder_of(Path(os.environ["LABEL_STUDIO_BASE_DATA_DIR"]))

    def __call__(self, request: Any) -> Any:
        if request.path_info.startswith(f"{ADDRESS}/"):
            return self._page(request)
        return self.get_response(request)

    def _page(self, request: Any) -> Any:
        from django.http import Http404, HttpResponseNotFound
        from django.views.static import serve

        try:
            return serve(request, request.path_info.removeprefix(f"{ADDRESS}/") or "index.html", str(self.folder))
        except Http404:
            return HttpResponseNotFound(NOT_BUILT, content_type="text/plain; charset=utf-8")
