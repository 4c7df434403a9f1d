"""Children missing education, joint enquiries, and children with a social worker."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from casework.models import MissingCheck, MissingChild, PlaceApplication, TellWorker
from schools.models import Characteristic, Enrolment, JointEnquiry, Pupil, School
from tests.flows.doors import SENDERS, Door

READERS = SENDERS | {"legal"}
WORKERS = {"officer", "manager", "stranger"}
DAY = dt.date(2026, 11, 2)

DOORS: dict[str, Door] = {
    "missing": Door(READERS),
    "missing_refer_unknown": Door(WORKERS, post=200),
    "missing_tracing": Door(WORKERS),
    "missing_meeting": Door(WORKERS),
    "missing_meeting_download": Door(WORKERS, arguments={"form": "csv"}),
    "missing_meeting_decide": Door(WORKERS, of="missing", post=200),
    "ungrounded": Door(SENDERS),
    "missing_child": Door(READERS, of="missing"),
    "missing_lead": Door(WORKERS, of="missing", post=200),
    "missing_found": Door(WORKERS, of="missing", post=200),
    "missing_note": Door(WORKERS, of="missing", post=200),
    "missing_check": Door(WORKERS, of="missing", post=200),
    "missing_check_answer": Door(WORKERS, of="missing_check", post=200),
    "missing_apply": Door(WORKERS, of="missing", post=200),
    "missing_decide": Door(WORKERS, of="application", post=200),
    "missing_close": Door(WORKERS, of="missing", post=200),
    "missing_refer": Door(SENDERS, of="pupil", post=200),
    "vacancies": Door(READERS),
    "vacancies_declare": Door(SENDERS, of="school", post=302),
    "enquiries": Door(READERS),
    "enquiry": Door(READERS, of="enquiry"),
    "enquiry_step": Door(SENDERS, of="enquiry", post=200),
    "enquiry_conclude": Door(SENDERS, of="enquiry", post=200),
    "first_day": Door(READERS),
    "first_day_respond": Door(WORKERS, of="enrolment", post=200),
    "tell_worker": Door(SENDERS | {"legal"}, of="tell_worker", post=200),
    "care_children": Door(READERS),
    "care_download": Door(READERS, arguments={"form": "csv"}),
    "summary_ask": Door(READERS, get=405, post=302),
    "summary": Door(READERS, get=404, arguments={"pk": 999999}),  # one's own only, and nobody has asked
    "summary_pdf": Door(READERS, get=404, arguments={"pk": 999999}),
    "care_child": Door(READERS, of="pupil"),
}


def things_of(school: School, pupil: Pupil, enrolment: Enrolment) -> dict[str, dict[str, Any]]:
    """One of everything of this part at a school, as the arguments of its address."""
    Characteristic.objects.create(pupil=pupil, kind="cin", start=dt.date(2026, 9, 1))
    known = {"opened": DAY, "opened_at": clock.now()}
    child = MissingChild.objects.create(pupil=pupil, school=school, origin="officer", since=DAY, words="x", **known)
    check = MissingCheck.objects.create(child=child, kind="visit", day=DAY, by_name="Somebody")
    asked = PlaceApplication.objects.create(child=child, school=school, route="ordinary", day=DAY)
    told = {"first": DAY, "last": DAY, "evidence": "1 N"}
    enquiry = JointEnquiry.objects.create(enrolment=enrolment, ground="i", days=10, **known, **told)
    task = TellWorker.objects.create(enrolment=enrolment, about="absence", opened=DAY, due=DAY, **told)
    return {
        "missing": {"pk": child.pk},
        "missing_check": {"pk": check.pk},
        "application": {"pk": asked.pk},
        "enquiry": {"pk": enquiry.pk},
        "tell_worker": {"pk": task.pk},
    }
