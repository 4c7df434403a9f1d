"""`manage.py build_demo`: an invented borough of schools, families and registers to walk about in."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts import clock
from attendance import figures, matrix
from config.demo import build, places
from schools.models import School

USUAL = 34_000
MOST = 1_000  # a school on average: in a pupil's number there is room for 999 of a school and year of birth


class Command(BaseCommand):
    help = "Build the demo borough: invented schools, families and two years of registers that behave as England's do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=2024, help="another number, another borough (default: 2024)")
        parser.add_argument("--schools", type=int, default=places.WHOLE, help=f"2 to {places.WHOLE} (default: {places.WHOLE})")
        parser.add_argument(
            "--pupils", type=int, help=f"on roll on the day it is built (default: {USUAL:,}; of fewer schools, as many fewer)"
        )
        parser.add_argument("--replace", action="store_true", help="drop the demo borough that is there, and everything else with it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pupils"] is None:
            options["pupils"] = USUAL * options["schools"] // places.WHOLE
        self._check(**options)
        today = clock.today()
        quiet = options["verbosity"] == 0
        with tqdm(total=build.steps(options["schools"]), disable=quiet, file=sys.stderr, unit="step", mininterval=0.5, leave=False) as bar:

            def progress(what: str, number: int) -> None:
                bar.set_description(what, refresh=False)
                bar.update(number)

            built = build.build(
                by=None,
                today=today,
                now=clock.now(),
                seed=options["seed"],
                schools=options["schools"],
                pupils=options["pupils"],
                replace=options["replace"],
                progress=progress,
            )
        if quiet:
            return
        self.stdout.write(
            f"{places.LA_NAME}: {built.schools} schools, {built.on_roll:,} pupils on roll today ({built.pupils:,} in all), "
            f"{built.parents:,} parents, {built.marks:,} marks, {built.flags:,} flags."
        )
        self._compare(matrix.academic_year(today) - 1)

    def _check(self, *, schools: int, pupils: int, replace: bool, **_: Any) -> None:
        if not 2 <= schools <= places.WHOLE:
            raise CommandError(f"--schools {schools}: choose 2 to {places.WHOLE}")
        most = min(schools * MOST, 60_000)
        if not schools * 20 <= pupils <= most:
            raise CommandError(f"--pupils {pupils}: choose {schools * 20} to {most} for {schools} schools")
        if not School.objects.exists():
            return
        if not replace:
            raise CommandError("This database holds schools already. To drop everything in it and build the demo anew, add --replace.")
        if not build.is_demo():
            raise CommandError("This database holds schools that are not the demo's. They are not dropped; use an empty database.")

    def _compare(self, year: int) -> None:
        """What last year came to, beside what it was calibrated to."""
        from config.demo.calibration import LEVELS

        self.stdout.write(f"Last year ({year}/{(year + 1) % 100}), achieved and (aimed at):")
        for phase in (School.Phase.PRIMARY, School.Phase.SECONDARY, School.Phase.SPECIAL):
            schools = list(School.objects.filter(phase=phase))
            found = figures.between(matrix.year_start(year), matrix.year_end(year), schools=schools, day=clock.today())
            if not found.judged:
                continue
            level = LEVELS[phase]
            absent = 100 - (found.figures.attendance_pct or 0)
            self.stdout.write(
                f"  {phase.label:10} absence {absent:5.2f}% ({level.absence:.2%})   "
                f"persistently absent {found.persistent / found.judged:6.2%} ({level.persistent:.2%})   "
                f"severely absent {found.severe / found.judged:5.2%} ({level.severe:.2%})"
            )
