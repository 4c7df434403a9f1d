"""The table of doors: every address, who may open it, and for whose rows. A new address without an entry fails.

Signed out: to the sign-in page. A role that may not do the act: 403. The act but not these rows: 404, so that nobody
learns what exists. Each door is tried with GET and with an empty POST by everyone, at school A and at school B.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import clock
from accounts.models import User
from attendance import actions, supply
from attendance.models import Extract, NotSupplying, Question
from schools.models import Area, Authority, Characteristic, Closure, School, SchoolLink, Term, Trust
from tests import factories
from tests.conftest import Browse
from tests.flows.doors import (
    ADMIN,
    ALL,
    AUTHORITY,
    CALENDAR,
    PEOPLE,
    POSTING,
    REACH,
    SENDERS,
    Door,
    api,
    casework,
    feeds,
    history,
    improving,
    legal,
    letters,
    matching,
    meetings,
    missing,
    papers,
    ratings,
    snapshots,
    sources,
    team,
    touch,
    ways,
)

pytestmark = pytest.mark.django_db

# Addresses that need nobody to be signed in, and what they answer to GET. An invitation or reset link that is not true says so.
OPEN: dict[str, tuple[dict[str, Any], int]] = {
    "account_login": ({}, 200),
    "account_inactive": ({}, 200),
    "account_reset_password": ({}, 200),
    "account_reset_password_done": ({}, 200),
    "account_reset_password_from_key": ({"uidb36": "1", "key": "no-such-key"}, 200),
    "account_reset_password_from_key_done": ({}, 200),
    "invitation": ({"token": "no-such-token"}, 410),
    "briefing_leave": ({"token": "no-such-token"}, 410),
    "mfa_authenticate": ({}, 302),  # without a password given first: to the sign-in page
    "brand": ({}, 200),
    "health": ({}, 200),
}

AUTHORITY_FIGURES = {"officer", "manager", "legal", "stranger"}
DOORS: dict[str, Door] = {
    # one's own account
    "account": Door(ALL),
    "account_logout": Door(ALL, post=302),
    "account_change_password": Door(ALL, post=200),
    "account_reauthenticate": Door(ALL, post=200),
    "mfa_index": Door(ALL),
    "mfa_reauthenticate": Door(ALL, get=302, post=302),
    "mfa_activate_totp": Door(ALL, get=302, post=302),
    # nobody here has a second factor to look after
    "mfa_deactivate_totp": Door(ALL, get=404, post=404),
    "mfa_view_recovery_codes": Door(ALL, get=404, post=405),
    "mfa_generate_recovery_codes": Door(ALL, get=302, post=302),
    "mfa_download_recovery_codes": Door(ALL, get=404, post=405),
    # reading
    "home": Door(ALL),
    "search": Door(PEOPLE),
    "school_list": Door(ALL),
    "schools_download": Door(ALL, arguments={"form": "csv"}),
    "school": Door(ALL, of="school"),
    "similar": Door(ALL, of="school"),
    "pupils_at_risk": Door(PEOPLE),
    "pupils_download": Door(PEOPLE, arguments={"form": "csv"}),
    "enrolments": Door(PEOPLE),
    "enrolments_download": Door(PEOPLE, arguments={"form": "csv"}),
    "pupil": Door(PEOPLE, of="pupil"),
    "school_extracts": Door(PEOPLE, of="school"),
    "extract": Door(PEOPLE, of="loaded"),
    "extract_progress": Door(PEOPLE, of="loaded"),
    "coverage": Door(PEOPLE),
    "coverage_download": Door(PEOPLE, arguments={"form": "csv"}),
    "extracts": Door(PEOPLE),
    "questions": Door(PEOPLE),
    "school_questions": Door(PEOPLE, of="school"),
    "question": Door(PEOPLE, of="question", post=200, senders=SENDERS),
    "pupil_marks": Door(PEOPLE, of="marks"),
    "coverage_day": Door(PEOPLE, of="day"),
    "supply": Door(AUTHORITY, of="school", post=200),
    "supply_end": Door(AUTHORITY, of="supply", post=200),
    "policy": Door(ALL),
    "borough": Door({"manager", "legal"}),
    "equality": Door({"manager", "legal"}),
    "compare": Door({"officer", "manager", "legal", "stranger"}),
    "borough_download": Door({"manager", "legal"}, arguments={"table": "phases", "form": "csv"}),
    "figures": Door(PEOPLE),
    "figures_download": Door(PEOPLE, arguments={"form": "csv"}),
    "figures_ask": Door(PEOPLE, get=405, post=302),
    "figures_progress": Door(PEOPLE, get=404, arguments={"pk": 999999}),  # one's own only, and nobody has asked
    "areas": Door(AUTHORITY_FIGURES),
    "area": Door(AUTHORITY_FIGURES, of="area"),  # an officer: only where their schools lie
    "area_download": Door(AUTHORITY_FIGURES, of="area", arguments={"table": "schools", "form": "csv"}),
    "areas_download": Door(AUTHORITY_FIGURES, arguments={"table": "wards", "form": "csv"}),
    "trusts": Door(AUTHORITY_FIGURES),
    "trust": Door(AUTHORITY_FIGURES, of="trust"),
    "trust_download": Door(AUTHORITY_FIGURES, of="trust", arguments={"table": "schools", "form": "csv"}),
    "cohorts": Door(AUTHORITY_FIGURES),
    "cohorts_download": Door(AUTHORITY_FIGURES, arguments={"form": "csv"}),
    "cohort": Door(AUTHORITY_FIGURES, arguments={"kind": "cla"}),
    "cohort_download": Door(AUTHORITY_FIGURES, arguments={"kind": "cla", "table": "schools", "form": "csv"}),
    "officer": Door({"officer", "manager", "legal", "stranger"}, of="officer"),  # an officer: only their own
    "work": Door({"officer", "manager", "legal", "stranger"}, of="officer"),
    "work_dismiss": Door({"officer", "manager", "stranger"}, of="officer", post=200),
    "work_put_back": Door({"officer", "manager", "stranger"}, of="officer", get=405, post=302),
    # registers
    "school_upload": Door(SENDERS, of="school", post=200),
    "extract_mapping": Door(SENDERS, of="extract", post=200),
    "extract_retry": Door(SENDERS, of="extract", get=405, post=302),
    "extract_original": Door(SENDERS, of="extract"),
    "extract_rejected": Door(SENDERS, of="extract", get=404),  # nothing has been returned yet
    "extract_undo": Door(SENDERS, of="extract", get=404, post=404),  # nothing has been loaded yet
    # people
    "school_succession": Door({"manager"}, of="succession", post=200),
    "roll": Door(SENDERS, of="school", post=200),
    "pupil_add": Door(SENDERS, of="school", post=200),
    "pupil_edit": Door(SENDERS, of="pupil", post=200),
    "enrolment_add": Door(SENDERS, of="pupil", post=200),
    "enrolment_edit": Door(SENDERS, of="enrolment", post=200),
    "parent_add": Door(SENDERS, of="pupil", post=200),
    "parent_edit": Door(SENDERS, of="parent", post=200),
    "parent_unlink": Door(SENDERS, of="link", get=405, post=302),
    "characteristic_add": Door(SENDERS, of="pupil", post=200),
    "characteristic_edit": Door(SENDERS, of="characteristic", post=200),
    "calendar": Door(CALENDAR, of="school", post=200),
    "calendar_add": Door(CALENDAR, of="school", post=200),
    "calendar_seen": Door(CALENDAR, of="school", post=200),
    "calendar_edit": Door(CALENDAR, of="term", post=200),
    "calendar_remove": Door(CALENDAR, of="closure", get=405, post=302),
    # the office
    "postings": Door(POSTING, post=200),
    "posting_give": Door(POSTING, post=200),
    "posting_end": Door(POSTING, of="posting", post=200),
    "policy_value": Door({"manager"}, post=200, arguments={"key": "low_data_sessions"}),
    "users": Door(ADMIN, post=200),
    "user_invite": Door(ADMIN, post=200),
    "user": Door(ADMIN, of="user", post=200),
    "user_disable": Door(ADMIN, of="user", get=405, post=302),
    "user_enable": Door(ADMIN, of="user", get=405, post=302),
    "user_invite_again": Door(ADMIN, of="user", get=405, post=302),
    "school_contacts": Door(ADMIN, post=200),
    "school_contacts_confirm": Door(ADMIN, get=405, post=302),
    "authority_settings": Door(ADMIN, post=200),
    "audit": Door(POSTING),
    **feeds.DOORS,
    **matching.DOORS,
    **ratings.DOORS,
    **papers.DOORS,
    **sources.DOORS,
    **snapshots.DOORS,
    **team.DOORS,
    **casework.DOORS,
    **ways.DOORS,
    **letters.DOORS,
    **missing.DOORS,
    **meetings.DOORS,
    **touch.DOORS,
    **legal.DOORS,
    **improving.DOORS,
    **history.DOORS,
    **api.DOORS,
}


def things_of(school: School, sender: User) -> dict[str, dict[str, Any]]:
    """One of everything at a school, as the arguments of its address."""
    pupil = factories.make_pupil()
    enrolment = factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    parent = factories.make_parent(pupil)
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ /\ OO")
    first, last = dt.date(2026, 9, 1), dt.date(2026, 12, 18)
    term = Term.objects.create(school=school, name="Autumn", start=first, end=last)
    closure = Closure.objects.create(school=school, name="INSET", start=first, end=first)
    loaded = make_extract(school, sender, status=Extract.Status.LOADED)
    school.cluster = Area.objects.create(kind="cluster", name=f"Cluster of {school.name}")
    school.trust = Trust.objects.create(name=f"Trust of {school.name}", code=f"T{school.urn}")
    school.save()
    return {
        "school": {"urn": school.urn},
        "area": {"pk": school.cluster.pk},
        "trust": {"pk": school.trust.pk},
        "day": {"urn": school.urn, "day": "2026-09-07"},
        "supply": {"pk": not_supplying(school, sender).pk},
        "pupil": {"pk": pupil.pk},
        "question": {"pk": question_of(school).pk},
        "marks": {"pk": pupil.pk, "day": "2026-09-07"},
        "enrolment": {"pk": enrolment.pk},
        "parent": {"pk": parent.responsibilities.get().pk},
        "link": {"pk": parent.responsibilities.get().pk},
        "characteristic": {"pk": Characteristic.objects.create(pupil=pupil, kind="fsm", start=first).pk},
        "extract": {"pk": make_extract(school, sender).pk},
        "loaded": {"pk": loaded.pk},
        "term": {"urn": school.urn, "kind": "term", "pk": term.pk},
        "closure": {"urn": school.urn, "kind": "closed", "pk": closure.pk},
        "succession": {"urn": school.urn, "pk": SchoolLink.objects.create(predecessor=factories.make_school(), successor=school).pk},
        "posting": {"pk": school.postings.get(user=sender).pk},
        "user": {"pk": sender.pk},
        "officer": {"pk": officer_of(school).pk},
        **feeds.things_of(school),
        **matching.things_of(school, pupil, loaded),
        **ratings.things_of(school, pupil),
        **papers.things_of(school),
        **sources.things_of(school, pupil),
        **snapshots.things_of(school, enrolment, sender),
        **team.things_of(school),
        **casework.things_of(school, pupil),
        **ways.things_of(school, pupil),
        **letters.things_of(school, pupil, parent),
        **missing.things_of(school, pupil, enrolment),
        **meetings.things_of(school, pupil),
        **touch.things_of(school),
        **legal.things_of(school, pupil, parent),
        **improving.things_of(school, pupil, parent),
        **history.things_of(school, pupil, parent),
        **api.things_of(school, pupil),
    }


def question_of(school: School) -> Question:
    facts = {"count": 20, "of": 20, "code": "/"}
    return Question.objects.create(school=school, year=2026, rule="blanket", key="2026-09-07", facts=facts, asked_at=clock.now())


def not_supplying(school: School, by: User) -> NotSupplying:
    first, last = dt.date(2026, 11, 16), dt.date(2026, 12, 4)
    said = {"today": clock.today(), "now": clock.now(), "school": school, "start": first, "until": last, "reason": "New system"}
    return supply.say_not_supplying(by=by, **said)


def officer_of(school: School) -> User:
    """Whoever is the authority's contact of a school; somebody new where nobody is."""
    lead = school.postings.filter(user__role="officer").first()
    return lead.user if lead else factories.make_user("officer")


def make_extract(school: School, sender: User, status: str = Extract.Status.RECEIVED) -> Extract:
    """An extract that waits for its columns to be checked, or has been loaded."""
    extract = actions.receive_extract(
        by=sender,
        today=clock.today(),
        now=clock.now(),
        content=[b"UPN,WeekStart,WeekMarks\nZ999900115001,07/09/2026,/\\/\\/\\/\\/\\\n"],
        filename="week.csv",
        school=school,
    )
    Extract.objects.filter(pk=extract.pk).update(status=status)
    return extract


def names(patterns: Any = None) -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or str(pattern.pattern)


def test_every_address_has_its_entry() -> None:
    assert set(names()) == set(DOORS) | set(OPEN)
    assert not set(DOORS) & set(OPEN)


@pytest.mark.parametrize("name", sorted(OPEN))
def test_an_open_door(name: str, authority: Authority) -> None:
    arguments, answer = OPEN[name]
    assert Client().get(reverse(name, kwargs=arguments)).status_code == answer


REFUSED = {403, 404, 405}


def wrong(door: Door, part: str, side: str, answer: int, found: int, *, sent: bool) -> str:
    """What is wrong with a status; "" where it is right. What cannot be sent at all may be refused in any way."""
    if part == "signed out":
        wanted = door.signed_out
    elif answer == 405:
        return "" if found in REFUSED else f"{found}, not refused"
    elif part not in door.roles:
        wanted = 403
    elif door.of in ("", "user", "posting", *touch.EVERYBODYS, *legal.EVERYBODYS) or part in REACH[side]:
        wanted = 403 if sent and door.senders is not None and part not in door.senders else answer
    else:
        wanted = 404
    return "" if found == wanted else f"{found}, not {wanted}"


@pytest.mark.parametrize("part", [*sorted(ALL), "signed out"])
def test_doors_opened_by(part: str, cast: dict[str, User], school_a: School, school_b: School, browse: Browse) -> None:
    client = Client() if part == "signed out" else browse(cast[part])
    signed_in = client.cookies.copy()
    things = {side: things_of(school, cast[f"contact_{side}"]) for side, school in (("a", school_a), ("b", school_b))}
    found = {}
    for name, door in DOORS.items():
        for side in things if door.of else ("a",):  # an address that names nothing is the same at both schools
            address = reverse(name, kwargs=things[side].get(door.of, {}) | door.arguments)
            for method, answer in (("GET", door.get), ("POST", door.post)):
                with transaction.atomic():  # each finds the world as it was
                    client.cookies = signed_in.copy()
                    response = client.generic(method, address)
                    status = response.status_code
                    said = b"".join(response.streaming_content) if response.streaming else response.content
                    assert said or not response.streaming
                    shown = legal.PRIVILEGED.encode() in said
                    assert not shown or (part == "legal" and name in legal.ADVICE), f"{name} shows legal advice to {part}"
                    transaction.set_rollback(True)
                found[f"{method} {name} of {side}"] = wrong(door, part, side, answer, status, sent=method == "POST")
    bad = [f"{door}: {words}" for door, words in found.items() if words]
    assert not bad, "\n".join(bad)
