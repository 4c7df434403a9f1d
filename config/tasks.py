"""Celery's door: each task reads the clock, makes one call and answers nothing. What is to do stands in the database."""

from __future__ import annotations

import contextlib

from celery import current_app, shared_task
from django.conf import settings
from django.core.cache import cache

from accounts import clock, secrets
from attendance import asking, questions, ratings
from attendance.feeds import connect, keeping, sync
from attendance.feeds.schedule import Round
from attendance.imports.progress import report_to_cache
from attendance.imports.wonde import FeedProblem
from attendance.models import Connection
from casework import care_paper
from casework.actions import letters as writing
from casework.actions import moving, print_runs, pupil_reports
from casework.letters import making as printing
from casework.letters import reporting
from config import following, pipeline
from dashboards import kept, rating_facts, stories
from dashboards.pack import asking as packs
from dashboards.papers import making
from dashboards.papers.actions import TASK as PAPER
from legal import documents
from legal import letters as legal_letters
from legal import papers as legal_papers
from legal.actions import bulk
from meetings import minutes_document
from meetings.actions import chase, closing, invite, letters
from meetings.touch.actions import briefings

RUNG_FOR = 60  # seconds during which the sweep does not ring again for the same work, in case it stands in line


@shared_task(name="daymark.load_extract")
def load_extract(extract_id: int) -> None:
    pipeline.carry_out_in_line(extract_id, today=clock.today(), progress=report_to_cache(extract_id))


@shared_task(name="daymark.lend_a_hand")
def lend_a_hand(extract_id: int) -> None:
    pipeline.lend_a_hand(extract_id, today=clock.today())


@shared_task(name=following.TASK)
def follow_what_waits() -> None:
    following.follow_what_waits(today=clock.today())


@shared_task(name="daymark.follow_undo")
def follow_undo(load_id: int) -> None:
    pipeline.follow_undo(load_id, today=clock.today(), now=clock.now())


@shared_task(name="daymark.people_changed")
def people_changed(pupils: list[int], schools: list[int]) -> None:
    pipeline.follow_people(pupils=pupils, schools=schools, today=clock.today(), now=clock.now())


@shared_task(name="daymark.new_day")
def new_day() -> None:
    pipeline.new_day(today=clock.today(), now=clock.now())


@shared_task(name=ratings.TASK)
def rate_schools(run_id: int) -> None:
    ratings.rate_schools(
        run_id, today=clock.today(), now=clock.now(), progress=report_to_cache(run_id, "ratings"), above=rating_facts.above
    )


@shared_task(name=asking.TASK)
def work_out_figures(asked_id: int) -> None:
    asking.work_out(asked_id, today=clock.today(), now=clock.now(), progress=report_to_cache(asked_id, "figures"))


@shared_task(name="daymark.rate_this_term")
def rate_this_term() -> None:
    ratings.ask_for_ratings(by=None, today=clock.today(), now=clock.now())


@shared_task(name="daymark.make_document")
def make_document(document_id: int) -> None:
    documents.make_document(document_id, now=clock.now())


@shared_task(name=bulk.TASK)
def issue_in_bulk(bulk_id: int) -> None:
    bulk.carry_on(bulk_id, today=clock.today(), moment=clock.now)


@shared_task(name=legal_papers.TASK)
def make_legal_paper(paper_id: int) -> None:
    legal_papers.make(paper_id, now=clock.now())


@shared_task(name=legal_letters.TASK)
def make_legal_letter(letter_id: int) -> None:
    legal_letters.make_letter(letter_id, now=clock.now())


@shared_task(name=care_paper.TASK)
def make_term_summary(summary_id: int) -> None:
    care_paper.make(summary_id, now=clock.now())


@shared_task(name=PAPER)
def make_paper(paper_id: int) -> None:
    making.make_paper(paper_id, now=clock.now())


@shared_task(name=stories.TASK)
def make_story(story_id: int) -> None:
    stories.make(story_id, now=clock.now())


@shared_task(name="daymark.packs_in_the_evening")
def packs_in_the_evening() -> None:
    packs.ask_in_the_evening(today=clock.today(), now=clock.now())


@shared_task(name=invite.TASK)
def send_invitation(invitation_id: int) -> None:
    invite.deliver(invitation_id, now=clock.now())


@shared_task(name=closing.TASK)
def make_minutes(minutes_id: int) -> None:
    minutes_document.make_minutes(minutes_id)


@shared_task(name=letters.TASK)
def send_letter(letter_id: int) -> None:
    letters.deliver(letter_id, now=clock.now())


def _site() -> str:
    """The address under which the deployment is reached, where it says one: links lead there."""
    return next((origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin), "")


@shared_task(name=writing.TASK)
def make_letter(letter_id: int) -> None:
    printing.make_letter(letter_id, now=clock.now())


@shared_task(name=writing.MAIL)
def mail_letter(letter_id: int) -> None:
    writing.deliver(letter_id, today=clock.today(), now=clock.now())


@shared_task(name=print_runs.TASK)
def make_print_run(run_id: int) -> None:
    printing.make_run(run_id, now=clock.now())


@shared_task(name=pupil_reports.TASK)
def make_pupil_report(report_id: int) -> None:
    reporting.make_report(report_id, now=clock.now())


@shared_task(name=chase.TASK)
def chase_actions() -> None:
    chase.chase_overdue(today=clock.today(), now=clock.now(), site=_site())


@shared_task(name=moving.TASK)
def tell_of_moved_entry(moved_id: int) -> None:
    moving.tell(moved_id, now=clock.now(), site=_site())


@shared_task(name=briefings.TASK)
def send_briefing(briefing_id: int) -> None:
    briefings.carry_out(briefing_id, today=clock.today(), now=clock.now())


@shared_task(name="daymark.sync_feed")
def sync_feed(feed_id: int, what: str, asked_for: bool = False) -> None:
    """A round that somebody asked for; or one that is due, if it still is: it may have been rung for twice."""
    sync.sync(feed_id, Round(what), today=clock.today(), only_if_due=not asked_for)


@shared_task(name="daymark.ring_feeds")
def ring_feeds() -> None:
    """Ring for every feed that is due, each for itself: schools are fetched side by side, on as many workers as there are."""
    for feed_id, what in sync.forgotten(now=clock.now()):
        if _not_rung_lately("daymark.sync_feed", [feed_id]):
            current_app.send_task("daymark.sync_feed", args=[feed_id, str(what)], retry=False)


@shared_task(name="daymark.feeds_at_night")
def feeds_at_night() -> None:
    """Which schools let us read them now; answers that changed nothing and are old are dropped."""
    for _ in Connection.objects.all():
        with contextlib.suppress(FeedProblem, secrets.Unreadable):  # said on the feeds page
            connect.refresh_offers(by=None, today=clock.today(), now=clock.now())
    keeping.drop_old(now=clock.now())


@shared_task(name=questions.TASK)
def look_at_registers(*schools: int) -> None:
    pipeline.look_at_registers(list(schools), today=clock.today(), now=clock.now())


@shared_task(name="daymark.sweep")
def sweep() -> None:
    """Ring again for work that nobody does: after a lost message, a killed worker, a broker that came back empty."""
    kept.count_together()
    work: list[tuple[str, list[int]]] = [("daymark.load_extract", [number]) for number in pipeline.forgotten()]
    work += [("daymark.follow_undo", [number]) for number in pipeline.forgotten_undos()]
    work += [(ratings.TASK, [number]) for number in ratings.forgotten_runs()]
    work += [(asking.TASK, [number]) for number in asking.forgotten()]
    work += [("daymark.make_document", [number]) for number in documents.waiting()]
    work += [(bulk.TASK, [number]) for number in bulk.forgotten()]
    work += [(legal_papers.TASK, [number]) for number in legal_papers.forgotten()]
    work += [(legal_letters.TASK, [number]) for number in legal_letters.forgotten()]
    work += [(care_paper.TASK, [number]) for number in care_paper.waiting()]
    work += [(PAPER, [number]) for number in making.forgotten()]
    work += [(invite.TASK, [number]) for number in invite.waiting()]
    work += [(closing.TASK, [number]) for number in minutes_document.waiting()]
    work += [(stories.TASK, [number]) for number in stories.waiting()]
    work += [(moving.TASK, [number]) for number in moving.untold()]
    work += [(letters.TASK, [number]) for number in letters.waiting()]
    work += [(writing.TASK, [number]) for number in printing.forgotten_letters()]
    work += [(writing.MAIL, [number]) for number in writing.to_be_mailed()]
    work += [(print_runs.TASK, [number]) for number in printing.forgotten_runs()]
    work += [(pupil_reports.TASK, [number]) for number in reporting.forgotten()]
    work += [(briefings.TASK, [number]) for number in briefings.waiting(today=clock.today(), at=clock.time_of_day())]
    if unseen := questions.waiting(today=clock.today()):
        work.append((questions.TASK, unseen))
    if chase.round_is_due(today=clock.today(), time=clock.time_of_day()):
        work.append((chase.TASK, []))
    if pipeline.is_new_day(today=clock.today()):
        work.append(("daymark.new_day", []))
    for task, args in work:
        if _not_rung_lately(task, args):
            current_app.send_task(task, args=args, retry=False)


def _not_rung_lately(task: str, args: list[int]) -> bool:
    """An empty or absent cache only means that we ring once more than needed."""
    rung = True
    with contextlib.suppress(Exception):
        rung = cache.add(":".join(["rung", task, *map(str, args)]), 1, RUNG_FOR)
    return rung
