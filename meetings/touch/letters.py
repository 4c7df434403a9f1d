"""What a briefing says to one school, in text and HTML, and to whom it goes. No child is named, and no few are counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from attendance.words import plural, say_day
from meetings.models import Briefing, BriefingMail, NoBriefing
from meetings.touch.figures import Beside, Line
from schools.models import Authority, Posting, School
from schools.team import SCHOOL, SLOTS, Person

_SALT = "daymark.briefing"
# The school's own people. Linked services work with several schools; an account by itself is no wish to be written to.
TO = tuple(slot.code for slot in SLOTS if slot.side == SCHOOL and slot.code != Posting.Part.STAFF)


@dataclass(frozen=True, slots=True)
class Recipient:
    name: str
    email: str
    role: str
    extra: bool  # may leave


@dataclass(frozen=True, slots=True)
class Recipients:
    to: Sequence[Recipient]
    left: Sequence[Recipient]  # asked for no more of them
    without: Sequence[str]  # names of those whose e-mail nobody has entered


def recipients(team: Mapping[str, Sequence[Person]], left: set[str]) -> Recipients:
    """One e-mail an address: somebody who fills two places is written to as the first of them.

    `left`: addresses, case folded. The school's own single point of contact stays whatever was asked before.
    """
    found: dict[str, Recipient] = {}
    without: list[str] = []
    for code in TO:
        for person in team.get(code, ()):
            if person.email:
                extra = code != Posting.Part.CONTACT
                found.setdefault(person.email.casefold(), Recipient(person.name, person.email, person.role_name, extra))
            else:
                without.append(person.name)
    gone = {email for email, one in found.items() if one.extra and email in left}
    to = [one for email, one in found.items() if email not in gone]
    return Recipients(to, [found[email] for email in gone], without)


def who_left(schools: Sequence[int]) -> dict[int, set[str]]:
    """By school, the addresses that asked for no more briefings. One query."""
    found: dict[int, set[str]] = {school: set() for school in schools}
    for school, email in NoBriefing.objects.filter(school__any_of=list(schools), back_at=None).values_list("school", "email"):
        found[school].add(email.casefold())
    return found


def words_of(line: Line) -> str:
    """The school's own figure: "93.4% (5,604 of 6,000 sessions)"."""
    if line.value is None:
        return "not known yet"
    if line.few:
        return "too few pupils to be sent by e-mail: sign in to see it"
    return f"{line.value:.1f}% ({line.part:,} of {line.whole:,} {line.unit}{'' if line.whole == 1 else 's'})"


def _pct(value: float | None, missing: str) -> str:
    return missing if value is None else f"{value:.1f}%"


def render(briefing: Briefing, school: School, beside: Beside, authority: Authority, *, home: str) -> tuple[str, str]:
    """The letter as text and as HTML, without its last lines, which are each reader's own. `home`: where Daymark is."""
    rows = [
        {
            "name": line.name,
            "own": words_of(line),
            "authority": _pct(line.authority, "too few schools to be told" if line.few_schools else "not known yet"),
            "england": _pct(line.england, "not published"),
            "neighbours": f"{line.neighbours.low:.1f}% to {line.neighbours.high:.1f}%" if line.neighbours else "not published",
        }
        for line in beside.lines
    ]
    context: dict[str, Any] = {
        "briefing": briefing,
        "school": school,
        "authority": authority,
        "rows": rows,
        "latest": say_day(beside.latest) if beside.latest else "",
        "phase": beside.phase,
        "schools": plural(beside.schools, "school"),
        "then": f"{say_day(beside.then[0])} to {say_day(beside.then[1])}" if beside.then else "",
        "neighbours": max((line.neighbours.of for line in beside.lines if line.neighbours), default=0),
        "why_none": beside.why_none,
        "home": home,
    }
    return render_to_string("touch/email/briefing.txt", context), render_to_string("touch/email/briefing.html", context)


def token_for(school_id: int, email: str) -> str:
    """For one person and one school; it stands for nothing else, and does not run out: letters are kept for years."""
    return signing.dumps([school_id, email.casefold()], salt=_SALT)


def of_token(token: str) -> tuple[int, str] | None:
    """The school and the address a link was made for; None for one that is not ours."""
    try:
        school_id, email = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (school_id, email) if isinstance(school_id, int) and isinstance(email, str) else None


def message_id(mail_id: int) -> str:
    """By which a message that comes back is known."""
    return f"<briefing-{mail_id}@{_domain()}>"


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or "localhost"


def message(
    briefing: Briefing, school: School, text: str, html: str, authority: Authority, *, to: Recipient | BriefingMail, site: str
) -> EmailMultiAlternatives:
    """To one person alone: nobody reads the others' addresses in its head. An answer goes to the team."""
    leave = site.rstrip("/") + reverse("briefing_leave", args=[token_for(school.pk, to.email)]) if to.extra else ""
    foot = {"authority": authority, "school": school, "to": to, "leave": leave}
    headers = {"X-Daymark": "briefing", "Auto-Submitted": "auto-generated"}
    if leave:
        headers |= {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail = EmailMultiAlternatives(
        f"{briefing.subject}: {school.name}"[:200],
        f"{text.rstrip()}\n\n{render_to_string('touch/email/foot.txt', foot).strip()}\n",
        to=[to.email],
        reply_to=[authority.contact_email] if authority.contact_email else None,
        headers=headers,
    )
    mail.attach_alternative(render_to_string("touch/email/whole.html", foot | {"subject": mail.subject, "html": html}), "text/html")
    return mail


def due(last: dt.date | None, every: int, *, today: dt.date) -> dt.date:
    """The day on which the next briefing is due: so many days after the last; today where none ever went."""
    return max(last + dt.timedelta(days=every), today) if last else today
