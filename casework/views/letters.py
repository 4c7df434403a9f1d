"""Letters: the log, one pupil's, writing them, one letter's page and file, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import django_filters as filters
from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from casework.actions import letters as actions
from casework.forms.letters import SentForm, WithdrawForm, WriteForm
from casework.letters import addressees, facts, fields, paper
from casework.letters.facts import Facts
from casework.letters.fields import LetterProblem
from casework.models import Letter, LetterTemplate, TemplateVersion
from schools import names
from schools.forms.fields import say_plainly, show
from schools.models import Pupil, School

_PAGE = 50


class LetterFilter(filters.FilterSet):
    q = filters.CharFilter(label="Pupil, parent or reference", method="named")
    state = filters.ChoiceFilter(label="State", choices=Letter.State.choices, method="leave", empty_label="Any state")
    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    template = filters.ModelChoiceFilter(
        label="Letter", queryset=LetterTemplate.objects.order_by("name"), field_name="version__template", empty_label="All letters"
    )

    class Meta:
        model = Letter
        fields = ["q", "state", "school", "template"]

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["school"].queryset = School.objects.visible_to(user).order_by("sort_name")
        say_plainly(self.form)

    def named(self, rows: QuerySet[Letter], name: str, value: str) -> QuerySet[Letter]:
        digits = value.strip().upper().removeprefix("L")
        if digits.isdecimal() and len(digits) < 10:
            return rows.filter(pk=int(digits))
        for word in names.fold(value).split():
            rows = rows.filter(pupil__search_text__contains=word) | rows.filter(parent__search_text__contains=word)
        return rows

    def leave(self, rows: QuerySet[Letter], name: str, value: str) -> QuerySet[Letter]:
        return rows  # counts by state are of what the other choices leave


@require_safe
@needs(Permission.SEE_LETTERS)
def letters(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    chosen = LetterFilter(request.GET, queryset=Letter.objects.visible_to(user), user=user)
    counts = dict(chosen.qs.order_by().values_list("state").annotate(n=Count("pk", distinct=True)))
    state = chosen.form.cleaned_data.get("state") or ""
    rows = chosen.qs.filter(state=state) if state else chosen.qs
    pages = Paginator(rows.select_related("pupil", "school", "version__template", "run").order_by("-pk"), _PAGE)
    pages.count = counts.get(state, 0) if state else sum(counts.values())
    context = {
        "filter": chosen,
        "page": pages.get_page(request.GET.get("page")),
        "total": pages.count,
        "states": [(code, name, counts.get(code, 0)) for code, name in Letter.State.choices],
        "state": state,
        "filtered": any(chosen.form.cleaned_data.values()),
        "may_write": user.may(Permission.WRITE_LETTERS),
        "may_keep": user.may(Permission.KEEP_TEMPLATES),
    }
    return render(request, "casework/letters/letters.html", context)


def pupil_of(request: HttpRequest, pk: int) -> Pupil:
    user = user_of(request)
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    return pupil


def in_force(today: dt.date) -> list[TemplateVersion]:
    found = TemplateVersion.objects.in_force(today).select_related("template")
    order = LetterTemplate.Purpose.values
    return sorted(found, key=lambda one: (order.index(one.template.purpose), one.template.name))


@require_safe
@needs(Permission.SEE_LETTERS)
def pupil_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """The letters about one pupil, and which might be written."""
    user, pupil = user_of(request), pupil_of(request, pk)
    rows = Letter.objects.visible_to(user).filter(pupil=pupil).select_related("version__template", "case", "run").order_by("-pk")
    may_write = user.may(Permission.WRITE_LETTERS)
    context = {
        "pupil": pupil,
        "page": Paginator(rows, _PAGE).get_page(request.GET.get("page")),
        "versions": in_force(clock.today()) if may_write else [],
        "may_write": may_write,
        "may_keep": user.may(Permission.KEEP_TEMPLATES),
    }
    return render(request, "casework/letters/pupil_letters.html", context)


@needs(Permission.WRITE_LETTERS)
def letter_write(request: HttpRequest, pk: int, template: int) -> HttpResponse:
    """One letter for each parent from a template: looked at first, or written at once."""
    user, today, pupil = user_of(request), clock.today(), pupil_of(request, pk)
    version = get_object_or_404(TemplateVersion.objects.in_force(today).select_related("template"), template=template)
    those = addressees.of_pupils([pupil.pk]).get(pupil.pk, [])
    told = facts.of_pupils([pupil.pk], today=today).get(pupil.pk, Facts())
    form = WriteForm(request.POST if request.method == "POST" else None, version=version, those=those)
    looked: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = {
            "pupil": pupil,
            "version": version,
            "written": form.written(),
            "asked": form.answers(),
            "chosen": form.chosen(),
        }
        try:
            if "look" in request.POST:
                looked = _look(user, today, told, **asked)
            else:
                written = actions.write_letters(by=user, today=today, now=clock.now(), form_token=form.cleaned_data["form_token"], **asked)
                messages.success(request, actions.said_of(written))
                return redirect("letter", pk=written[0].pk) if len(written) == 1 else redirect("pupil_letters", pk=pk)
        except LetterProblem as problem:
            show(form, problem)
    values = actions.values_of(pupil, told, by=user, by_name=user.name, day=today, asked={})
    context = {
        "pupil": pupil, "version": version, "form": form, "looked": looked, "facts": told,
        "fields": [(name, meaning, values.get(name, "")) for name, meaning in fields.FIELDS.items()],
    }  # fmt: skip
    return render(request, "casework/letters/write.html", context)


def _look(user: User, today: dt.date, told: Facts, **asked: Any) -> list[dict[str, Any]]:
    """The letters as they would be, for the page."""
    found = actions.drafted(by=user, day=today, **asked)
    over = paper.head()
    rows = [
        actions.row_of(asked["version"], asked["pupil"], told, one, method, subject, blocks, day=today, by_name=user.name)
        for one, method, subject, blocks in found
    ]
    return [paper.context(row, over, on_page=True) for row in rows]


def _letter(request: HttpRequest, pk: int) -> Letter:
    visible = Letter.objects.visible_to(user_of(request)).select_related(
        "pupil", "parent", "school", "version__template", "run", "sent_by", "withdrawn_by"
    )
    return get_object_or_404(visible, pk=pk)


@require_safe
@needs(Permission.SEE_LETTERS)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = user_of(request), _letter(request, pk)
    audit.record("looked at a letter", by=user, subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    context = {**paper.context(found, paper.head(), on_page=True), "may_write": user.may(Permission.WRITE_LETTERS)}
    return render(request, "casework/letters/letter.html", context)


@require_safe
@needs(Permission.SEE_LETTERS)
def letter_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the page, asked for every second while the PDF is being made; the whole page anew when it is."""
    found = _letter(request, pk)
    response = render(request, "casework/letters/_being_made.html", {"order": found})
    if not found.busy and not found.mailing:
        response["HX-Refresh"] = "true"
    return response


def must_be_stored(name: str) -> None:
    if not name or not default_storage.exists(name):
        raise Http404


def stored_file(name: str, filename: str) -> FileResponse:
    """A kept file, byte for byte, never shown inside a page."""
    must_be_stored(name)
    return FileResponse(
        default_storage.open(name), as_attachment=True, filename=filename, content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )  # fmt: skip


@require_safe
@needs(Permission.SEE_LETTERS)
def letter_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who may write letters and takes the file of one that goes on paper takes it to be printed."""
    user, found = user_of(request), _letter(request, pk)
    must_be_stored(found.stored)
    if request.method == "GET" and user.may(Permission.WRITE_LETTERS) and found.method != Letter.Method.EMAIL:
        try:
            actions.handed_out(now=clock.now(), letter=found)
        except LetterProblem as problem:
            messages.error(request, str(problem))
            return redirect("letter", pk=pk)
    audit.record("downloaded a letter", by=user, subject=found, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256)
    return stored_file(found.stored, f"{found.reference}.pdf")


def _one_form(
    request: HttpRequest, found: Letter, form: Any, do: Callable[[dict[str, Any]], str], *, title: str, button: str, before: str = ""
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except LetterProblem as problem:
            show(form, problem)
        else:
            messages.success(request, said)
            return redirect("letter", pk=found.pk)
    context = {"form": form, "letter": found, "title": title, "button": button, "before": before}
    return render(request, "casework/letters/letter_form.html", context)


@needs(Permission.WRITE_LETTERS)
def letter_sent(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = _letter(request, pk), user_of(request), clock.today()
    how = "posted" if found.method == Letter.Method.POST else "handed over"

    def do(asked: dict[str, Any]) -> str:
        done = actions.confirm_sent(by=user, today=today, now=clock.now(), letter=found, day=asked["day"])
        return f"{done.reference} was {how} on {done.sent:%-d %B %Y}." + (" The case’s chronology says so." if done.case_id else "")

    form = SentForm(request.POST if request.method == "POST" else None, initial={"day": today})
    return _one_form(request, found, form, do, title=f"When was it {how}?", button="Save")


@needs(Permission.WRITE_LETTERS)
def letter_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _letter(request, pk), user_of(request)

    def do(asked: dict[str, Any]) -> str:
        actions.withdraw_letter(by=user, today=clock.today(), letter=found, why=asked["why"])
        return f"{found.reference} is withdrawn: it is not to be sent."

    form = WithdrawForm(request.POST if request.method == "POST" else None)
    before = "The letter stays in the log. If it is printed already, take it out of the post." if found.printed_at else ""
    return _one_form(request, found, form, do, title="Withdraw the letter", button="Withdraw", before=before)


@require_POST
@needs(Permission.WRITE_LETTERS)
def letter_email(request: HttpRequest, pk: int) -> HttpResponse:
    found = _letter(request, pk)
    try:
        actions.send_by_email(by=user_of(request), letter=found)
    except LetterProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "It is on its way.")
    return redirect("letter", pk=pk)


@require_POST
@needs(Permission.WRITE_LETTERS)
def letter_again(request: HttpRequest, pk: int) -> HttpResponse:
    actions.make_again(by=user_of(request), letter=_letter(request, pk))
    return redirect("letter", pk=pk)
