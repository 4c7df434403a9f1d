"""The routes to a penalty notice: the steps of each, who takes them, and which one requests are begun on."""

from __future__ import annotations

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


class RouteForm(forms.Form):
    route = radios("Requests for ongoing absence are begun on", [(one.code, one.name) for one in routes.ONGOING.values()], "Choose a route")
    start = DateBoxes(label="From", needed="Enter the day from which requests are begun on it")
    reason = WordsField(label="Why", needed="Say why, for those who look back", longest=2000)


@needs(Permission.SET_POLICY)
@require_http_methods(["GET", "POST"])
def legal_routes(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = RouteChoice.objects.in_force(today)
    form = RouteForm(request.POST if request.method == "POST" else None, initial={"route": chosen.code, "start": today})
    if request.method == "POST" and form.is_valid():
        try:
            choice = choose_route(by=user, today=today, now=clock.now(), **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Requests are begun on “{choice.get_route_display()}” from {choice.start:%-d %B %Y}.")
            return redirect("legal_routes")
    history = RouteChoice.objects.select_related("by").order_by("-pk")
    told = [routes.OF_HOLIDAYS, *routes.ONGOING.values()]
    return render(request, "legal/routes.html", {"form": form, "chosen": chosen, "told": told, "history": history})
