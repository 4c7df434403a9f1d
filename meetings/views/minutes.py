"""The minutes while the meeting goes on: one page, saved line by line by its script, or whole by its one button."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from accounts import audit, clock, typed
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.words import plural
from meetings import actions
from meetings.actions import MeetingProblem
from meetings.actions.items import GONE
from meetings.actions.minuting import Overtaken
from meetings.minutes_forms import WholeForm
from meetings.minuting_page import Row, items_of, rows_of
from meetings.models import Action, General, Meeting
from meetings.views.meetings import meeting_of, over
from schools.forms.fields import show

_SAVED, _WRONG, _OVERTAKEN = "saved", "wrong", "overtaken"
_GENERAL = "general"
_KEYS = re.compile(r"\d{1,18}(?:,\d{1,18}){0,999}")
_TYPED = re.compile(r"i(\d{1,18})-(?:note|what)\Z")


@needs(Permission.PLAN_MEETINGS)
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_of(request, pk)
    if (back := over(request, found)) is not None:
        return back
    page = _Page(request, found)
    if request.method == "POST":
        return page.one_line(request.POST["only"]) if "only" in request.POST else page.whole()
    if kept := typed.take(request, user_of(request)):
        page.read(kept)
        messages.warning(request, "You had been signed out. What you typed is below and is not saved yet: look at it, then save.")
        return page.show()
    page.read()
    return page.show()


@require_safe
@needs(Permission.PLAN_MEETINGS)
def minutes_saved(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines that somebody else has saved: those whose version is not the one in the address, `i12=3&general=1`."""
    found = get_object_or_404(Meeting.objects.visible_to(user_of(request)).select_related("school", "officer"), pk=pk)
    page = _Page(request, found)
    page.read(only_changed=request.GET)
    if page.rows:  # asked every few seconds: a look is one that shows something
        audit.record("looked at a meeting", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    return page.told()


class _Page:
    """One look at the minutes, or one sending of them."""

    def __init__(self, request: HttpRequest, meeting: Meeting) -> None:
        self.request, self.meeting = request, meeting
        self.user, self.today = user_of(request), clock.today()
        self.rows: list[Row] = []
        self.general = General(meeting=meeting, version=0)
        self.form: WholeForm | None = None
        self.form_state = ""
        self.numbers = (0, 0)

    def read(self, data: QueryDict | None = None, *, only: str = "", only_changed: QueryDict | None = None) -> None:
        """The lines as they stand, with what `data` says of those that it names; `only` one, or those of another version."""
        items = list(items_of(self.meeting)) if only != _GENERAL else []
        self.numbers = (sum(item.reached for item in items), len(items))
        if only:
            items = [item for item in items if f"i{item.pk}" == only]
        if only_changed is not None:
            items = [item for item in items if only_changed.get(f"i{item.pk}") != str(item.version)]
        self.rows = rows_of(self.meeting, items, self.user, today=self.today, data=data) if items else []
        self.form = None
        if only and only != _GENERAL:
            return
        self.general = General.objects.select_related("saved_by", "meeting").filter(meeting=self.meeting).first() or self.general
        if only_changed is None or only_changed.get(_GENERAL) != str(self.general.version):
            bound = data if data is not None and f"{_GENERAL}-version" in data else None
            self.form = WholeForm(bound, general=self.general)

    def _save(self) -> int:
        """Save what was touched; returns how many lines were."""
        saved = 0
        if self.form is not None and self.form.touched():
            self.form_state = self._save_general(self.form)
            saved += self.form_state == _SAVED
        for row in self.rows:
            if row.form.touched():
                row.state = self._save_row(row)
                saved += row.state == _SAVED
        return saved

    def _save_general(self, form: WholeForm) -> str:
        if not form.is_valid():
            return _OVERTAKEN if form.waits_for_a_choice(self.general) else _WRONG
        try:
            actions.save_general(by=self.user, now=clock.now(), meeting=self.meeting, whole=form.whole(), base=form.base())
        except Overtaken as problem:
            form.show_overtaken(problem)
            return _OVERTAKEN
        except MeetingProblem as problem:
            show(form, problem)
            return _WRONG
        return _SAVED

    def _save_row(self, row: Row) -> str:
        form = row.form
        if not form.is_valid():
            return _OVERTAKEN if form.waits_for_a_choice(row.item) else _WRONG
        try:
            actions.save_line(
                by=self.user,
                today=self.today,
                now=clock.now(),
                item=row.item,
                line=form.line(),
                base=form.base(),
                action=form.action(has_one=bool(row.actions)),
                school=form.of_school(),
                form_token=form.cleaned_data["form_token"],
            )
        except Overtaken as problem:
            form.show_overtaken(problem)
            return _OVERTAKEN
        except MeetingProblem as problem:
            show(form, problem)
            return _WRONG
        return _SAVED

    def whole(self) -> HttpResponse:
        """The page's one button: what was touched is saved; what cannot be is shown again, with what was typed."""
        data = self.request.POST
        self.read(data)
        known = {row.item.pk for row in self.rows}
        saved = self._save()
        self._take_back(data.get("take_back", ""))
        self._say_gone(data, known)
        left = {row.item.pk: row for row in self.rows if row.state in (_WRONG, _OVERTAKEN)}
        form, state = self.form, self.form_state
        if saved:
            messages.success(self.request, f"Saved: {plural(saved, 'line')}.")
        if not left and state in ("", _SAVED):
            if not saved and "take_back" not in data:
                messages.info(self.request, "Nothing was changed, so nothing was saved.")
            return redirect("minutes", pk=self.meeting.pk)
        self.read()
        for row in self.rows:
            if row.item.pk in left:
                row.form, row.state = left[row.item.pk].form, left[row.item.pk].state
        if state in (_WRONG, _OVERTAKEN):
            self.form, self.form_state = form, state
        return self.show()

    def _take_back(self, asked: str) -> None:
        """Of several schools all that are alike: each that can be."""
        found = self._asked(asked)
        if not found and _KEYS.fullmatch(asked):
            raise Http404
        for action in found:
            try:
                actions.take_back_action(by=self.user, now=clock.now(), action=action)
            except MeetingProblem as problem:
                messages.error(self.request, str(problem))
            else:
                messages.success(self.request, f"Taken back: {action.what}")

    def _asked(self, keys: str) -> list[Action]:
        """The actions of this meeting that are to be taken back, by their keys."""
        known = [int(key) for key in keys.split(",")] if _KEYS.fullmatch(keys) else []
        return list(self.meeting.actions.filter(pk__in=known).select_related("item", "meeting", "school").order_by("pk"))

    def _say_gone(self, data: QueryDict, known: set[int]) -> None:
        for name, value in data.items():
            match = _TYPED.match(name)
            if match and int(match[1]) not in known and str(value).strip() and value != data.get(f"initial-{name}"):
                messages.error(self.request, f"{GONE} You typed: “{value}”")

    def one_line(self, only: str) -> HttpResponse:
        """For the page's script: one line saved, and how it stands now."""
        self.read(self.request.POST, only=only)
        if not self.rows and self.form is None:
            return JsonResponse({"lines": [], "problem": GONE}, status=409)
        self._save()
        self._take_back_quietly()
        if self.rows:
            state, form = self.rows[0].state, self.rows[0].form
            self.read(only=only)
            self.rows[0].state = state
            if state in (_WRONG, _OVERTAKEN):
                self.rows[0].form = form
        else:
            state, whole = self.form_state, self.form
            self.read(only=only)
            self.form_state = state
            if state in (_WRONG, _OVERTAKEN):
                self.form = whole
        return self.told()

    def _take_back_quietly(self) -> None:
        for action in self._asked(self.request.POST.get("take_back", "")):
            try:
                actions.take_back_action(by=self.user, now=clock.now(), action=action)
            except MeetingProblem as problem:
                show(self.rows[0].form, problem)
                self.rows[0].state = _WRONG

    def told(self) -> JsonResponse:
        lines = [
            {
                "id": f"i{row.item.pk}",
                "version": row.item.version,
                "state": row.state,
                "html": self._html("meetings/_line.html", {"row": row}),
            }
            for row in self.rows
        ]
        if self.form is not None:
            html = self._html("meetings/_line_general.html", {"form": self.form, "state": self.form_state, "general": self.general})
            lines.append({"id": _GENERAL, "version": self.general.version, "state": self.form_state, "html": html})
        return JsonResponse({"lines": lines, "summary": _summary(*self.numbers), "token": get_token(self.request)})

    def _html(self, template: str, context: dict[str, Any]) -> str:
        return render_to_string(template, context | self._context() | {"user": self.user})  # no request: no context processor asks a line

    def _context(self) -> dict[str, Any]:
        return {"meeting": self.meeting, "today": self.today}

    def show(self) -> HttpResponse:
        wrong = [row for row in self.rows if row.state in (_WRONG, _OVERTAKEN)]
        context = self._context() | {
            "rows": self.rows,
            "form": self.form,
            "state": self.form_state,
            "general": self.general,
            "wrong": wrong,
            "summary": _summary(*self.numbers),
            "typed_by": typed.mark(self.user, self.request.path),
            "closed": self.meeting.school.closed and self.meeting.school.closed < self.today,
            "latest": self.meeting.minuted.order_by("-version").first() if self.meeting.status == Meeting.Status.HELD else None,
        }
        return render(self.request, "meetings/minutes.html", context)


def _summary(reached: int, of: int) -> str:
    return f"{reached} of {plural(of, 'item')} reached" if of else ""
