"""Serving requests inside the server's process: gunicorn's workers for a team, and the guide beside Label Studio."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from standpoint.core.model import install_command

THREADS = 4  # per worker; they wait for the database most of the time
FEWEST_WORKERS, MOST_WORKERS = 2, 8  # one per core; each takes about 100 MB beyond what the workers share

# Pages link to the guide without a host, so that the links hold whatever port the server has today.
GUIDE_ADDRESS = "/guide"
NOT_BUILT = f"The guide is not here: `standpoint serve` builds it where Sphinx is installed ({install_command('guide')})."


def run_gunicorn(host: str, port: int) -> None:
    """Serve Label Studio in gunicorn's workers, in place of Django's development server, until the process is told to end.

    Label Studio is set up once, closed and isolated by ``entrypoint``, and the workers are forked from that process, so
    every worker is closed and isolated. Requests that are being answered get 8 seconds to finish, less than
    ``ServerProcess.stop`` waits.
    """
    from django.core.wsgi import get_wsgi_application
    from django.db import connections
    from gunicorn.app.base import BaseApplication

    application = get_wsgi_application()
    connections.close_all()  # processes must not share a connection
    options = {
        "bind": f"{host}:{port}",
        "workers": max(FEWEST_WORKERS, min(os.cpu_count() or FEWEST_WORKERS, MOST_WORKERS)),
        "threads": THREADS,
        "worker_class": "gthread",
        "preload_app": True,
        "keepalive": 150,  # longer than the two minutes of usual proxies, so that no request meets a connection that closes
        "timeout": 300,  # a large import or list of tasks
        "graceful_timeout": 8,
        "loglevel": "warning",
        "control_socket_disable": True,
    }

    class Workers(BaseApplication):
        """Gunicorn around an application that is loaded already."""

        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Callable:
            return application

    Workers().run()


def guide_folder(server: Path) -> Path:
    """The folder that a server's guide is built in."""
    return server / "guide"


def install_guide() -> None:
    """Serve the guide in front of Label Studio, to everybody; called once, before Django loads its middleware."""
    from django.conf import settings

    settings.MIDDLEWARE = [f"{__name__}.GuideMiddleware", *settings.MIDDLEWARE]


class GuideMiddleware:
    """Django middleware that answers ``/guide/…`` with the built pages."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response
        self.folder = guide_folder(Path(os.environ["LABEL_STUDIO_BASE_DATA_DIR"]))

    def __call__(self, request: Any) -> Any:
        if request.path_info.startswith(f"{GUIDE_ADDRESS}/"):
            return self._guide_page(request)
        return self.get_response(request)

    def _guide_page(self, request: Any) -> Any:
        from django.http import Http404, HttpResponseNotFound
        from django.views.static import serve

        try:
            return serve(request, request.path_info.removeprefix(f"{GUIDE_ADDRESS}/") or "index.html", str(self.folder))
        except Http404:
            return HttpResponseNotFound(NOT_BUILT, content_type="text/plain; charset=utf-8")
