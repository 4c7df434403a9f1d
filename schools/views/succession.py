"""The pupils of a school that became another are moved over, when a manager has seen who they are."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from schools.actions import succession
from schools.forms.fields import DateBoxes
from schools.models import School, SchoolLink

SHOWN = 50


class MoveForm(forms.Form):
    first_day = DateBoxes(label="First day at the new school", needed="Enter the first day at the new school")


@needs(Permission.CONVERT_SCHOOLS)
@require_http_methods(["GET", "POST"])
def school_succession(request: HttpRequest, urn: int, pk: int) -> HttpResponse:
    """First who would be moved; then, confirmed, the move."""
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    link = get_object_or_404(SchoolLink.objects.select_related("predecessor", "successor"), pk=pk, successor=school)
    first = link.since or school.opened
    form = MoveForm(request.POST or None, initial={"first_day": first})
    move = None
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["first_day"]
        try:
            succession.check_first_day(link, day, clock.today())
            if "confirm" in request.POST:
                done = succession.move_pupils(by=user_of(request), today=clock.today(), now=clock.now(), link=link, first_day=day)
                word = "pupil is" if len(done.close) == 1 else "pupils are"
                if done.close:
                    messages.success(request, f"{len(done.close):,} {word} moved over from {link.predecessor}.")
                else:  # the form was sent twice
                    messages.info(request, f"Nobody was left to move over from {link.predecessor}.")
                return redirect("school", urn=urn)
            move = succession.plan_move(link, day)
        except succession.SuccessionProblem as problem:
            form.add_error("first_day", str(problem))
    elif request.method == "GET" and first and first <= clock.today():
        move = succession.plan_move(link, first)
    context = {"school": school, "link": link, "form": form, "move": move, "shown": move.close[:SHOWN] if move else []}
    return render(request, "schools/succession.html", context)
