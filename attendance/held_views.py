"""Pupils to match: who waits for a person to say whom a register means, and what was decided."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance import actions, matching, waiting
from attendance.held_forms import FindForm, HeldFilter, ReasonForm
from attendance.imports import load
from attendance.imports.parsed import Mapping, Problem
from attendance.imports.rejects import rejected_file, returned_suffix
from attendance.models import HeldDecision, HeldPerson, HeldRows
from schools.actions import pupils as pupil_actions
from schools.models import Enrolment, Pupil, School

PER_PAGE = 50
MOST_FILES = 20  # shown of one person, the newest
Kind = HeldDecision.Kind


@needs(Permission.EDIT_PEOPLE)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits, or who was decided about."""
    user = user_of(request)
    people = HeldPerson.objects.visible_to(user)
    schools = School.objects.filter(pk__in=people.values("school")).order_by("sort_name")
    form = HeldFilter(request.GET, schools=schools)
    school, done = form.chosen()
    found = waiting.decided(user, school=school) if done else waiting.queue(user, school=school)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    choices = {} if done else waiting.choices(page.object_list, user)
    rows = [(person, choices.get(person.pk), _days(person)) for person in page.object_list]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "done": done,
        "filtered": school is not None,
        "several": sum(bool(choice and choice.certain) for _, choice, _ in rows),
        "one_school": not user.as_role.every_school and len(schools) == 1,
    }
    return render(request, "attendance/held_queue.html", context)


def _days(person: HeldPerson) -> int:
    """For how many days somebody has waited; a deployment that lives on an earlier day counts none."""
    return max((clock.today() - person.since.astimezone(clock.LONDON).date()).days, 0)


def _person(request: HttpRequest, pk: int) -> HeldPerson:
    return get_object_or_404(HeldPerson.objects.visible_to(user_of(request)).select_related("school"), pk=pk)


def _standing(person: HeldPerson) -> HeldDecision | None:
    return person.decisions.standing().select_related("by", "pupil").first()


def _parts(person: HeldPerson, user: User) -> QuerySet[HeldRows]:
    """The files' parts that the user may read: a school those of its own users."""
    parts = person.parts.select_related("extract", "load").order_by("extract__as_at", "pk")
    return parts if user.as_role.in_authority else parts.sent_by_schools()


@needs(Permission.EDIT_PEOPLE)
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What the files say, beside those who may be meant."""
    user, held = user_of(request), _person(request, pk)
    parts = list(_parts(held, user))
    standing = _standing(held)
    find = FindForm(request.GET if "upn" in request.GET else None)
    other = _by_upn(find, held, user) if find.is_bound and find.is_valid() else None
    context = {
        "person": held,
        "parts": parts[-MOST_FILES:][::-1],
        "more_files": max(len(parts) - MOST_FILES, 0),
        "standing": standing,
        "words": matching.in_words(standing) if standing and _sees(standing, user) else "",
        "choices": None if standing else waiting.choices([held], user)[held.pk],
        "before": list(held.decisions.exclude(taken_back_at=None).select_related("by", "pupil", "taken_back_by").order_by("at")),
        "sessions": sum(part.sessions for part in parts),
        "rows": sum(part.rows for part in parts),
        "days": _days(held),
        "may_add": matching.may_decide(user, Kind.NEW),
        "may_take_back": standing is not None and matching.may_take_back(user, standing),
        "find": find,
        "other": other,
    }
    return render(request, "attendance/held_person.html", context)


def _sees(decision: HeldDecision, user: User) -> bool:
    return decision.pupil is None or Pupil.objects.visible_to(user).filter(pk=decision.pupil_id).exists()


def _by_upn(form: FindForm, held: HeldPerson, user: User) -> Pupil | None:
    """A pupil whom the user may match these rows to, by the number typed."""
    pupil = pupil_actions.find_by_upn(form.cleaned_data["upn"])
    found = _matchable(held, user).filter(pk=pupil.pk).first() if pupil else None
    if found is None:
        where = "" if user.as_role.in_authority else f" on roll at {held.school}"
        form.add_error("upn", f"You see no pupil with this UPN{where}. Check the number")
    return found


def _matchable(held: HeldPerson, user: User) -> QuerySet[Pupil]:
    """Whom the user may say is meant: a school only its own."""
    pupils = Pupil.objects.visible_to(user).filter(merged_into=None)
    if user.as_role.in_authority:
        return pupils
    return pupils.filter(pk__in=Enrolment.objects.visible_to(user).filter(school=held.school).values("pupil"))


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def match(request: HttpRequest, pk: int, pupil: int) -> HttpResponse:
    """What matching would do to the register, then the matching."""
    user, held = user_of(request), _person(request, pk)
    chosen = get_object_or_404(_matchable(held, user), pk=pupil)
    if request.method == "POST":
        return _decided(request, held, lambda: matching.match(by=user, today=clock.today(), person=held, pupil=chosen))
    if _standing(held):
        return redirect("held_person", pk=held.pk)
    spells = Enrolment.objects.of_pupil(chosen, user).select_related("school").order_by("-start")
    context = {
        "person": held,
        "pupil": chosen,
        "foreseen": waiting.foresee(held, chosen),
        "here": [spell for spell in spells if spell.school_id == held.school_id],
        "elsewhere": [spell for spell in spells if spell.school_id != held.school_id],
    }
    return render(request, "attendance/held_match.html", context)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def match_several(request: HttpRequest) -> HttpResponse:
    """Those ticked whose name and birthday agree with one pupil on roll: looked at again before anything is done."""
    user = user_of(request)
    ticked = [int(pk) for pk in request.POST.getlist("person") if pk.isdecimal()][:PER_PAGE]
    people = list(HeldPerson.objects.visible_to(user).waiting().filter(pk__in=ticked).select_related("school"))
    choices = waiting.choices(people, user)
    done = 0
    for held in people:
        certain = choices[held.pk].certain
        if certain is None:
            continue
        try:
            matching.match(by=user, today=clock.today(), person=held, pupil=certain.pupil)
            done += 1
        except matching.DecisionProblem as problem:
            messages.warning(request, f"{held}: {problem}")
    if done:
        messages.success(request, f"{done} pupil{'' if done == 1 else 's'} matched. Their marks are in the register.")
    elif not ticked:
        messages.warning(request, "Tick the pupils who are matched rightly, then choose the button again.")
    elif not people:
        messages.warning(request, "These have been decided about in the meantime. Nothing more was changed.")
    school = request.POST.get("school", "")
    return redirect(reverse("held") + (f"?school={school}" if school.isdecimal() else ""))


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    if not matching.may_decide(user, Kind.NEW):
        raise PermissionDenied
    held = _person(request, pk)
    if request.method == "POST":
        return _decided(request, held, lambda: matching.add_new(by=user, today=clock.today(), person=held))
    if _standing(held):
        return redirect("held_person", pk=held.pk)
    parts = list(held.parts.to_load())
    first = matching.first_marked(parts) if parts else None
    choices = waiting.choices([held], user)[held.pk]
    return render(request, "attendance/held_new.html", {"person": held, "first": first, "choices": choices})


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Not ours, and why."""
    user, held = user_of(request), _person(request, pk)
    if _standing(held) and request.method == "GET":
        return redirect("held_person", pk=held.pk)
    form = ReasonForm(request.POST or None, label="Why are these rows not a pupil of this school?")
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        return _decided(request, held, lambda: matching.set_aside(by=user, today=clock.today(), person=held, reason=reason))
    return render(request, "attendance/held_aside.html", {"person": held, "form": form})


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    user, held = user_of(request), _person(request, pk)
    standing = _standing(held)
    if standing is None or not matching.may_take_back(user, standing):
        return redirect("held_person", pk=held.pk)
    form = ReasonForm(request.POST or None, label="Why is this taken back?")
    if form.is_bound and form.is_valid():
        try:
            matching.take_back(by=user, today=clock.today(), decision=standing, reason=form.cleaned_data["reason"])
            messages.success(request, "Taken back. The rows wait again for somebody to decide.")
        except matching.DecisionProblem as problem:
            messages.warning(request, str(problem))
        return redirect("held_person", pk=held.pk)
    context = {
        "person": held,
        "form": form,
        "words": matching.in_words(standing) if _sees(standing, user) else "",
        "standing": standing,
        "loads": held.parts.exclude(load=None).count(),
        "later": waiting.loaded_since(held, standing, user),
    }
    return render(request, "attendance/held_take_back.html", context)


def _decided(request: HttpRequest, held: HeldPerson, decide: Callable[[], HeldDecision]) -> HttpResponse:
    """Decide, say so, and lead to whoever waits next at the school; where somebody was quicker, to what they did."""
    try:
        decision = decide()
    except matching.DecisionProblem as problem:
        messages.warning(request, str(problem))
        return redirect("held_person", pk=held.pk)
    words = {
        Kind.MATCH: f"{held} is matched to {decision.pupil}. The marks are in the register.",
        Kind.NEW: f"{decision.pupil} is added and on roll at {held.school}. The marks are in the register.",
        Kind.NOT_OURS: f"{held} is set aside: not a pupil of {held.school}. Nothing was loaded.",
    }
    messages.success(request, words[Kind(decision.kind)])
    following = waiting.queue(user_of(request), school=held.school).first()
    if following is not None:
        return redirect("held_person", pk=following.pk)
    return redirect("held")


@needs(Permission.EDIT_PEOPLE)
@require_GET
def rows(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """The rows of one file about this person, as they were sent."""
    user, held = user_of(request), _person(request, pk)
    one = get_object_or_404(_parts(held, user), pk=part)
    if not default_storage.exists(one.extract.stored):
        raise Http404
    standing = _standing(held)
    reason = f"Set aside: {standing.reason}" if standing and standing.kind == Kind.NOT_OURS else "Held until somebody says who this is."
    problems = [Problem(0, line, "", "", reason, whole_row=True) for line in one.read_lines()]
    mapping = Mapping.from_json(one.extract.mapping)
    content = rejected_file(load.stored(one.extract), mapping, problems)
    actions.record_download(by=user, extract=one.extract, what="Held rows downloaded")
    response = HttpResponse(content, content_type="text/csv", headers={"X-Content-Type-Options": "nosniff"})
    response["Content-Disposition"] = f'attachment; filename="held-rows-{one.pk}{returned_suffix(mapping)}"'
    return response
