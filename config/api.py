"""Where the API's addresses are, its description for programs (OpenAPI), and the same description as a page for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import Reading
from attendance.api import CompactRegisters, Flags, Ratings, Registers
from attendance.push_api import Receipts
from casework.api import Cases
from config.api_docs import described, fields_of
from meetings.api import Actions, Meetings
from schools.api import Pupils, Schools


class TokenScheme(OpenApiAuthenticationExtension):
    """How a program says who it reads for, in OpenAPI's words."""

    target_class = "accounts.api_access.PersonalToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from your account page."}


class CookieScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api_access.SignedIn"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Being signed in to the pages."}


class PushScheme(OpenApiAuthenticationExtension):
    target_class = "attendance.push_api.SchoolToken"
    name = "push"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of a school, from the school’s page: dmpush_…"}


_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "description": "A refusal, after RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT | {"description": "Always about:blank: the status says what kind of problem it is."},
        "title": _TEXT | {"description": "The status in words."},
        "status": {"type": "integer", "description": "The status."},
        "detail": _TEXT | {"description": "What happened, and what to do."},
        "errors": {
            "type": "array",
            "description": "What is wrong with the parameters, or with what was sent; an empty field is about it as a whole.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": _TEXT,
                    "message": _TEXT,
                    "number": {"type": "integer", "description": "Which record of what was sent, from 1; or which line."},
                    "pointer": _TEXT | {"description": "Where it stands in what was sent, as a JSON pointer."},
                    "value": _TEXT,
                },
            },
        },
    },
}
_REFUSALS = {
    "400": "A parameter is wrong, missing or unknown.",
    "401": "Nobody is signed in, and there is no token that stands.",
    "403": "Your role may not read this.",
    "404": "There is nothing here that you may see.",
    "429": "Too many requests. Retry-After says when to try again.",
    "500": "Something went wrong here, and it has been written down.",
    "503": "Something the service needs is away. Try again in a minute.",
}


_REFUSALS_OF_PUSH = {
    "400": "What was sent cannot be read, or a parameter is wrong.",
    "401": "There is no token of a school that stands.",
    "403": "This is for a school’s token: people do not push.",
    "409": "The Idempotency-Key came with another body before.",
    "411": "The length of the body is not said.",
    "413": "The body is too large. Send it in parts.",
    "415": "The body is neither application/json nor application/x-ndjson in UTF-8.",
    "422": "Nothing of it could be taken. “errors” names each bad record.",
}


def say_problems(result: dict[str, Any], generator: SchemaGenerator, **_: Any) -> dict[str, Any]:
    """Every operation may be refused in the same few ways (accounts.api.problem). Called by drf-spectacular (settings)."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            refusals = _REFUSALS | _REFUSALS_OF_PUSH if method == "post" else _REFUSALS
            operation["responses"] |= {code: {"description": words, "content": content} for code, words in refusals.items()}
            if method == "post":
                _say_bodies(operation)
    result["components"]["schemas"]["Problem"] = _PROBLEM
    return result


def _say_bodies(operation: dict[str, Any]) -> None:
    """What is pushed may be the list of marks alone. (An object a line too, for which OpenAPI 3.0 has no words.)"""
    content = operation["requestBody"]["content"]
    content["application/json"]["schema"] = {
        "oneOf": [
            content["application/json"]["schema"],
            {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/PushedMark"}},
        ]
    }


@cache
def schema() -> dict[str, Any]:
    """The API in OpenAPI's words. The same for everybody: it says what may be asked, not what would be answered."""
    return SchemaGenerator().get_schema(request=None, public=True)


class Schema(Reading, APIView):
    """The description of the API for programs, after OpenAPI 3."""

    needs = None

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(schema(), content_type="application/vnd.oai.openapi+json")


@login_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    limits = {name: rate.replace("/min", " times a minute") for name, rate in settings.API_LIMITS.items()}
    return render(
        request,
        "api/docs.html",
        {"groups": described(schema()), "push_fields": fields_of(schema(), "PushedMark"), "refusals": _REFUSALS.items(), "limits": limits},
    )


_LIST, _ONE = {"get": "list"}, {"get": "retrieve"}

urlpatterns = [
    path("schema/", Schema.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    path("schools/", Schools.as_view(_LIST), name="api_schools"),
    path("schools/<int:urn>/", Schools.as_view(_ONE), name="api_school"),
    path("pupils/", Pupils.as_view(_LIST), name="api_pupils"),
    path("pupils/<int:pk>/", Pupils.as_view(_ONE), name="api_pupil"),
    path("registers/", Registers.as_view(), name="api_registers"),
    path("registers/receipts/<uuid:ref>/", Receipts.as_view(), name="api_push_receipt"),
    path("registers/compact/", CompactRegisters.as_view(), name="api_registers_compact"),
    path("flags/", Flags.as_view(_LIST), name="api_flags"),
    path("flags/<int:pk>/", Flags.as_view(_ONE), name="api_flag"),
    path("ratings/", Ratings.as_view(_LIST), name="api_ratings"),
    path("ratings/<int:pk>/", Ratings.as_view(_ONE), name="api_rating"),
    path("meetings/", Meetings.as_view(_LIST), name="api_meetings"),
    path("meetings/<int:pk>/", Meetings.as_view(_ONE), name="api_meeting"),
    path("actions/", Actions.as_view(_LIST), name="api_actions"),
    path("actions/<int:pk>/", Actions.as_view(_ONE), name="api_action"),
    path("cases/", Cases.as_view(_LIST), name="api_cases"),
    path("cases/<int:pk>/", Cases.as_view(_ONE), name="api_case"),
]
