"""The production server process: Label Studio in gunicorn's workers, in place of Django's server for developers.

Label Studio is set up once, closed and narrowed as ``boot`` does it, and the workers are forked from that: nobody is
served by a worker that was not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

THREADS = 4  # a worker; they wait for the database most of the time
FEWEST, MOST = 2, 8  # workers: as many as cores, about 100 MB each beyond what they share


class Workers(BaseApplication):
    """Gunicorn around an application that is there already."""

    def __init__(self, application: Callable, options: dict[str, Any]) -> None:
        self.application, self.options = application, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable:
        return self.application


def run(host: str, port: int) -> None:
    """Serve until the process is told to end; answers that are under way are given 8 seconds, less than ``House.stop``."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    application = get_wsgi_application()
    connections.close_all()  # a connection must not be shared by processes
    options = {
        "bind": f"{host}:{port}",
        "workers": max(FEWEST, min(os.cpu_count() or FEWEST, MOST)),
        "threads": THREADS,
        "worker_class": "gthread",
        "preload_app": True,
        "keepalive": 150,  # longer than a proxy's two minutes: whoever asks ends a connection, or a request would meet its end
        "timeout": 300,  # a large import or list of tasks
        "graceful_timeout": 8,
        "loglevel": "warning",
        "control_socket_disable": True,  # nobody steers it from outside
    }
    Workers(application, options).run()
