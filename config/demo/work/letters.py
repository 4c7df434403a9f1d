"""Letters in the demo: templates, letters in every state, a print run that was posted and one that waits, and pupil reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accounts.models import User
from attendance import flag_codes
from attendance.models import Flag
from attendance.words import say_day
from casework.actions import letter_templates, print_runs, pupil_reports
from casework.actions import letters as writing
from casework.letters import making, reporting
from casework.letters.fields import LetterProblem
from casework.models import Case, Letter, PrintRun, PupilReport, TemplateVersion
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from schools.models import Enrolment, Pupil, Responsibility

_RUN = 5  # pupils of a print run: each PDF takes a worker a good part of a second
_COMMENT = (
    "Mornings are the hardest: most sessions are missed before lunch. The form tutor meets the child at the gate on Mondays and "
    "Thursdays, and a quiet place to begin the day has been agreed.\n\nThe family has been in touch whenever we asked."
)


class Letters:
    """Told by the actions that people use."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.versions: dict[str, TemplateVersion] = {}

    def tell(self, shown: Sequence[int]) -> int:
        """`shown`: schools whose people the visitor signs in as. Returns how many letters there are."""
        self._templates()
        for number, school in enumerate(shown):
            if school in self.cast.officer_of:
                self._of_school(school, self.cast.officer_of[school], first=number == 0)
        return Letter.objects.count()

    def _templates(self) -> None:
        began = self.cast.at_work(self.cast.today - 80 * ONE)
        letter_templates.begin(by=self.cast.manager, today=began, now=self.cast.moment(began, 9))
        for version in TemplateVersion.objects.select_related("template"):
            self.versions[version.template.purpose] = version

    def _of_school(self, school: int, officer: User, *, first: bool) -> None:
        cases = Case.objects.open().filter(school=school).select_related("pupil").order_by("pk")
        pupils = [case.pupil for case in cases if self._on_roll(case.pupil)][: 6 if first else 3]
        for number, pupil in enumerate(pupils):
            self._about(pupil, officer, number)
        if first:
            self._runs(school, pupils)
        for number, pupil in enumerate(pupils[: 2 if first else 1]):
            self._report(pupil, officer, logged=number == 0)

    def _on_roll(self, pupil: Pupil) -> bool:
        return Enrolment.objects.filter(pupil=pupil).on_roll(self.cast.today).exists()

    def _about(self, pupil: Pupil, officer: User, number: int) -> None:
        """One letter a child, each in another state."""
        today, now = self.cast.today, self.cast.now  # after everything that a case tells of already
        ties = list(Responsibility.objects.filter(pupil=pupil).select_related("parent").order_by("priority", "pk"))
        kind = ("concern", "meeting", "visit", "concern", "warning", "visit")[number]
        meeting = self.cast.at_work(today + 9 * ONE)
        asked = {
            "meeting": {
                "meeting_day": f"{meeting:%A} {say_day(meeting)}",
                "meeting_time": "10am",
                "meeting_place": "the school’s front office",
            },
            "visit": {"visit_day": f"{today:%A} {say_day(today)}"},
        }.get(kind, {})
        for tie in ties[:1] if number % 2 else ties[:2]:
            way = "email" if number == 5 and tie.parent.email_agreed else "hand" if number == 4 else "post"
            for method in (way, "hand"):
                try:
                    (letter,) = writing.write_letters(
                        by=officer,
                        today=today,
                        now=now,
                        pupil=pupil,
                        version=self.versions[kind],
                        asked=asked,
                        chosen={tie.parent_id: method},
                    )
                except LetterProblem:  # an address that is hidden, or none: then by hand
                    continue
                self._fate(letter, officer, number, now)
                break

    def _fate(self, letter: Letter, officer: User, number: int, now: dt.datetime) -> None:
        made = making.make_letter(letter.pk, now=now)
        if made is None or made.status != Letter.Status.MADE or number in (2, 5):
            return
        if number == 3:
            writing.withdraw_letter(by=officer, today=self.cast.today, letter=made, why="The school has heard from the family this morning")
            return
        writing.printed([made.pk], now=now)
        if number in (0, 4):
            writing.confirm_sent(by=officer, today=self.cast.today, now=now, letter=made, day=self.cast.today)

    def _runs(self, school: int, apart: Sequence[Pupil]) -> None:
        """One posted ten days ago, to families without a case; one of this morning."""
        flagged = Flag.objects.open().well_founded().filter(code=flag_codes.PERSISTENT).values("pupil")
        here = Enrolment.objects.filter(school=school, start__lte=self.cast.today - 60 * ONE).on_roll(self.cast.today)
        pupils = Pupil.objects.filter(pk__in=flagged, merged_into=None).filter(pk__in=here.values("pupil"))
        rest = list(
            pupils.exclude(pk__in=Case.objects.values("pupil")).exclude(pk__in=[one.pk for one in apart]).order_by("sort_name", "pk")
        )
        said = f"Pupils with an open flag: Persistent absence, {self.cast.schools[school]}"
        before = self.cast.at_work(self.cast.today - 10 * ONE)
        run = self._run(rest[:_RUN], before, said)
        if run:
            posted = self.cast.at_work(before + ONE)
            print_runs.handed_out(by=self.cast.manager, now=self.cast.moment(before, 15), run=run)
            print_runs.confirm_posted(
                by=self.cast.manager, today=self.cast.today, now=self.cast.moment(posted, 16), run=run, day=min(posted, self.cast.today)
            )
        self._run(rest[_RUN : _RUN + 2], self.cast.today, said)

    def _run(self, pupils: list[Pupil], day: dt.date, said: str) -> PrintRun | None:
        if not pupils:
            return None
        now, version = self.cast.moment(day, 14), self.versions["concern"]
        run = print_runs.ask_for_run(by=self.cast.manager, today=day, now=now, version=version, pupils=pupils, chosen=said)
        made = making.make_run(run.pk, now=now)
        return made if made and made.status == PrintRun.Status.MADE else None

    def _report(self, pupil: Pupil, officer: User, *, logged: bool) -> None:
        today, now = self.cast.today, self.cast.now
        purpose = PupilReport.Purpose.CORE_GROUP if logged else PupilReport.Purpose.EHCP
        report = pupil_reports.make_report(by=officer, today=today, now=now, pupil=pupil, purpose=purpose, comment=_COMMENT)
        reporting.make_report(report.pk, now=now)
        if logged:
            pupil_reports.log_attendance(
                by=officer, today=today, now=now, report=report, met=today, went=PupilReport.Went.OFFICER,
                outcome="The plan goes on; the group meets again in six weeks.",
            )  # fmt: skip
