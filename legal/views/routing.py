"""The routes to a penalty notice: the steps of each, who takes them, and which one requests are begun on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from legal import routes
from legal.actions.problem import NoticeProblem
from legal.actions.routing import choose_route
from legal.models import RouteChoice
from schools.forms.fields import DateBoxes, WordsField, radios, show

_OFFERED = [*((one.code, one.name) for one in routes.ONGOING.values()), (routes.OWN, routes.OWN_NAME)]
_PLACES = ("First", "Second", "Third", "Fourth")
_STEPS = [("", "No step"), *((step.code, step.name) for step in routes.BEFORE)]


def _step(place: int) -> forms.ChoiceField:
    told = f"Only for “{routes.OWN_NAME}”. The request, what is considered, the decision and service come after in any case."
    return forms.ChoiceField(
        label=f"{_PLACES[place]} step", choices=_STEPS, required=False, help_text="" if place else told,
        error_messages={"invalid_choice": "Choose a step from the list"},
    )  # fmt: skip


class RouteForm(forms.Form):
    route = radios("Requests for ongoing absence are begun on", _OFFERED, "Choose a route")
    step_1, step_2, step_3, step_4 = (_step(place) for place in range(len(_PLACES)))
    start = DateBoxes(label="From", needed="Enter the day from which requests are begun on it")
    reason = WordsField(label="Why", needed="Say why, for those who look back", longest=2000)

    def chosen(self) -> dict[str, Any]:
        """As the action takes it: steps in their order, those that were left empty passed over."""
        given = dict(self.cleaned_data)
        steps = [given.pop(f"step_{place}") for place in range(1, len(_PLACES) + 1)]
        return given | {"steps": [step for step in steps if step]}


@needs(Permission.SET_POLICY)
@require_http_methods(["GET", "POST"])
def legal_routes(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = RouteChoice.objects.in_force(today)
    own = [step.code for step in chosen.steps[: -len(routes.GATE)]] if chosen.code == routes.OWN else []
    start = {"route": chosen.code, "start": today} | {f"step_{place}": step for place, step in enumerate(own, 1)}
    form = RouteForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            choice = choose_route(by=user, today=today, now=clock.now(), **form.chosen())
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Requests are begun on “{choice.get_route_display()}” from {choice.start:%-d %B %Y}.")
            return redirect("legal_routes")
    history = RouteChoice.objects.select_related("by").order_by("-pk")
    told = [routes.OF_HOLIDAYS, *routes.ONGOING.values(), *([chosen] if own else [])]
    return render(request, "legal/routes.html", {"form": form, "chosen": chosen, "told": told, "history": history})
