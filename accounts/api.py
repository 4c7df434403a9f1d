"""What every view of the API shares: pages, parameters, the trail it leaves, and how refusals look.

Nothing is written through the API. Rows come from `visible_to`, the act from the view's `needs`: the same two questions that
pages ask (accounts.access). Refusals are problem documents after RFC 9457, in plain words.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.views import APIView, exception_handler

from accounts import audit
from accounts.models import ApiToken, AuditEvent, User
from accounts.permissions import Permission


class Pages(PageNumberPagination):
    """Numbered pages with a count. A page has 100 rows unless asked otherwise, and never more than 500."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    last_page_strings = ()
    invalid_page_message = "There is no such page."

    def get_page_size(self, request: Request) -> int:
        return whole_number(request, "page_size", default=self.page_size, most=self.max_page_size)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        page = {"type": "integer", "minimum": 1, "default": 1}
        return [
            {"name": "page", "in": "query", "required": False, "description": "Which page.", "schema": page},
            {"name": "page_size", "in": "query", "required": False, "description": "Rows on a page.", "schema": size},
        ]


def whole_number(request: Request, name: str, *, default: int, most: int) -> int:
    """A parameter that is a whole number from 1 to `most`."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", given) or not 1 <= int(given) <= most:
        raise exceptions.ValidationError({name: f"Give a whole number from 1 to {most}."})
    return int(given)


_NAMES_A_CHILD = ("pupil", "upn", "cursor")
_A_FEW = 12  # children named one by one in the trail


class Reading:
    """Mixed into every view of the API. `rows_about_pupils` names what was read for the audit trail."""

    needs: Permission | None
    limit = "read"
    rows_about_pupils = ""
    http_method_names = ["get", "head"]
    also_takes: tuple[str, ...] = ()  # parameters that are not filters

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        self._refuse_what_is_not_understood(request)

    def check_permissions(self, request: Request) -> None:
        """Counted first: a refusal is written into the trail, which nobody may fill without end."""
        super().check_throttles(request)  # type: ignore[misc]
        super().check_permissions(request)  # type: ignore[misc]

    def check_throttles(self, request: Request) -> None:
        """Done in check_permissions: each request counts once."""

    def _refuse_what_is_not_understood(self, request: Request) -> None:
        """A filter that is misspelt and left out would give more than was asked for, without a word."""
        if request.method not in ("GET", "HEAD"):
            return  # which is what is wrong with it
        known = set(self.also_takes)
        if "pk" not in self.kwargs and "urn" not in self.kwargs:  # type: ignore[attr-defined]
            filters = getattr(self, "filterset_class", None)
            known |= set(filters.base_filters) if filters else set()
            known |= {"page", "page_size"} if getattr(self, "pagination_class", None) is Pages else set()
        wrong = {name: "This is not a parameter here." for name in request.query_params if name not in known}
        wrong |= {name: "Give this once." for name, values in request.query_params.lists() if name in known and len(values) > 1}
        wrong |= {name: "Give a value, or leave this out." for name, value in request.query_params.items() if not value.strip()}
        if wrong:
            raise exceptions.ValidationError(wrong)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if self.rows_about_pupils and response.status_code == HTTPStatus.OK:
            self._leave_a_line(request, response.data)
        return response

    def _leave_a_line(self, request: Request, data: Any) -> None:
        """One line a request, with the count; of a few children also whose rows they were, so that a child's family can be told.

        By our own ids: a UPN that was asked for is not written down, administrators read the trail.
        """
        rows = data.get("results", [data])
        if rows:
            said = {name: value for name, value in request.query_params.items() if name not in _NAMES_A_CHILD}
            if isinstance(data, ReturnDict) and "id" in data:
                said["id"] = str(data["id"])
            token = request.auth.name if isinstance(request.auth, ApiToken) else None
            act = f"read {self.rows_about_pupils} through the API"
            whose = {row["pupil"] if "pupil" in row else row["id"] for row in rows} - {None}
            pupils = sorted(whose) if len(whose) <= _A_FEW else None
            audit.record(act, by=request.user, kind=AuditEvent.Kind.EXPORT, count=len(rows), asked=said, token=token, pupils=pupils)


class OrNull:
    """What is not known is null, never an empty text."""

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None  # type: ignore[misc]


class Text(OrNull, serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"read_only": True, "allow_null": True} | options)


class Choice(OrNull, serializers.ChoiceField):
    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **{"read_only": True, "allow_null": True} | options)


PROBLEM = "application/problem+json"
_SAYS = {
    401: "Sign in, or send a token: Authorization: Bearer dm_…",
    403: "Your role may not read this.",
    404: "There is nothing here that you may see.",
    405: "This address only reads: send GET.",
}


def document(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """A problem document after RFC 9457."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}


def problem(raised: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as a problem document. What is not a refusal is our own mistake: it goes on to the log and to accounts.views.broken."""
    response = exception_handler(raised, context)
    if response is None:
        return None
    status = response.status_code
    said = getattr(raised, "detail", "")
    if status == HTTPStatus.BAD_REQUEST and isinstance(said, (dict, list)):
        body = document(status, "The request cannot be answered as it stands. See “errors”.", errors=_errors(said))
    elif isinstance(raised, exceptions.Throttled):
        body = document(status, f"Too many requests. Try again in {response.headers.get('Retry-After', 'some')} seconds.")
    else:
        ours = isinstance(raised, exceptions.APIException) and said != type(raised).default_detail
        body = document(status, str(said) if ours else _SAYS.get(status, str(said)))
    _write_down(context["request"], status)
    headers = {name: response[name] for name in ("WWW-Authenticate", "Retry-After") if response.has_header(name)}
    return Response(body, status=status, headers=headers, content_type=PROBLEM)


def _errors(said: Any) -> list[dict[str, str]]:
    by_field = said if isinstance(said, dict) else {"": said}
    return [
        {"field": "" if field in ("non_field_errors", "__all__") else str(field), "message": str(message)}
        for field, messages in by_field.items()
        for message in (messages if isinstance(messages, list) else [messages])
    ]


def _write_down(request: Request, status: int) -> None:
    """Somebody tried what their role may not do: as on pages (accounts.views.refused)."""
    user = request._request.user
    if status == HTTPStatus.FORBIDDEN and isinstance(user, User):
        path, method = request.path[:200], request.method
        audit.record("was refused", by=user, kind=AuditEvent.Kind.REFUSED, path=path, method=method)
