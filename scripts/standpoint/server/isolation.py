"""What annotators see of the embedded server: their own projects, and nothing of anybody else's.

The community edition shows every project to every user and lets each of them change it. This runs inside the server's
process and narrows the queries of those who annotate (accounts ``pseudonym@standpoint.invalid``) to the projects whose
title ends with their pseudonym, whatever page or address asks. Administrators, and what no request asks for, see all.
"""

from __future__ import annotations

import os
import re
from typing import Any

DOMAIN = "@standpoint.invalid"
# How each table leads to the project that its rows are in; of a table that is not here everybody sees all.
PROJECTS = {
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
ITSELF = re.compile(r"/api/projects/\d+/?")  # the address of a project, and not of what is in it


def install_isolation() -> None:
    """Narrow what annotators see; called once, when Django is set up."""
    from data_manager.actions import check_action_permission
    from django.conf import settings
    from django.db.models import QuerySet
    from projects.models import Project

    begin, chain, permitted = QuerySet.__init__, QuerySet._chain, Project.has_permission

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        _narrow(self)

    def chained(self: Any) -> Any:
        # A view keeps a queryset from before there was a request: what is made of it is narrowed here.
        return _narrow(chain(self))

    def has_permission(self: Any, user: Any) -> bool:
        return permitted(self, user) and not (_annotator() and _changes_project())

    def may_act(user: Any, action: dict, project: Any) -> bool:
        # On the list of tasks, annotators may ask for the next one, and not delete or change many at once.
        return check_action_permission(user, action, project) and (action["id"] == "next_task" or not _annotator())

    QuerySet.__init__, QuerySet._chain, Project.has_permission = init, chained, has_permission
    settings.DATA_MANAGER_CHECK_ACTION_PERMISSION = may_act


def _narrow(queryset: Any) -> Any:
    """The queryset, of the rows in the annotator's own projects where one asks; its query remembers that it was done."""
    path = PROJECTS.get(queryset.model._meta.model_name) if queryset.model else None
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
    """The pseudonym of the annotator who asks; None for others, and where nobody asks."""
    from core.current_request import get_current_request

    request = get_current_request()
    # Who a token belongs to is known as soon as it has been looked at: then it is the request's user as well.
    email = getattr(getattr(request, "user", None), "email", "") or ""
    is_ours = email.endswith(DOMAIN) and email != os.environ.get("LABEL_STUDIO_USERNAME")
    return email.removesuffix(DOMAIN) if is_ours else None


def _changes_project() -> bool:
    from core.current_request import get_current_request

    request = get_current_request()
    return request.method != "GET" and bool(ITSELF.fullmatch(request.path_info))
