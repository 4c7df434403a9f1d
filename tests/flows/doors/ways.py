"""Referrals and allocation."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from casework.models import Cover, Specialist
from schools.models import Merge, Pupil, School
from tests import factories
from tests.casework.ways import make_referral
from tests.flows.doors import SENDERS, Door

READERS = SENDERS | {"legal"}
WORKERS = {"officer", "manager", "stranger"}
MANAGER = {"manager"}

DOORS: dict[str, Door] = {
    "case_refer": Door(SENDERS, of="pupil", post=200),
    "referrals": Door(READERS),
    "referral": Door(READERS, of="referral"),
    "referral_write": Door(SENDERS, of="referral", get=302, post=200),  # it is sent, and waits
    "referral_withdraw": Door(SENDERS, of="referral", post=200),
    "referral_tell": Door(WORKERS, of="referral", get=302, post=200),
    "referral_triage": Door(WORKERS, of="referral", post=200, arguments={"act": "refuse"}),
    "pupil_same": Door(MANAGER, of="pupil"),
    "pupil_merge": Door(MANAGER, of="family", post=200),
    "merge_undo": Door(MANAGER, of="merge", post=200),
    "family_link": Door(WORKERS, of="family", post=200),
    "cases_waiting": Door(WORKERS, post=200),
    "case_team": Door(MANAGER),
    "cases_move": Door(MANAGER, of="officer", post=200),
    "cover_arrange": Door(MANAGER, post=200),
    "cover_end": Door(MANAGER, of="cover", get=405, post=302),
    "specialist_name": Door(MANAGER, post=200),
    "specialist_end": Door(MANAGER, of="specialist", get=405, post=302),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything of these at a school, as the arguments of its address."""
    other = factories.make_pupil()
    factories.enrol(other, school, start=dt.date(2026, 9, 1))
    twice = factories.make_pupil()
    merge = Merge.objects.create(pupil=twice, into=other, why="The same", at=clock.now())
    away, here, day, now = factories.make_user("officer"), factories.make_user("officer"), clock.today(), clock.now()
    cover = Cover.objects.create(officer=away, cover=here, start=day, end=day, made_at=now)
    return {
        "referral": {"pk": make_referral(pupil, school).pk},
        "family": {"pk": pupil.pk, "other": other.pk},
        "merge": {"pk": merge.pk},
        "cover": {"pk": cover.pk},
        "specialist": {"pk": Specialist.objects.create(user=here, cohort="sen", start=day, made_at=now).pk},
    }
