"""Celery only rings the bell: what is to do, done and held stands in PostgreSQL (docs/decisions.md 4)."""

import gc
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("daymark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["config"])


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
