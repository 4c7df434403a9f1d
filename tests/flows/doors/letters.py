"""Letters, their templates and print runs, and reports on a pupil."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from casework.letters import reporting
from casework.models import Letter, LetterTemplate, PrintRun, PupilReport, TemplateVersion
from schools.models import Parent, Pupil, School
from tests.flows.doors import Door

READERS = {"officer", "manager", "legal", "stranger"}
WRITERS = {"officer", "manager", "stranger"}
TODAY = dt.date(2026, 11, 20)

DOORS: dict[str, Door] = {
    "letters": Door(READERS),
    "letter": Door(READERS, of="parent_letter"),
    "letter_progress": Door(READERS, of="parent_letter"),
    "letter_file": Door(READERS, of="parent_letter", get=404),  # it has not been made yet
    "letter_sent": Door(WRITERS, of="parent_letter", post=200),
    "letter_email": Door(WRITERS, of="parent_letter", get=405, post=302),
    "letter_withdraw": Door(WRITERS, of="parent_letter", post=200),
    "letter_make_again": Door(WRITERS, of="parent_letter", get=405, post=302),
    "pupil_letters": Door(READERS, of="pupil"),
    "letter_write": Door(WRITERS, of="letter_write", post=200),
    "letter_templates": Door(READERS),
    "letter_template": Door(READERS, of="letter_template"),
    "letter_template_new": Door({"manager"}, post=200),
    "letter_template_change": Door({"manager"}, of="letter_template", post=200),
    "letter_template_retire": Door({"manager"}, of="letter_template", get=405, post=302),
    "letter_templates_begin": Door({"manager"}, get=405, post=302),
    "print_runs": Door(READERS),
    "print_run_new": Door(WRITERS, post=200),
    # one's own, or of who sees every school
    "print_run": Door(READERS, of="print_run"),
    "print_run_progress": Door(READERS, of="print_run"),
    "print_run_file": Door(WRITERS, of="print_run", get=404),
    "print_run_posted": Door(WRITERS, of="print_run", post=200),
    "print_run_cancel": Door(WRITERS, of="print_run", post=200),
    "print_run_again": Door(WRITERS, of="print_run", get=405, post=302),
    "pupil_reports": Door(READERS, of="pupil", post=200),
    "pupil_report": Door(READERS, of="pupil_report"),
    "pupil_report_progress": Door(READERS, of="pupil_report"),
    "pupil_report_file": Door(READERS, of="pupil_report", get=404),
    "pupil_report_meeting": Door(WRITERS, of="pupil_report", post=200),
    "pupil_report_again": Door(WRITERS, of="pupil_report", get=405, post=302),
}


def things_of(school: School, pupil: Pupil, parent: Parent) -> dict[str, dict[str, Any]]:
    """One of everything at a school, as the arguments of its address."""
    now = clock.now()
    template, _ = LetterTemplate.objects.get_or_create(name="First concern", defaults={"purpose": "concern"})
    version, _ = TemplateVersion.objects.get_or_create(
        template=template,
        number=1,
        defaults={
            "start": dt.date(2026, 9, 1), "subject": "{child}", "parts": [{"text": "Dear {parent}", "locked": False, "source": ""}],
            "reason": "First version", "by_name": "Mani Manager", "at": now,
        },
    )  # fmt: skip
    letter = Letter.objects.create(
        version=version, pupil=pupil, parent=parent, school=school, method="post", day=TODAY, to_name=str(parent), to_address="1 Mill Lane",
        subject=str(pupil), parts=[{"text": "Dear", "locked": False, "source": ""}], by_name="Mani Manager", written_at=now,
    )  # fmt: skip
    lead = school.postings.filter(user__role="officer").first()
    run = PrintRun.objects.create(
        version=version, pupils=[pupil.pk], chosen="All", day=TODAY, by=lead.user if lead else None, by_name="Somebody", asked_at=now
    )
    said = reporting.put_together(pupil, today=TODAY, purpose="Core group", comment="")
    report = PupilReport.objects.create(pupil=pupil, purpose="core_group", day=TODAY, said=said, by_name="Mani Manager", asked_at=now)
    return {
        "parent_letter": {"pk": letter.pk},
        "letter_write": {"pk": pupil.pk, "template": template.pk},
        "letter_template": {"pk": template.pk},
        "print_run": {"pk": run.pk},
        "pupil_report": {"pk": report.pk},
    }
