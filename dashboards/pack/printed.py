"""The pack as a PDF: what its page shows, as of the day it was asked for. Made by a worker (docs/decisions.md 13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string

from dashboards.models import Paper
from dashboards.pack import front
from dashboards.pack.agenda import of_meeting, of_school, with_agenda
from dashboards.pack.gather import Pack, gather
from dashboards.pack.running import Talk
from dashboards.papers.drawing import drawn
from dashboards.templatetags.daymark import day, plural_of
from meetings.models import Meeting
from schools import printing
from schools.models import Authority, School


def pack(paper: Paper) -> tuple[bytes, dt.date | None]:
    """The PDF of a pack that was asked for, and the last day of the registers it was made from."""
    inside = paper.audience == Paper.Audience.INSIDE
    school: School = paper.school  # type: ignore[assignment]
    meeting = None
    if paper.meeting_id:
        meeting = with_agenda(Meeting.objects.select_related("school", "officer"), today=paper.as_at).get(pk=paper.meeting_id)
    of = of_meeting(meeting, inside=inside) if meeting else of_school(school, today=paper.as_at)
    found = gather(of, inside=inside, today=paper.as_at)
    authority = Authority.objects.filter(pk=1).first()
    look = {"colour": authority.colour if authority else "#0b0c0c", "look": "pack"}
    css = render_to_string("dashboards/papers/paper.css", look) + render_to_string("dashboards/pack/print.css")
    return printing.pdf(html(found, meeting, authority), css), found.reach


def html(found: Pack, meeting: Meeting | None, authority: Authority | None) -> str:
    """What is printed."""
    drawings = [replace(chart, svg=drawn(chart)) for chart in found.charts]
    brief = [talk for talk in found.running.talks if talk.pupil in found.detailed or _without_time(talk, found)]
    points = [talk for talk in found.running.talks if talk not in brief]
    look = {"authority": authority, "drawings": drawings, "points": points, "brief": brief, "printed": True}
    return render_to_string("dashboards/pack/print.html", {**context(found, meeting), **look})


def _without_time(talk: Talk, found: Pack) -> bool:
    """Of a pupil whom nobody will come to: on paper the name and the flag are enough, or they fill half of a large school's pack."""
    return bool(talk.pupil or talk.left) and not found.running.minutes.get(talk.place)


def context(found: Pack, meeting: Meeting | None) -> dict[str, Any]:
    """What the page and the print say above the pack."""
    title = f"{found.school.name}, pack for the meeting on {day(meeting.day)}" if meeting else f"{found.school.name}, meeting pack"
    when = (
        f"{meeting.time:%H:%M}, {plural_of(meeting.minutes, 'minute')}, {meeting.get_place_display().lower()}, with {meeting.officer}"
        if meeting
        else f"No meeting is planned. {plural_of(found.running.length, 'minute')} are suggested"
    )
    reader = "For working inside the authority: it says more than the school is told" if found.inside else "As the school may read it"
    return {
        "pack": found,
        "drawings": found.charts,
        "points": found.running.talks,
        "facts": front.facts(found),
        "sentences": front.sentences(found),
        "title": title,
        "subtitle": f"{when}. {found.school.get_phase_display()}, URN {found.school.urn}",
        "about": [f"{reader}. It names children: keep it safe.", f"As things stood on {day(found.today)}."],
    }


def of_term(paper: Paper) -> list[tuple[School, Meeting | None]]:
    """Every open school, with its next meeting of the term where one is planned. Two queries."""
    term = paper.term_of
    planned = Meeting.objects.support().filter(status=Meeting.Status.PLANNED, day__range=(max(paper.as_at, term.first), term.last))
    meetings = {meeting.school_id: meeting for meeting in planned.order_by("-day", "-time")}
    return [(school, meetings.get(school.pk)) for school in School.objects.open_on(paper.as_at).order_by("sort_name", "pk")]
