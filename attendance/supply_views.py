"""A school that supplies no registers for a time: saying so, and saying that it is over."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import supply
from attendance.models import NotSupplying
from attendance.supply import SupplyProblem
from attendance.supply_forms import EndForm, SupplyForm
from schools.forms.fields import show
from schools.models import School


@needs(Permission.SET_SUPPLY)
@require_http_methods(["GET", "POST"])
def of_school(request: HttpRequest, urn: int) -> HttpResponse:
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    today = clock.today()
    form = SupplyForm(request.POST or None, initial={"start": today})
    if request.method == "POST" and form.is_valid():
        try:
            said = supply.say_not_supplying(by=user_of(request), today=today, now=clock.now(), school=school, **form.cleaned_data)
        except SupplyProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{school.name} raises no alarm until {said.last:%-d %B %Y}.")
            return redirect("school", urn=urn)
    rows = list(school.not_supplying.select_related("set_by", "ended_by").order_by("-start", "-pk"))
    context = {"school": school, "form": form, "rows": rows, "today": today}
    return render(request, "attendance/supply.html", context)


@needs(Permission.SET_SUPPLY)
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    said = get_object_or_404(NotSupplying.objects.visible_to(user_of(request)).select_related("school"), pk=pk)
    today = clock.today()
    if said.last < today and request.method == "GET":
        raise Http404
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            supply.end_not_supplying(by=user_of(request), today=today, now=clock.now(), said=said, **form.cleaned_data)
        except SupplyProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Registers of {said.school.name} are expected again.")
            return redirect("school", urn=said.school.urn)
    return render(request, "attendance/supply_end.html", {"said": said, "school": said.school, "form": form})
