"""Isolation of annotators on the embedded server: each works in their own projects, and reaches nothing else.

Label Studio's community edition shows every project to every account and lets each of them change it. This module runs inside
the server's process and is closed by default, for every account but the administrator's:

- requests.toml lists the views and methods that the work needs. All others are refused, also those of a later version.
- Rows of a table that leads to a project (``own_rows``) are those of the account's own projects. Tables that lead to a user have
  the account's own rows, and tables that ``OPEN_TABLES`` does not list have none. A request names rows in its address, its
  query and its body, and lists name more; so the rows themselves are narrowed, in each query, and not each way to name them.
- Nobody's work can be stored under another account.

Members decide whose a project is. Label Studio has a table of members, and its community edition does not use it. The account
in a project's title (``… a01``) becomes its member when the administrator makes the project or the account. A project that has
a member keeps it, whatever its title becomes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from standpoint.core.provenance import ACCOUNT_DOMAIN

METHODS = {"read": ("GET",), "form": ("GET", "POST"), "edit": ("GET", "POST", "PUT", "PATCH", "DELETE")}
REQUESTS = tomllib.loads(Path(__file__).with_name("requests.toml").read_text(encoding="utf-8"))
# Tables that lead neither to a project nor to a user, and are read whatever the request: who may log in, and how lists are
# filtered. Webhooks of the administrator are called when an annotator submits; no request shows them.
OPEN_TABLES = frozenset({
    "contenttype", "session", "organization", "jwtsettings", "sessiontimeoutpolicy",
    "filter", "filtergroup", "filtergroup_filters", "webhook", "webhookaction",
})  # fmt: skip
AUTHORS = {"annotation": "completed_by_id", "annotationdraft": "user_id"}  # the field that says whose work a row is


class Account(NamedTuple):
    """The account that makes a request, if it is not the administrator's, and its projects."""

    user: int
    projects: tuple[int, ...]


def install_isolation() -> None:
    """Narrow what annotators see and may do; called once, after Django is set up and before it loads its middleware."""
    from django.conf import settings
    from django.db.models import QuerySet
    from django.db.models.signals import post_save, pre_save
    from projects.models import Project
    from tasks.models import Annotation, AnnotationDraft
    from users.models import User

    original_init, original_chain = QuerySet.__init__, QuerySet._chain

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        original_init(self, *arguments, **named)
        _narrow(self)

    def chain(self: Any) -> Any:
        # A view keeps a queryset that was made before there was a request, so a queryset derived from it is narrowed too.
        return _narrow(original_chain(self))

    QuerySet.__init__, QuerySet._chain = init, chain
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.IsolationMiddleware"]
    settings.DATA_MANAGER_CHECK_ACTION_PERMISSION = _may_act
    for model in (Annotation, AnnotationDraft):
        pre_save.connect(_refuse_other_author, sender=model)
    for model in (Project, User):
        post_save.connect(_enrol_if_new, sender=model)


class IsolationMiddleware:
    """Django middleware, the last: finds out who makes a request, and refuses what requests.toml does not list."""

    enrolled = False  # whether this process has enrolled members in projects that are older than the use of members

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response  # middleware is loaded before the tables exist, so this reads none

    def __call__(self, request: Any) -> Any:
        return self.get_response(request)

    def process_view(self, request: Any, *_: Any) -> Any:
        """None, so that the view is called, or a refusal."""
        from django.http import JsonResponse
        from projects.models import ProjectMember

        request.isolated = None
        if not IsolationMiddleware.enrolled:
            IsolationMiddleware.enrolled = True
            enrol()
        user = request.user if request.user.is_authenticated else _owner_of_token(request)
        if user is None or user.is_superuser:  # Label Studio itself refuses people who are not logged in
            return None
        request.isolated = Account(user.pk, tuple(ProjectMember.objects.filter(user=user).values_list("project", flat=True)))
        if is_listed(request.resolver_match.view_name, request.method):
            return None
        return JsonResponse({"detail": "annotators may not do this; ask the administrator of this server"}, status=403)


def is_listed(view: str, method: str) -> bool:
    """Whether annotators may call a view, by its name, with an HTTP method."""
    return view in REQUESTS and ("GET" if method == "HEAD" else method) in METHODS[REQUESTS[view]]


def enrol() -> None:
    """Make the account in a project's title a member of the project, if that has no member yet."""
    from projects.models import Project, ProjectMember
    from users.models import User

    users = {email: pk for pk, email in User.objects.filter(is_superuser=False).values_list("pk", "email")}
    for pk, title in Project.all_objects.filter(members=None).values_list("pk", "title"):
        if user := users.get(f"{title.rpartition(' ')[2]}{ACCOUNT_DOMAIN}"):
            ProjectMember.objects.create(project_id=pk, user_id=user)


def _enrol_if_new(created: bool, **_: Any) -> None:
    if created:
        enrol()


def _owner_of_token(request: Any) -> Any:
    """The account of the token in the request's header; None without a valid one, which the view then refuses itself."""
    from jwt_auth.auth import TokenAuthenticationPhaseout
    from rest_framework.exceptions import AuthenticationFailed

    try:
        found = TokenAuthenticationPhaseout().authenticate(request)
    except AuthenticationFailed:
        return None
    return found[0] if found else None


def _account() -> Account | None:
    """The account that makes the present request; None for the administrator, and outside of a view."""
    from core.current_request import get_current_request

    return getattr(get_current_request(), "isolated", None)


def _narrow(queryset: Any) -> Any:
    """The queryset, narrowed to the rows of the account that makes the request; done once per query."""
    account = _account()
    if account and queryset.model and not getattr(queryset._query, "narrowed", False) and not queryset._query.is_sliced:
        from django.db.models import Q

        queryset._query.narrowed = True
        path, own = own_rows(queryset.model)
        if own == "projects":
            queryset._query.add_q(Q(**{f"{path}__in": account.projects}))
        elif own == "user":  # pages name who made a project
            queryset._query.add_q(Q(**{path: account.user}) | (Q(is_superuser=True) if path == "pk" else Q()))
        elif own == "none":
            queryset._query.add_q(Q(pk__in=()))
    return queryset


@cache
def own_rows(model: Any) -> tuple[str, str]:
    """Which rows of a table an account has: a path, as Django writes it, and "projects", "user", "all" or "none"."""
    if model._meta.model_name in OPEN_TABLES:
        return "", "all"
    for target, own in (("project", "projects"), ("user", "user")):
        if path := _path(model, target):
            return path, own
    return "", "none"


def _path(model: Any, target: str) -> str | None:
    """The shortest path of foreign keys from a table to the table ``target``, as Django writes it; None if there is none."""
    paths, seen = [(model, "")], set()
    for table, path in paths:
        name = table._meta.model_name
        if name == target:
            return path.removeprefix("__") or "pk"
        if name not in seen and name not in OPEN_TABLES and (name != "user" or not path):
            seen.add(name)
            paths += [(f.related_model, f"{path}__{f.name}") for f in table._meta.fields if f.is_relation]
    return None


def _may_act(user: Any, action: dict, project: Any) -> bool:
    """In the list of tasks, annotators may ask for the next task, but not delete or change many tasks at once."""
    from data_manager.actions import check_action_permission

    return check_action_permission(user, action, project) and (action["id"] == "next_task" or not _account())


def _refuse_other_author(sender: Any, instance: Any, **_: Any) -> None:
    """Refuse to store work under another account, or to give it to one."""
    from django.core.exceptions import PermissionDenied

    account, field = _account(), AUTHORS[sender._meta.model_name]
    author = getattr(instance, field)
    if account and author != account.user and not sender.objects.filter(pk=instance.pk, **{field: author}).exists():
        raise PermissionDenied("work is stored under one's own account")
