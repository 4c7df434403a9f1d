"""The demo borough, from an empty database to flags: every step in one transaction, one line of audit a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter

import numpy as np
from django.contrib.auth.hashers import make_password
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Least

from accounts import audit
from accounts.models import AuditEvent, User
from attendance import flagging, matrix, peer_ranges, rollups, supply
from attendance.imports.receive import receipt_moment
from attendance.models import Extract, Flag
from config import pipeline
from config.demo import bulk, dates, faces, logins, names, people, places, plan, second_source, spells, teams, unmatched
from config.demo.dates import Calendar
from config.demo.people import Children, Ints
from config.demo.places import Place
from config.demo.registers import Moments, Writer
from config.demo.spells import Spell
from config.demo.work import everything
from schools import names as keys
from schools.models import (
    Area,
    Authority,
    Characteristic,
    Closure,
    Enrolment,
    FormerName,
    FormerUpn,
    Parent,
    Posting,
    Pupil,
    Responsibility,
    School,
    Term,
    Trust,
)

BUILT = "built demo borough"  # the audit line by which a database is known to hold the demo
OFFICERS, STAFF = 7, 12
Progress = Callable[[str, int], None]  # what is being done, and how many steps that is


@dataclass(frozen=True, slots=True)
class Built:
    schools: int
    pupils: int
    on_roll: int
    parents: int
    marks: int
    flags: int


def is_demo() -> bool:
    return AuditEvent.objects.filter(act=BUILT).exists()


def steps(schools: int) -> int:
    """How many steps `build` reports in all."""
    return schools + 11 + everything.STEPS


@transaction.atomic
def build(
    *, by: User | None, today: dt.date, now: dt.datetime, seed: int, schools: int, pupils: int, replace: bool, progress: Progress
) -> Built:
    """Invent the borough and write it. With `replace` whatever stands in the database goes first."""
    rng = np.random.default_rng(seed)
    year = matrix.academic_year(today)
    old_files = set(Extract.objects.values_list("stored", flat=True)) if replace else set()
    if replace:
        empty()
    progress("Families", 1)
    borough = places.draw(schools, pupils, rng)
    calendars = _calendars(borough, year, rng)
    children = people.draw(borough, pupils, year, rng)
    drawn = spells.draw(children, borough, calendars, year, today, rng)
    _count(borough, children, drawn, today)
    progress("Schools", 1)
    written = _schools(borough, calendars, rng)
    contacts = _users(borough, written, year, rng)
    audit.record("added schools", by=by, count=len(written) + 1)
    primaries = [i for i, place in enumerate(borough) if place.phase == places.PRIMARY]
    family = faces.draw(children, borough, primaries, year, now, rng)
    progress("People", 2)
    enrolments = _people(family, drawn, written)
    audit.record("added pupils", by=by, count=len(family.pupils))
    audit.record("added parents", by=by, count=len(family.parents))
    audit.record("added enrolments", by=by, count=len(enrolments))
    progress("How much each child misses", 1)
    last, this = (plan.draw(y, drawn, children, borough, calendars, rng) for y in (year - 1, year))
    moments = Moments(today, receipt_moment(now=now, today=today))
    writer = Writer(borough, written, children, family.pupils, enrolments, calendars, (last, this), contacts, moments, rng)
    writer.write_all(lambda: progress("Registers", 1))
    audit.record("loaded registers", by=by, count=writer.marks_written)
    _part_time(writer, family)
    _not_supplying(writer)
    progress("Figures", 2)
    bulk.analyze()
    rollups.refresh(schools=[school.pk for school in written], years=[year - 1, year])
    progress("Flags", 3)
    changes = flagging.refresh(pupils=None, schools=None, today=today, now=now)
    peer_ranges.refresh(pipeline.groups(), today=today)
    _noticed_as_they_arose(now)
    second_source.settle_sources(written)
    manager, shown = User.objects.filter(role="manager").order_by("pk")[0], _second_of_its_phase(borough, writer)
    source_rng = np.random.default_rng([seed, 5])
    second_source.compare(by=manager, today=today, now=moments.now, school=written[shown], rng=source_rng)
    open_days = {school.pk: [d for y in (year - 1, year) for d in calendars[i, y].days()] for i, school in enumerate(written)}
    work_rng = np.random.default_rng([seed, 3])  # its own chance: schools, children and marks do not move when work is added
    everything.work(by=by, today=today, now=moments.now, days=open_days, rng=work_rng, progress=progress)
    teams.write(by=by, today=today, now=moments.now, rng=np.random.default_rng([seed, 6]))
    unmatched.write(by=by, today=today, now=moments.now, days=open_days, rng=np.random.default_rng([seed, 4]))
    progress("Questions to schools", 1)
    pipeline.look_at_registers([school.pk for school in written], today=today, now=moments.now)
    audit.record(BUILT, by=by, seed=seed, schools=len(written), pupils=len(family.pupils), today=today.isoformat())
    old_files -= set(Extract.objects.values_list("stored", flat=True))
    transaction.on_commit(lambda: _forget(old_files))
    return Built(
        schools=len(written),
        pupils=len(family.pupils),
        on_roll=len({spell.child for spell in drawn if spell.end is None or spell.end >= today}),
        parents=len(family.parents),
        marks=writer.marks_written,
        flags=changes.opened,
    )


def _second_of_its_phase(borough: list[Place], writer: Writer) -> int:
    """A school that sends as it should and is not one that the logins lead to; any where there is no such."""
    usual = [i for i, place in enumerate(borough) if place.phase == places.PRIMARY and i not in writer.quiet and place.pupils]
    return usual[min(1, len(usual) - 1)] if usual else 0


def _noticed_as_they_arose(now: dt.datetime) -> None:
    """A borough that had been at work would have noticed each flag on the evening of its day, not all of them today."""
    evening = ExpressionWrapper(F("opened") + dt.timedelta(hours=17), output_field=DateTimeField())
    Flag.objects.update(noticed_at=Least(evening, Value(now)))


def empty() -> None:
    """Every row of Daymark's own tables. Django's lists of models and permissions stay."""
    keep = {"django_migrations", "django_content_type", "auth_permission"}
    tables = [t for t in connection.introspection.django_table_names(only_existing=True, include_views=False) if t not in keep]
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # a table whose keys are still to be checked cannot be emptied
        cursor.execute(f"truncate {', '.join(connection.ops.quote_name(t) for t in tables)} restart identity cascade")
        cursor.execute("set constraints all deferred")


def _forget(files: set[str]) -> None:
    """Files of the borough that was replaced; the same bytes drawn again are kept."""
    for name in files - {""}:
        default_storage.delete(name)


def _count(borough: list[Place], children: Children, drawn: list[Spell], today: dt.date) -> None:
    """Schools say how many pupils they have, and how many with free school meals, as it turned out."""
    for index, place in enumerate(borough):
        on_roll = [s.child for s in drawn if s.place == index and s.start <= today and (s.end is None or s.end >= today)]
        if on_roll and not place.independent:
            place.fsm = float(children.fsm[on_roll].mean())
        place.pupils = len(on_roll)


def _calendars(borough: list[Place], year: int, rng: np.random.Generator) -> dict[tuple[int, int], Calendar]:
    return {
        (i, y): dates.calendar(y, rng, long_october=place.long_october, independent=place.independent)
        for i, place in enumerate(borough)
        for y in (year - 1, year)
    }


def _schools(borough: list[Place], calendars: dict[tuple[int, int], Calendar], rng: np.random.Generator) -> list[School]:
    Authority.objects.update_or_create(
        pk=1,
        defaults={
            "name": f"{places.LA_NAME} Council",
            "la_code": places.LA_CODE,
            "contact_email": f"attendance@{places.DOMAIN}",
            "contact_phone": "01632 960000",
            "address": f"Civic Centre\nMarket Square\n{places.LA_NAME}",
        },
    )
    trusts = Trust.objects.bulk_create(Trust(name=name, code=code) for name, code in places.TRUSTS)
    areas = {
        (kind, name): Area(kind=kind, name=name, code=f"E9{number:07d}" if kind == Area.Kind.WARD else "")
        for number, (kind, name) in enumerate(
            [(Area.Kind.CLUSTER, cluster) for cluster in places.CLUSTERS]
            + [(Area.Kind.WARD, ward) for inside in places.CLUSTERS.values() for ward in inside]
        )
    }
    Area.objects.bulk_create(areas.values())
    namer = faces.Namer(rng)
    schools = [_school(place, trusts, areas, namer) for place in borough]
    example = School(
        urn=places.EXAMPLE_URN, la_code=places.LA_CODE, estab="9001", name=places.EXAMPLE_NAME, phase=places.SECONDARY,
        sort_name=keys.fold(places.EXAMPLE_NAME), search_text=keys.fold(f"{places.EXAMPLE_NAME} {places.LA_NAME}"),
        low_age=11, high_age=16, town=places.LA_NAME, type_name="Academy converter", type_group="Academies", type_code="34",
    )  # fmt: skip
    School.objects.bulk_create([*schools, example])
    columns = ("school_id", "name", "start", "end")
    by_school = [(schools[index].pk, calendar) for (index, _), calendar in calendars.items()]
    bulk.copy(Term, columns, [(key, *term) for key, calendar in by_school for term in calendar.terms])
    bulk.copy(Closure, columns, [(key, name, day, day) for key, calendar in by_school for name, day in calendar.closures])
    return schools


_TYPES = {  # GIAS: type code, type, group
    places.PRIMARY: ("1", "Community school", "Local authority maintained schools"),
    places.SECONDARY: ("1", "Community school", "Local authority maintained schools"),
    places.SPECIAL: ("7", "Community special school", "Special schools"),
    places.PRU: ("14", "Pupil referral unit", "Local authority maintained schools"),
    places.ALL_THROUGH: ("11", "Other independent school", "Independent schools"),
}
_AGES = {places.PRIMARY: (4, 11), places.SECONDARY: (11, 16), places.PRU: (11, 16)}


def _school(place: Place, trusts: list[Trust], areas: dict[tuple[Area.Kind, str], Area], namer: faces.Namer) -> School:
    code, kind, group = _TYPES[place.phase]
    if "Catholic" in place.name or "Church of England" in place.name:
        code, kind = "2", "Voluntary aided school"
    if place.trust is not None:
        code, kind, group = "34", "Academy converter", "Academies"
    low, high = _AGES.get(place.phase, (4, 16))
    return School(
        urn=place.urn, la_code=places.LA_CODE, estab=place.estab, name=place.name, sort_name=keys.fold(place.name),
        phase=place.phase, type_code=code, type_name=kind, type_group=group, independent=place.independent,
        low_age=low, high_age=high, capacity=round(place.pupils * 1.08), number_of_pupils=place.pupils,
        fsm_percent=None if place.independent else round(place.fsm * 100, 1),
        trust=None if place.trust is None else trusts[place.trust],
        ward=areas[Area.Kind.WARD, place.ward], cluster=areas[Area.Kind.CLUSTER, place.cluster],
        street=f"{place.urn % 90 + 1} School Lane", locality=place.ward, town=places.LA_NAME,
        postcode=f"MB{place.urn % 20 + 1} {place.urn % 9 + 1}AA", telephone=f"01632 {place.urn - 39101}",
        website=f"https://{places.slug(place.name)}.{places.DOMAIN}",
        head_name=f"{namer.name(0, 'mothers' if namer.chance() < 0.6 else 'fathers')} {namer.name(0, 'surnames')}",
        search_text=keys.fold(f"{place.name} {places.LA_NAME}"),
    )  # fmt: skip


def _users(borough: list[Place], schools: list[School], year: int, rng: np.random.Generator) -> dict[int, User]:
    """Everyone who signs in, with one password that is hashed once. Returns the contact of each school."""
    password = make_password(logins.DEMO_PASSWORD)
    namer = faces.Namer(rng)

    def person(email: str, role: str) -> User:
        heritage = int(namer.chance() * len(names.heritages())) if namer.chance() < 0.3 else 0
        part = "mothers" if namer.chance() < 0.6 else "fathers"
        name = f"{namer.name(heritage, part)} {namer.name(heritage, 'surnames')}"
        return User(email=email, name=name, role=role, password=password)

    at = places.DOMAIN
    officers = [person(f"officer{n if n > 1 else ''}@{at}", "officer") for n in range(1, OFFICERS + 1)]
    leaders = [person(f"{role}@{at}", role) for role in ("manager", "legal", "administrator")]
    everywhere = [*schools, School.objects.get(urn=places.EXAMPLE_URN)]
    contacts = [person(places.contact_email(school.name), "school_contact") for school in everywhere]
    first_secondary = next(i for i, place in enumerate(borough) if place.phase == places.SECONDARY)
    staffed = {first_secondary, *rng.permutation(len(schools))[: STAFF - 1].tolist()}
    staff = {i: person(f"staff@{places.contact_email(schools[i].name).split('@')[1]}", "school_staff") for i in sorted(staffed)}
    User.objects.bulk_create([*officers, *leaders, *contacts, *staff.values()])
    start = dt.date(year - 1, 9, 1)
    posted = [(officers[_officer_of(i, len(everywhere))], school, Posting.Part.LEAD) for i, school in enumerate(everywhere)]
    posted += [(contact, school, Posting.Part.CONTACT) for contact, school in zip(contacts, everywhere, strict=True)]
    posted += [(user, schools[i], Posting.Part.STAFF) for i, user in staff.items()]
    Posting.objects.bulk_create(Posting(user=user, school=school, part=part, start=start) for user, school, part in posted)
    audit.record("invited users", by=None, count=len(officers) + len(leaders) + len(contacts) + len(staff))
    return {school.pk: contact for school, contact in zip(everywhere, contacts, strict=True)}


def _officer_of(school: int, schools: int) -> int:
    """Schools are dealt round, so that every officer has each phase; the example school goes to the first officer."""
    return 0 if school == schools - 1 else school % OFFICERS


def _people(family: faces.Faces, drawn: list[Spell], schools: list[School]) -> Ints:
    """Write people and their enrolments. Returns the enrolments' keys, by spell."""
    for whose, rows in ((Pupil, family.pupils), (Parent, family.parents)):
        columns_ = [column.name for column in fields(rows[0])]
        bulk.copy(whose, columns_, map(attrgetter(*columns_), rows))
    for table, part in (
        (Responsibility, "responsibilities"),
        (FormerName, "former_names"),
        (FormerUpn, "former_upns"),
        (Characteristic, "characteristics"),
        (Parent.hidden_from.through, "hidden"),
    ):
        bulk.copy(table, faces.COLUMNS[part], getattr(family, part))
    keys_ = list(islice(bulk.keys(Enrolment), len(drawn)))
    columns = ("id", "pupil_id", "school_id", "start", "end", "kind", "start_from_marks", "year_group", "leaving_reason")
    kinds = {False: Enrolment.Kind.MAIN.value, True: Enrolment.Kind.SUBSIDIARY.value}
    bulk.copy(
        Enrolment,
        columns,
        (
            (key, family.pupils[s.child].id, schools[s.place].pk, s.start, s.end, kinds[s.subsidiary], False, s.year_group, s.reason)
            for key, s in zip(keys_, drawn, strict=True)
        ),
    )
    return np.array(keys_, np.int64)


def _not_supplying(writer: Writer) -> None:
    """One of the schools that have fallen silent has said why: it raises no alarm, and is named where it is missing."""
    today, now = writer.moments.today, writer.moments.now
    place = next((place for place, kind in writer.quiet.items() if kind == "silent"), None)
    last = None if place is None else writer.schools[place].loads.order_by("-last_session").values_list("last_session", flat=True).first()
    if place is not None and last is not None and last < today:
        supply.say_not_supplying(
            by=User.objects.get(email=f"manager@{places.DOMAIN}"),
            today=today,
            now=now,
            school=writer.schools[place],
            start=last + dt.timedelta(days=1),
            until=today + dt.timedelta(days=21),
            reason="Moving to another information system. Its supplier switches the daily file on when the move is done.",
        )


def _part_time(writer: Writer, family: faces.Faces) -> None:
    """A temporary part-time timetable stands on record for whoever has code C2."""
    spans: dict[tuple[int, dt.date], dt.date] = {}
    for child, first, last in writer.part_time:
        spans[child, first] = max(last, spans.get((child, first), last))
    recent = writer.moments.today - dt.timedelta(days=14)
    bulk.copy(
        Characteristic,
        faces.COLUMNS["characteristics"],
        [
            (family.pupils[child].id, Characteristic.Kind.PART_TIME.value, first, last if last < recent else None, "School")
            for (child, first), last in spans.items()
        ],
    )
