"""Works out every figure and flag again from the registers: after a change of rules, or whenever they are doubted."""

from __future__ import annotations

import multiprocessing
import os
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from accounts import clock
from config import pipeline
from schools import calendar


class Command(BaseCommand):
    help = "Work out every figure and flag again, all from the registers. Registers do not change; doing it twice does no harm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="how many to work with at once")

    def handle(self, *args: Any, **options: Any) -> None:
        again(processes=options["processes"])
        self.stdout.write("Every figure and flag has been worked out again.")


def again(*, processes: int, groups: list[list[int]] | None = None) -> None:
    """Some schools at a time, by several processes; then what goes over all schools."""
    groups = pipeline.groups() if groups is None else groups
    today, now = clock.today(), clock.now()
    work = partial(pipeline.recompute, today=today, now=now)
    if processes > 1 and len(groups) > 1:
        calendar.bank_holidays(today.year)  # whose library takes up to half a second to load: once, before the processes part
        connections.close_all()  # a process that is forked must not speak over its parent's connection
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
            list(pool.map(work, groups))
            pipeline.every_school_is_judged(today=today, now=now, over=pool.map)
    else:
        for schools in groups:
            work(schools)
        pipeline.every_school_is_judged(today=today, now=now)
