"""Keeping in touch."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from django.utils import timezone

from meetings.models import (
    Advice,
    AttendanceReview,
    Briefing,
    BriefingLetter,
    BriefingMail,
    Campaign,
    Event,
    Guide,
    GuideFile,
    NoBriefing,
    PlanStep,
    SchoolPlan,
    SelfCheck,
)
from schools import kept
from schools.models import School
from tests.flows.doors import Door

TEAM = {"officer", "manager", "stranger"}
CONTACTS = {"contact_a", "contact_b"}
ASKERS = TEAM | CONTACTS
READERS = ASKERS | {"staff_a"}

DOORS: dict[str, Door] = {
    "touch": Door(READERS),
    "briefings": Door(TEAM),
    "briefing_new": Door(TEAM, post=200),
    "briefing_report": Door(TEAM, post=200),
    "briefings_left": Door(TEAM),
    "briefing_left_undo": Door(TEAM, of="no_briefing", get=405, post=302),
    "briefing": Door(TEAM, of="briefing"),
    "briefing_change": Door(TEAM, of="briefing", get=302, post=200),
    "briefing_progress": Door(TEAM, of="briefing"),
    "briefing_go": Door({"manager"}, of="briefing", get=405, post=302),
    "briefing_take_back": Door({"manager"}, of="briefing", get=405, post=302),
    "briefing_again": Door({"manager"}, of="briefing", get=405, post=302),
    "briefing_preview": Door(TEAM, of="briefing_school"),
    "briefing_test": Door(TEAM, of="briefing_school", get=405, post=302),
    "briefing_letter": Door(READERS, of="briefing_letter"),
    "briefing_mail_again": Door(TEAM, of="briefing_mail", get=405, post=302),
    "briefing_bounced": Door(TEAM, of="briefing_mail", post=200),
    "guides": Door(READERS),
    "guide_new": Door(TEAM, post=200),
    "guide": Door(READERS, of="guide"),
    "guide_change": Door(TEAM, of="guide", post=200),
    "guide_withdraw": Door(TEAM, of="guide", get=405, post=302),
    "guide_file_add": Door(TEAM, of="guide", get=405, post=200),
    "guide_file": Door(READERS, of="guide_file"),
    "guide_file_remove": Door(TEAM, of="guide_file", get=405, post=302),
    "advice_log": Door(ASKERS),
    "advice_ask": Door(CONTACTS, post=200),
    "advice_write": Door(TEAM, post=200),
    "advice": Door(ASKERS, of="advice"),
    "advice_answer": Door(TEAM, of="advice", post=200),
    "advice_publish": Door(TEAM, of="advice", post=200),
    "checks": Door(TEAM),
    "check_see": Door(TEAM, of="check", post=200),
    "practice": Door(ASKERS | {"legal"}, of="school"),
    "self_check": Door(ASKERS, of="school", post=200),
    "review_new": Door(TEAM, of="school", post=200),
    "review": Door(ASKERS | {"legal"}, of="school_review"),
    "review_change": Door(TEAM, of="school_review", post=200),
    "step_add": Door(ASKERS, of="school", post=200),
    "plan_step": Door(ASKERS, of="plan_step", post=200),
    "plan_sign": Door(ASKERS, of="school", post=200),
    "events": Door(READERS),
    "event_new": Door(TEAM, post=200),
    "event": Door(READERS, of="event"),
    "event_change": Door(TEAM, of="event", post=200),
    "event_cancel": Door(TEAM, of="event", post=200),
    "event_sign_up": Door(ASKERS, of="event", post=200),
    "event_came": Door(TEAM, of="event", post=200),
    "campaigns": Door(TEAM),
    "campaign_new": Door(TEAM, post=200),
    "campaign_change": Door(TEAM, of="campaign", post=200),
    "mail_list": Door({"manager", "administrator"}, get=404),  # only where e-mails are written to files
    "mail": Door({"manager", "administrator"}, get=404, arguments={"key": "none.0"}),
}
# Told to every school: whoever may read them at all reads all of them, and in each the schools that are theirs. Templates of
# letters are nobody's in particular.
EVERYBODYS = ("briefing", "guide", "guide_file", "event", "letter_template")


def things_of(school: School) -> dict[str, dict[str, Any]]:
    now = timezone.now()
    said = {"subject": "Attendance briefing", "day": dt.date(2026, 11, 6), "written_at": now, "changed_at": now}
    briefing = Briefing.objects.create(status="sent", made_at=now, **said)
    letter = BriefingLetter.objects.create(briefing=briefing, school=school, text="Yours", html="<p>Yours</p>")
    mail = BriefingMail.objects.create(
        letter=letter, name="Sam", email="sam@school.example", role="SEN contact", extra=True, status="sent", sent_at=now
    )
    left = NoBriefing.objects.create(school=school, email="sam@school.example", left_at=now)
    by = {"changed_at": now}
    guide = Guide.objects.create(
        kind="guide", topic="codes", title="Codes", words="Which code when.", start=dt.date(2026, 9, 1), written_at=now, **by
    )
    held = kept.keep("guidance", io.BytesIO(b"Codes"), ".txt")
    file = GuideFile.objects.create(guide=guide, name="codes.txt", kind="txt", stored=held.name, sha256=held.sha256, size=5, added_at=now)
    asked = {"asked_for": "The head", "asked_at": now, "topic": "codes", "subject": "Code B", "words": "When?"}
    check = SelfCheck.objects.create(school=school, year=2026, edition="1", status="sent", sent_at=now, **by)
    review = AttendanceReview.objects.create(
        school=school, day=dt.date(2026, 11, 3), pupils=4, findings="F", recommendations="R", status="shared", shared_at=now, **by
    )
    plan = SchoolPlan.objects.create(school=school, year=2026, **by)
    step = PlanStep.objects.create(plan=plan, aim="Ask on the first day", owner="Head", due=dt.date(2026, 12, 1), **by)
    event = Event.objects.create(kind="forum", title="Network", day=dt.date(2026, 11, 27), time=dt.time(10), where="Online", **by)
    campaign = Campaign.objects.create(title="Every day", channel="text", start=dt.date(2026, 9, 1), school=school, **by)
    rows = {"guide": guide, "check": check, "school_review": review, "plan_step": step, "event": event, "campaign": campaign}
    rows["advice"] = Advice.objects.create(school=school, status="answered", answer="Now.", answered_at=now, **asked)
    return {name: {"pk": row.pk} for name, row in rows.items()} | {
        "guide_file": {"pk": guide.pk, "file": file.pk},
        "briefing_school": {"pk": briefing.pk, "urn": school.urn},
        "briefing_letter": {"pk": letter.pk},
        "briefing_mail": {"pk": mail.pk},
        "no_briefing": {"pk": left.pk},
        "briefing": {"pk": briefing.pk},
    }
