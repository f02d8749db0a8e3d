"""Isolation of annotators on the embedded server: each sees their own projects, and nothing of anybody else's.

Label Studio's community edition shows every project to every user and lets each of them change it. This module runs inside
the server's process. It narrows every database query of an annotator (an account ``pseudonym@standpoint.invalid``) to the
projects whose title ends with the pseudonym, whatever page or address the annotator opens. Queries of administrators, and
those outside a request, are not narrowed.
"""

from __future__ import annotations

import os
import re
from typing import Any

from standpoint.core.provenance import ACCOUNT_DOMAIN

# The path from each table to the project of a row. A table that is not listed here is shown to everybody.
PROJECT_PATHS = {
    "project": "pk",
    "task": "project",
    "annotation": "project",
    "prediction": "project",
    "annotationdraft": "task__project",
    "projectsummary": "project",
    "projectimport": "project",
    "projectreimport": "project",
    "fileupload": "project",
    "export": "project",
    "view": "project",
}
PROJECT_ADDRESS = re.compile(r"/api/projects/\d+/?")  # of a project itself, not of its tasks and the like


def install_isolation() -> None:
    """Narrow what annotators see and may do; called once, after Django is set up."""
    from data_manager.actions import check_action_permission
    from django.conf import settings
    from django.db.models import QuerySet
    from projects.models import Project

    original_init, original_chain, original_permission = QuerySet.__init__, QuerySet._chain, Project.has_permission

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        original_init(self, *arguments, **named)
        _narrow(self)

    def chain(self: Any) -> Any:
        # A view keeps a queryset that was made before there was a request, so a queryset derived from it is narrowed too.
        return _narrow(original_chain(self))

    def has_permission(self: Any, user: Any) -> bool:
        return original_permission(self, user) and not (_annotator() and _changes_project())

    def may_act(user: Any, action: dict, project: Any) -> bool:
        # In the list of tasks, annotators may ask for the next task, but not delete or change many tasks at once.
        return check_action_permission(user, action, project) and (action["id"] == "next_task" or not _annotator())

    QuerySet.__init__, QuerySet._chain, Project.has_permission = init, chain, has_permission
    settings.DATA_MANAGER_CHECK_ACTION_PERMISSION = may_act


def _narrow(queryset: Any) -> Any:
    """The queryset, narrowed to the annotator's own projects if an annotator makes the request; done once per query."""
    path = PROJECT_PATHS.get(queryset.model._meta.model_name) if queryset.model else None
    if path and not getattr(queryset._query, "narrowed", False) and not queryset._query.is_sliced and (name := _annotator()):
        from django.db.models import Q
        from projects.models import Project

        queryset._query.narrowed = True
        own = Q(title__endswith=f" {name}")
        if path != "pk":
            own = Q(**{f"{path}__in": Project.all_objects.filter(own).values("pk")})
        queryset._query.add_q(own)
    return queryset


def _annotator() -> str | None:
    """The pseudonym of the annotator who makes the request; None for others, and outside a request."""
    from core.current_request import get_current_request

    request = get_current_request()
    # The owner of a token becomes the request's user as soon as the token is looked up.
    email = getattr(getattr(request, "user", None), "email", "") or ""
    is_annotator = email.endswith(ACCOUNT_DOMAIN) and email != os.environ.get("LABEL_STUDIO_USERNAME")
    return email.removesuffix(ACCOUNT_DOMAIN) if is_annotator else None


def _changes_project() -> bool:
    """Whether the request changes a project itself."""
    from core.current_request import get_current_request

    request = get_current_request()
    return request.method != "GET" and bool(PROJECT_ADDRESS.fullmatch(request.path_info))
