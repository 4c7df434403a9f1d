"""`POST /api/v1/registers/`: a school's system pushes session marks and gets a receipt, which it may ask for again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from redis.exceptions import RedisError
from rest_framework import exceptions, serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import SimpleRateThrottle

from accounts import clock
from accounts.api import PROBLEM, Reading, document
from accounts.api_access import Limit, NotCounting, PersonalToken, RoleMay, SignedIn
from accounts.models import User
from accounts.permissions import Permission
from attendance import push, receipts, waiting
from attendance.imports.pushed import MOST_PROBLEMS, BadRecord
from attendance.models import Comparison, Extract, PushReceipt, PushToken

if TYPE_CHECKING:
    from rest_framework.views import APIView

JSON, LINES = "application/json", ("application/x-ndjson", "application/ndjson", "application/jsonl")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_CHUNK = 256 * 1024
_NOT_A_PERSON = "Registers are pushed with a token of the school, made on the school’s page. Your own token and your sign-in do not push."
_NO_TOKEN = "This token is not known here, or has ended. Ask the school’s contact or the authority for another."  # noqa: S105


class SchoolToken(BaseAuthentication):
    """`Authorization: Bearer dmpush_...`, made on a school's page. It pushes that school's registers and opens nothing else."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, PushToken] | None:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text.startswith(push.PREFIX):
            return None
        now = clock.now()
        token = push.token_of(text.strip(), now=now)
        if token is None:
            raise exceptions.AuthenticationFailed(_NO_TOKEN)
        push.token_used(token=token, now=now)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class OnlySchools(BasePermission):
    """A school's token, and nobody who is signed in."""

    message = _NOT_A_PERSON

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, PushToken)


class SchoolsOrReaders(RoleMay):
    """A school's token, for what it sent; else people, by the role of each."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, PushToken) or super().has_permission(request, view)


class PushLimit(SimpleRateThrottle):
    """So many requests a minute for each school's token (settings.API_LIMITS)."""

    scope = "push"

    def get_rate(self) -> str:
        return settings.API_LIMITS["push"]

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"throttle_push_{request.auth.pk}" if isinstance(request.auth, PushToken) else None

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            raise NotCounting from None


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class NoLength(exceptions.APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED


class WrongKind(exceptions.APIException):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_detail = "Send application/json or application/x-ndjson, in UTF-8."


class PushedMark(serializers.Serializer[Any]):
    """What one session of one pupil came to."""

    upn = serializers.CharField(help_text="The pupil’s UPN.")
    date = serializers.DateField(help_text="The day of the session.")
    session = serializers.ChoiceField(choices=[("AM", "morning"), ("PM", "afternoon")])
    code = serializers.CharField(allow_blank=True, help_text="The attendance code, / and \\ for present. Blank says nothing.")
    urn = serializers.IntegerField(required=False, allow_null=True, help_text="URN of the token’s school. Another is refused.")
    minutes_late = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=1000)
    updated_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When the school last changed the mark.")


class PushedMarks(serializers.Serializer[Any]):
    """Marks, and when they were taken from the school’s system. A list of marks alone will do, and so will a mark a line."""

    marks = PushedMark(many=True)
    exported_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When the marks were true. Without it: the latest updated_at, else when they came."
    )


class MarksCounted(serializers.Serializer[Any]):
    new = serializers.IntegerField(help_text="Sessions that had no mark.")
    changed = serializers.IntegerField(help_text="Sessions that had another mark.")
    unchanged = serializers.IntegerField(help_text="Sessions that had this mark.")
    older = serializers.IntegerField(help_text="Not taken: something newer is known of the session.")
    compared = serializers.IntegerField(
        help_text="Not taken: another source’s marks count for the session. Set beside them only; see detail."
    )


class BadRow(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="Which record, from 1; with a record a line, its line.")
    pointer = serializers.CharField(allow_blank=True, help_text="JSON pointer into the body; empty where records are lines.")
    field = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    message = serializers.CharField(help_text="What is wrong, and what to do.")


class Receipt(serializers.Serializer[Any]):
    """What became of a push. Ask for it again until the state is loaded or failed."""

    id = serializers.UUIDField(help_text="Of this receipt: its address ends with it.")
    state = serializers.ChoiceField(
        choices=[
            ("queued", "waits"),
            ("loading", "being loaded"),
            ("marked", "in the register, figures and flags to come"),
            ("loaded", "done: marks says what became of each"),
            ("failed", "not loaded: see detail"),
        ],
        help_text="How far it has come.",
    )
    school = serializers.IntegerField(help_text="URN.")
    received_at = serializers.DateTimeField(help_text="When the push came.")
    sha256 = serializers.CharField(help_text="Of the body as it was kept.")
    records = serializers.IntegerField(help_text="In the body.")
    rejected = serializers.IntegerField(help_text="Records that were not taken.")
    marks = MarksCounted(help_text="What became of the marks that were taken.")
    problems = BadRow(many=True, help_text="Each record that was not taken; the first 1,000. Empty for who may not see the rows.")
    questions = serializers.ListField(child=serializers.CharField(), help_text="What looks wrong though it was taken.")
    waiting = serializers.IntegerField(help_text="Records that wait until the authority says which pupil they are of.")
    detail = serializers.CharField(allow_null=True, help_text="Why nothing was loaded, or why marks were only compared.")


def receipt_of(found: PushReceipt, *, shows_rows: bool) -> dict[str, Any]:
    extract = found.extract
    loads = [load for load in extract.loads.all() if load.kind == load.Kind.LOAD]
    comparisons = list(extract.comparisons.all())
    compared = sum(one.marks_agree + one.marks_differ + one.marks_unknown for one in comparisons)
    return {
        "id": str(found.ref),
        "state": str(extract.status),
        "school": found.school.urn,
        "received_at": extract.received_at.isoformat(),
        "sha256": extract.sha256,
        "records": found.records,
        "rejected": found.unreadable_records + extract.rows_rejected,
        "marks": {
            "new": sum(load.marks_set for load in loads),
            "changed": sum(load.marks_amended for load in loads),
            "unchanged": sum(load.marks_unchanged for load in loads),
            "older": sum(load.marks_older for load in loads),
            "compared": compared,
        },
        "problems": push.problems_of(found) if shows_rows else [],
        "questions": extract.questions,
        "waiting": waiting.of_extract(extract).waiting,
        "detail": extract.error or _why_compared(comparisons, compared) or None,
    }


def _why_compared(compared: list[Comparison], marks: int) -> str:
    """A system that is told "loaded" must not take it that its marks are in the register where another source's count."""
    sources = receipts.authoritative(compared)
    if not sources:
        return ""
    which = "1 mark was" if marks == 1 else f"{marks:,} marks were"
    return (
        f"{which} compared with the register and not set: on those days this school’s marks are taken from "
        f"{sources}. The authority’s attendance manager chooses whose marks count."
    )


class Pushing:
    """Mixed into the view of registers: who may POST, and what happens then. Reading stays as it is."""

    def get_authenticators(self) -> list[Any]:
        if self._is_push():
            return [SchoolToken(), PersonalToken(), SignedIn()]  # who is known but is no school hears why not: 403
        return super().get_authenticators()  # type: ignore[misc]

    def get_permissions(self) -> list[Any]:
        return [OnlySchools()] if self._is_push() else super().get_permissions()  # type: ignore[misc]

    def get_throttles(self) -> list[Any]:
        return [PushLimit(), Limit()] if self._is_push() else super().get_throttles()  # type: ignore[misc]

    def _is_push(self) -> bool:
        request = getattr(self, "request", None)
        return request is not None and request.method == "POST"

    @extend_schema(
        operation_id="registers_push",
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
                location=OpenApiParameter.HEADER,
                description="Your own name for this body. With the same body again: the same receipt. With another: refused.",
            )
        ],
        request={JSON: PushedMarks},
        responses={202: OpenApiResponse(Receipt, "Taken. The receipt says what becomes of it; its address is in Location.")},
        auth=[{"push": []}],
    )
    def post(self, request: Request) -> Response:
        """Push a school’s session marks with a token of the school: good records load, each bad one is named."""
        if request.query_params:
            raise exceptions.ValidationError(dict.fromkeys(request.query_params, "This is not a parameter here."))
        key = request.headers.get("Idempotency-Key")
        if key is not None and not _KEY.fullmatch(key):
            raise exceptions.ValidationError({"Idempotency-Key": "Give 1 to 200 characters without spaces."})
        _check_kind(request)
        try:
            found = push.push(token=request.auth, today=clock.today(), now=clock.now(), body=_body(request), key=key)
        except push.NotTaken as problem:
            return _refused(400 if problem.malformed else 422, str(problem), problem.problems)
        except push.KeyUsed as problem:
            return _refused(409, str(problem), [])
        address = reverse("api_push_receipt", kwargs={"ref": found.ref}, request=request)
        return Response(receipt_of(found, shows_rows=True), status=status.HTTP_202_ACCEPTED, headers={"Location": address})


def _check_kind(request: Request) -> None:
    kind, _, more = request.META.get("CONTENT_TYPE", "").partition(";")
    charset = more.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() not in (JSON, *LINES) or charset not in ("", "utf-8", "utf8"):
        raise WrongKind


def _body(request: Request) -> bytes:
    """The body, of which no more is read than may come."""
    most = settings.MAX_PUSH_BYTES
    told = request.META.get("CONTENT_LENGTH") or ""
    if not told.isdecimal():
        raise NoLength("Say how long the body is: send Content-Length.")
    if int(told) > most:
        raise TooLarge(f"The body is larger than {most // (1024 * 1024)} MB. Send it in parts, for example a week at a time.")
    found = bytearray()
    while chunk := request._request.read(_CHUNK):
        found += chunk
        if len(found) > most:
            raise TooLarge(f"The body is larger than {most // (1024 * 1024)} MB. Send it in parts, for example a week at a time.")
    if len(found) < int(told):
        raise exceptions.ParseError("The body ended before its Content-Length. Send it again.")
    return bytes(found)


def _refused(code: int, words: str, problems: list[BadRecord]) -> Response:
    errors = [
        {"field": one.field, "message": one.message, "number": one.number, "pointer": one.pointer, "value": one.value}
        for one in problems[:MOST_PROBLEMS]
    ]
    more = {"errors": errors} if errors else {}
    return Response(document(code, words, **more), status=code, content_type=PROBLEM)


class Receipts(Reading, GenericAPIView[PushReceipt]):
    """The receipt of a push: what became of each record."""

    needs = Permission.SEE_PUPILS
    authentication_classes = (SchoolToken, PersonalToken, SignedIn)
    permission_classes = (SchoolsOrReaders,)
    throttle_classes = (PushLimit, Limit)
    serializer_class = Receipt
    pagination_class = None
    filter_backends = ()
    queryset = PushReceipt.objects.none()

    def get_queryset(self) -> QuerySet[PushReceipt]:
        found = PushReceipt.objects.select_related("school", "extract__received_by", "extract__school").prefetch_related(
            "extract__loads", "extract__comparisons"
        )
        if isinstance(self.request.auth, PushToken):
            return found.filter(school=self.request.auth.school_id)  # a key is the school’s: sent again after a new token was made, too
        user = self.request.user
        return found.filter(extract__in=Extract.objects.visible_to(user)) if isinstance(user, User) else found.none()

    @extend_schema(operation_id="registers_receipt")
    def get(self, request: Request, ref: str) -> Response:
        found = self.get_queryset().filter(ref=ref).first()
        if found is None:
            raise Http404
        shows_rows = isinstance(request.auth, PushToken) or receipts.sees_rows(found.extract, request.user)
        return Response(receipt_of(found, shows_rows=shows_rows))
