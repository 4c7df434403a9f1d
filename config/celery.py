"""Celery only rings the bell: what is to do, done and held stands in PostgreSQL (docs/decisions.md 4)."""

import gc
import os
import sys
from typing import Any

from celery import Celery, states
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("daymark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["config"])

# Left to itself Celery closes the database connection before and after every task, whatever the settings say. To be let in again, and to
# learn the tables again, took a third of the processor time of a year from week files.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@task_prerun.connect
def take_a_good_connection(**_: Any) -> None:
    """As before a request to a web server: one that is old or was lost is closed (CONN_MAX_AGE, CONN_HEALTH_CHECKS)."""
    close_old_connections()


@task_postrun.connect
def leave_nothing_held(state: str | None = None, **_: Any) -> None:
    """A task that failed takes its database session with it, and so whatever that still held."""
    if state != states.SUCCESS:
        connections.close_all()


@worker_process_init.connect
def look_for_garbage_seldom(**_: Any) -> None:
    """What was imported is never garbage: looked through time and again it took a tenth of the time of a load."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


app.conf.beat_schedule = {
    "look for extracts nobody is loading, every 15 seconds": {
        "task": "daymark.sweep",
        "schedule": 15.0,
    },
    "bring flags up to the new day, 00.20": {
        "task": "daymark.new_day",
        "schedule": crontab(hour=0, minute=20),
    },
    "fetch from live feeds that are due, every 5 minutes": {
        "task": "daymark.ring_feeds",
        "schedule": crontab(minute="*/5"),
    },
    "ask which schools feed us, and drop old answers, 00.50": {
        "task": "daymark.feeds_at_night",
        "schedule": crontab(hour=0, minute=50),
    },
    "chase overdue actions of meetings, 06.30": {
        "task": "daymark.chase_actions",
        "schedule": crontab(hour=6, minute=30),
    },
    "packs of meetings whose evening before has come, every hour": {
        "task": "daymark.packs_in_the_evening",
        "schedule": crontab(minute=5),
    },
    "rate every school for this term, Mondays 05.00": {
        "task": "daymark.rate_this_term",
        "schedule": crontab(hour=5, minute=0, day_of_week="monday"),
    },
}
