"""manage.py plan_meetings: set how many meetings each school is due in a school year, as a manager would who accepts everything."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from meetings.actions import MeetingProblem, set_plan
from meetings.frequency import year_name
from meetings.terms import term_of


class Command(BaseCommand):
    help = "Set how many meetings each school is due in a school year; schools that have a number keep it, unless --revise."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, help="in which the school year begins; without it, the present one")
        parser.add_argument("--revise", action="store_true", help="also accept what would change of the numbers that stand")

    def handle(self, *args: Any, **options: Any) -> None:
        today = clock.today()
        year = options["year"] or term_of(today).year
        try:
            made, revised = set_plan(by=None, today=today, now=clock.now(), year=year, seen=None, schools=None if options["revise"] else ())
        except MeetingProblem as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{year_name(year)}: {made} schools set, {revised} revised.")
