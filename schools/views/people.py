"""Pages to add or correct a pupil, enrolment, parent or characteristic."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from schools.actions import enrolments, parents, pupils
from schools.actions.enrolments import EnrolmentProblem
from schools.actions.parents import ParentProblem
from schools.actions.pupils import PupilProblem
from schools.forms.fields import show
from schools.forms.people import AdmitForm, CharacteristicForm, EnrolForm, EnrolmentForm, ParentForm, PupilForm
from schools.models import Characteristic, Enrolment, Pupil, Responsibility, School

ENROLMENT_FIELDS = ("start", "end", "kind", "year_group", "ground", "destination", "leaving_reason")
CHARACTERISTIC_FIELDS = ("start", "end", "source", "responsible", "placed")


def _pupil(request: HttpRequest, pk: int) -> Pupil:
    return _seen(request, get_object_or_404(Pupil.objects.visible_to(user_of(request)), pk=pk))


def _seen(request: HttpRequest, pupil: Pupil) -> Pupil:
    """A form shows what the pupil's page shows: opening it is a look at the pupil, and written down as one."""
    if request.method == "GET":
        audit.record("looked at a pupil", by=user_of(request), subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    return pupil


@needs(Permission.EDIT_PEOPLE)
def pupil_add(request: HttpRequest, urn: int) -> HttpResponse:
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    form = AdmitForm(request.POST or None, ask_about_alike="although_alike" in request.POST, initial={"start": clock.today()})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            enrolment = enrolments.admit(
                by=user_of(request),
                today=clock.today(),
                school=school,
                details=form.details(),
                start=asked["start"],
                kind=asked["kind"],
                year_group=asked["year_group"],
                although_alike=asked["although_alike"],
            )
        except (PupilProblem, EnrolmentProblem) as problem:
            form = AdmitForm(request.POST, ask_about_alike=problem.field == "although_alike")
            show(form, problem)
        else:
            messages.success(request, f"{enrolment.pupil} is on roll at {school}.")
            return redirect("pupil", pk=enrolment.pupil_id)
    return render(request, "schools/pupil_add.html", {"form": form, "school": school})


@needs(Permission.EDIT_PEOPLE)
def pupil_edit(request: HttpRequest, pk: int) -> HttpResponse:
    pupil = _pupil(request, pk)
    form = PupilForm(request.POST or None, initial=PupilForm.initial_of(pupil), with_address=pupil.shows_address_to(user_of(request)))
    if request.method == "POST" and form.is_valid():
        try:
            pupils.correct_pupil(by=user_of(request), today=clock.today(), pupil=pupil, details=form.details())
        except PupilProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Saved. A former name or UPN still finds the pupil.")
            return redirect("pupil", pk=pk)
    return render(request, "schools/pupil_edit.html", {"form": form, "pupil": pupil})


@needs(Permission.EDIT_PEOPLE)
def enrolment_add(request: HttpRequest, pk: int) -> HttpResponse:
    pupil = _pupil(request, pk)
    schools = School.objects.visible_to(user_of(request)).open_on(clock.today()).order_by("sort_name")
    form = EnrolForm(request.POST or None, schools=schools, initial={"start": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            enrolment = enrolments.enrol(by=user_of(request), today=clock.today(), pupil=pupil, **form.cleaned_data)
        except EnrolmentProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{pupil} is on roll at {enrolment.school}.")
            return redirect("pupil", pk=pk)
    return render(request, "schools/enrolment_add.html", {"form": form, "pupil": pupil})


@needs(Permission.EDIT_PEOPLE)
def enrolment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    visible = Enrolment.objects.visible_to(user_of(request)).select_related("pupil", "school")
    enrolment = get_object_or_404(visible, pk=pk)
    _seen(request, enrolment.pupil)
    held = {field: getattr(enrolment, field) for field in ENROLMENT_FIELDS}
    form = EnrolmentForm(request.POST or None, initial=held, year_group=enrolment.year_group)
    if request.method == "POST" and form.is_valid():
        try:
            enrolments.correct_enrolment(by=user_of(request), today=clock.today(), enrolment=enrolment, **form.cleaned_data)
        except EnrolmentProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The enrolment at {enrolment.school} is saved. Figures and flags follow in a moment.")
            return redirect("pupil", pk=enrolment.pupil_id)
    return render(request, "schools/enrolment_edit.html", {"form": form, "enrolment": enrolment})


@needs(Permission.EDIT_PEOPLE)
def parent_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A parent known already by name and telephone, e-mail or home is linked, not written a second time."""
    pupil = _pupil(request, pk)
    form = ParentForm(request.POST or None, user=user_of(request), pupil=pupil)
    if request.method == "POST" and form.is_valid():
        try:
            parent = parents.name_parent(
                by=user_of(request),
                today=clock.today(),
                pupil=pupil,
                details=form.details(),
                standing=form.standing(),
                hidden_from=form.kept_from(),
            )
        except ParentProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{parent} is recorded as a parent of {pupil}.")
            return redirect("pupil", pk=pk)
    return render(request, "schools/parent_add.html", {"form": form, "pupil": pupil})


def _responsibility(request: HttpRequest, pk: int) -> Responsibility:
    visible = Responsibility.objects.filter(pupil__in=Pupil.objects.visible_to(user_of(request)))
    return get_object_or_404(visible.select_related("pupil", "parent"), pk=pk)


@needs(Permission.EDIT_PEOPLE)
def parent_edit(request: HttpRequest, pk: int) -> HttpResponse:
    link = _responsibility(request, pk)
    _seen(request, link.pupil)
    form = ParentForm(
        request.POST or None, user=user_of(request), pupil=link.pupil, parent=link.parent, initial=ParentForm.initial_of(link)
    )
    if request.method == "POST" and form.is_valid():
        try:
            parents.correct_parent(
                by=user_of(request),
                today=clock.today(),
                responsibility=link,
                details=form.details(),
                standing=form.standing(),
                hidden_from=form.kept_from(),
            )
        except ParentProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{link.parent} is saved.")
            return redirect("pupil", pk=link.pupil_id)
    hidden = not link.parent.shows_address_to(user_of(request))
    context = {"form": form, "tie": link, "address_hidden": hidden, "kept_from": link.parent.kept_from(user_of(request)) if hidden else []}
    return render(request, "schools/parent_edit.html", context)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def parent_unlink(request: HttpRequest, pk: int) -> HttpResponse:
    link = _responsibility(request, pk)
    pupil, parent = link.pupil, link.parent
    try:
        parents.unlink_parent(by=user_of(request), today=clock.today(), responsibility=link)
    except ParentProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{parent} is no longer recorded as a parent of {pupil}.")
    return redirect("pupil", pk=pupil.pk)


@needs(Permission.EDIT_PEOPLE)
def characteristic_add(request: HttpRequest, pk: int) -> HttpResponse:
    pupil = _pupil(request, pk)
    form = CharacteristicForm(request.POST or None, initial={"start": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            pupils.add_characteristic(by=user_of(request), today=clock.today(), pupil=pupil, **form.cleaned_data)
        except PupilProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Saved.")
            return redirect("pupil", pk=pk)
    return render(request, "schools/characteristic_add.html", {"form": form, "pupil": pupil})


@needs(Permission.EDIT_PEOPLE)
def characteristic_edit(request: HttpRequest, pk: int) -> HttpResponse:
    visible = Characteristic.objects.filter(pupil__in=Pupil.objects.visible_to(user_of(request)))
    held = get_object_or_404(visible.select_related("pupil"), pk=pk)
    _seen(request, held.pupil)
    form = CharacteristicForm(
        request.POST or None, fixed_kind=True, initial={name: getattr(held, name) for name in CHARACTERISTIC_FIELDS}
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            pupils.correct_characteristic(by=user_of(request), today=clock.today(), characteristic=held, **form.cleaned_data)
        except PupilProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Saved.")
            return redirect("pupil", pk=held.pupil_id)
    return render(request, "schools/characteristic_edit.html", {"form": form, "characteristic": held})
