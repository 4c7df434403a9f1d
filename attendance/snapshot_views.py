"""What a school says its totals are, beside its register: the list of its snapshots, one of them, and setting one aside."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import actions
from attendance.forms import SetAsideForm
from attendance.models import Snapshot
from attendance.reports.snapshots import beside
from attendance.snapshots import Standing
from schools.models import Enrolment, Pupil, School

STANDINGS = [
    (Standing.DIFFERS.value, "Differ"),
    (Standing.NOT_ON_ROLL.value, "Not on roll then"),
    (Standing.NO_MARKS.value, "No marks in the register"),
    (Standing.NOT_SAID.value, "Only in the register"),
    (Standing.AGREES.value, "Agree"),
]
SNAPSHOTS_PER_PAGE, PUPILS_PER_PAGE = 10, 50


@require_safe
@needs(Permission.SEE_PUPILS)
def of_school(request: HttpRequest, urn: int) -> HttpResponse:
    user = user_of(request)
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    found = Snapshot.objects.visible_to(user).filter(school=school).newest_first().select_related("extract", "by")
    page = Paginator(found, SNAPSHOTS_PER_PAGE).get_page(request.GET.get("page"))
    compared = beside(list(page.object_list), school)
    context = {
        "school": school,
        "page": page,
        "compared": [compared[one.pk] for one in page.object_list],
        "may_upload": user.may(Permission.UPLOAD_REGISTER),
    }
    return render(request, "attendance/snapshots.html", context)


@require_safe
@needs(Permission.SEE_PUPILS)
def snapshot(request: HttpRequest, pk: int) -> HttpResponse:
    """Totals, and every pupil with what differs, the most urgent first. A school reads its own pupils of this school year."""
    user = user_of(request)
    visible = Snapshot.objects.visible_to(user).select_related("school", "extract", "by", "set_aside_by")
    found = get_object_or_404(visible, pk=pk)
    compared = beside([found], found.school)[found.pk]
    mine = set(Enrolment.objects.visible_to(user).filter(school=found.school).values_list("pupil", flat=True))
    seen = [line for line in compared.lines if line.pupil.pk in mine or user.as_role.every_school]
    chosen = request.GET.get("show", "")
    lines = [line for line in seen if line.standing == chosen] if chosen in list(Standing) else seen
    linked = set(Pupil.objects.visible_to(user).filter(pk__in=[line.pupil.pk for line in lines]).values_list("pk", flat=True))
    context = {
        "snapshot": found,
        "school": found.school,
        "beside": compared,
        "page": Paginator(lines, PUPILS_PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "standings": STANDINGS,
        "linked": linked,
        "unnamed": len(compared.lines) - len(seen),
        "may_set_aside": found.set_aside_at is None and Snapshot.objects.set_aside_by_word_of(user).filter(pk=found.pk).exists(),
    }
    return render(request, "attendance/snapshot.html", context)


@needs(Permission.UNDO_LOAD)
@require_http_methods(["GET", "POST"])
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Of a file that was sent by mistake, or with the wrong dates: kept, and no question to anybody any more."""
    user = user_of(request)
    found = get_object_or_404(Snapshot.objects.set_aside_by_word_of(user).select_related("school"), pk=pk)
    form = SetAsideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_aside_snapshot(by=user, today=clock.today(), now=clock.now(), snapshot=found, why=form.cleaned_data["why"])
        messages.success(request, "Set aside. It is kept here with your reason, and nothing is asked about it any more.")
        return redirect("snapshot", pk=found.pk)
    return render(request, "attendance/snapshot_set_aside.html", {"snapshot": found, "school": found.school, "form": form})
