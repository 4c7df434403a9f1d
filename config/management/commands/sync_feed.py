"""Fetches from live feeds now, in this process, and loads what came: a line a school."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from attendance.feeds import sync
from attendance.feeds.schedule import Round
from attendance.models import Extract, Feed
from config import pipeline


class Command(BaseCommand):
    help = "Fetch the roll and the last 30 days from every live feed that is switched on, or from one school's, and load what came."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--school", type=int, metavar="URN", help="only this school's feed")
        parser.add_argument("--days", type=int, metavar="N", help="how many days back, instead of 30")
        parser.add_argument("--changes", action="store_true", help="only marks changed or deleted since the last time, as during the day")

    def handle(self, *args: Any, **options: Any) -> None:
        feeds = Feed.objects.filter(state=Feed.State.APPROVED).exclude(school=None).select_related("school").order_by("school__sort_name")
        if options["school"]:
            feeds = feeds.filter(school__urn=options["school"])
        if not feeds:
            at = f" at the school with URN {options['school']}" if options["school"] else ""
            raise CommandError(f"No live feed is switched on{at}. Switch one on under Feeds.", returncode=2)
        failed = 0
        for feed in feeds:
            words, good = self._fetch(feed, Round.DAY if options["changes"] else Round.NIGHT, days=options["days"])
            failed += not good
            self.stdout.write(f"{feed.school} ({feed.school.urn if feed.school else ''}): {words}")
        if failed:
            raise CommandError(f"{failed} of {len(feeds)} feeds failed.", returncode=1)

    def _fetch(self, feed: Feed, what: Round, *, days: int | None) -> tuple[str, bool]:
        done = sync.sync(feed.pk, what, today=clock.today(), in_background=False, days_back=days)
        if done is None:
            return "somebody else is fetching it now; nothing was done.", True
        if done.problem:
            return f"not fetched. {done.problem}", False
        if done.extract is None:
            return f"no marks; {done.pupils_changed} changes of the roll.", True
        pipeline.carry_out(done.extract.pk, today=clock.today())
        extract = Extract.objects.get(pk=done.extract.pk)
        if extract.status == Extract.Status.FAILED:
            return f"fetched and not loaded. {extract.error}", False
        came_back = f", {extract.rows_rejected} rows came back" if extract.rows_rejected else ""
        return f"{done.marks} marks, {done.taken_back} taken back, {done.pupils_changed} changes of the roll{came_back}.", True
