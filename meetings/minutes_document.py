"""The PDF of a version of the minutes: made by a worker, once, and kept byte for byte. With names, and with initials for e-mails."""

from __future__ import annotations

import datetime as dt
import io
import logging

from django.db import transaction
from django.template.loader import render_to_string

from meetings.actions.post import ATTEMPTS, SOME
from meetings.alike import all_of, grouped
from meetings.minutes_content import Content, names_in, not_reached, with_initials, without_names
from meetings.models import Minutes
from schools import kept, printing
from schools.models import Authority

log = logging.getLogger("daymark.minutes")


def waiting() -> list[int]:
    return list(Minutes.objects.filter(status=Minutes.Status.WAITING).order_by("pk").values_list("pk", flat=True)[:SOME])


def make_minutes(minutes_id: int) -> Minutes | None:
    """Make both files if they are still to be made; None where there was nothing to do or another worker is at it."""
    try:
        with transaction.atomic():
            rows = Minutes.objects.select_for_update(skip_locked=True, of=("self",)).select_related("made_by")
            minutes = rows.filter(pk=minutes_id, status=Minutes.Status.WAITING).first()
            if minutes is None:
                return None
            named = kept.keep("minutes", io.BytesIO(pdf(minutes, minutes.content)), ".pdf")
            mailed = kept.keep("minutes", io.BytesIO(pdf(minutes, with_initials(minutes.content), initials=True)), ".pdf")
            minutes.stored, minutes.stored_initials, minutes.size = named.name, mailed.name, named.size
            minutes.status, minutes.error = Minutes.Status.MADE, ""
            minutes.save(update_fields=["stored", "stored_initials", "size", "status", "error"])
    except Exception as problem:
        log.exception("The minutes %s could not be made", minutes_id)
        return _failed(minutes_id, problem)
    return minutes


@transaction.atomic
def _failed(minutes_id: int, problem: Exception) -> Minutes | None:
    minutes = Minutes.objects.select_for_update().filter(pk=minutes_id, status=Minutes.Status.WAITING).first()
    if minutes is None:
        return None
    minutes.attempts += 1
    minutes.error = f"The PDF could not be made ({type(problem).__name__}). Attempt {minutes.attempts} of {ATTEMPTS}."
    if minutes.attempts >= ATTEMPTS:
        minutes.status = Minutes.Status.FAILED
    minutes.save(update_fields=["attempts", "error", "status"])
    return minutes


def told(content: Content) -> dict[str, object]:
    """The content as a page or a PDF shows it: days as days, and what was not reached."""

    def of_action(one: Content) -> Content:
        return one | {"due": dt.date.fromisoformat(one["due"])}

    schools = [one["name"] for one in content.get("schools", ())] if content.get("matter") == "All schools" else []

    def together(actions: list[Content]) -> list[Content]:
        """Of a meeting of several schools: what some of them do alike stands once."""
        some = grouped(((one["what"], one["success"], one["due"]) if schools else n, one) for n, one in enumerate(actions))
        return [group[0] | {"who": _who([one["who"] for one in group], schools)} for group in some]

    items = [one | {"actions": [of_action(action) for action in together(one["actions"])]} for one in content["items"]]
    return content | {
        "day": dt.date.fromisoformat(content["day"]),
        "reached": [one for one in items if one["reached"]],
        "not_reached": not_reached(content),
        "others": [of_action(one) for one in together(content["others"])],
        "came": [one for one in content["people"] if one["came"]],
        "absent": [one for one in content["people"] if not one["came"]],
    }


def _who(who: list[str], schools: list[str]) -> str:
    return "each school" if all_of(who, schools) else "; ".join(who)


def html(minutes: Minutes, content: Content, *, initials: bool = False) -> str:
    reason = without_names(minutes.reason, names_in(content)) if initials else minutes.reason
    context = {"minutes": minutes, "said": told(content), "initials": initials, "reason": reason}
    context["authority"] = Authority.objects.filter(pk=1).first()
    return render_to_string("meetings/documents/minutes.html", context)


def pdf(minutes: Minutes, content: Content, *, initials: bool = False) -> bytes:
    authority = Authority.objects.filter(pk=1).first()
    css = render_to_string("meetings/documents/minutes.css", {"colour": authority.colour if authority else "#0b0c0c"})
    return printing.pdf(html(minutes, content, initials=initials), css)
