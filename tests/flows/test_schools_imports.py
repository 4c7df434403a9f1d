"""Schools from the national register, calendars and rolls: the files as they come, good and bad."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from schools.importers import gias, table
from schools.models import Area, Characteristic, Closure, Enrolment, Parent, Pupil, School, Term, Trust
from tests import factories

pytestmark = pytest.mark.django_db


def run(command: str, *args: str | Path, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *[str(arg) for arg in args], stdout=out, **options)
    return out.getvalue()


# The national register


HEADER = (
    "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),TypeOfEstablishment (name),"
    "EstablishmentTypeGroup (code),EstablishmentTypeGroup (name),EstablishmentStatus (code),EstablishmentStatus (name),OpenDate,"
    "CloseDate,PhaseOfEducation (code),PhaseOfEducation (name),StatutoryLowAge,StatutoryHighAge,SchoolCapacity,NumberOfPupils,"
    "PercentageFSM,Trusts (code),Trusts (name),AdministrativeWard (code),AdministrativeWard (name),Postcode,HeadTitle (name),"
    "HeadFirstName,HeadLastName,UPRN"
)
ROWS = [
    "999101,999,Merebrook,2001,Château Lane Primary School,1,Community school,4,Local authority maintained schools,1,Open,01-09-1974,,"
    "2,Primary,5,11,240,231,24.7,,,E05000001,Mill,mb1 1aa,Ms,Ann,Bell,1",
    "999102,999,Merebrook,4001,Long Hill Academy,34,Academy converter,10,Academies,1,Open,01-09-2012,,4,Secondary,11,16,1200,1141,"
    "32.66,5001,Hill Trust,E05000001,Mill,MB2 2BB,Mr,Al,Hill,2",
    "999103,999,Merebrook,7001,Oak View School,7,Community special school,5,Special schools,1,Open,,,0,Not applicable,3,19,,88,,,,,,,,,,",
    "999104,999,Merebrook,1101,The Bridge,14,Pupil referral unit,4,Local authority maintained schools,1,Open,,,0,Not applicable,11,16,,31,"
    ",,,,,,,,,",
    "999105,999,Merebrook,6001,Priory College,11,Other independent school,3,Independent schools,1,Open,,,0,Not applicable,3,18,,,,,,,,,,,,",
    "999106,999,Merebrook,2002,Old Road Infant School,1,Community school,4,Local authority maintained schools,2,Closed,01-09-1950,"
    "31/08/2019,2,Primary,5,7,,,,,,,,,,,,",
    "999107,999,Merebrook,2003,New Estate Primary,35,Free schools,11,Free Schools,4,Proposed to open,,,2,Primary,4,11,,,,,,,,,,,,",
    "998101,998,Elsewhere,2001,Elsewhere Primary,1,Community school,4,Local authority maintained schools,1,Open,,,2,Primary,5,11,,,,,,"
    "E05000099,Mill,,,,,",
]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "edubasealldata.csv"
    path.write_bytes("\r\n".join([HEADER, *ROWS]).encode("cp1252"))
    return path


class TestGias:
    def test_schools_come_in_as_they_are(self, register: Path, today: dt.date) -> None:
        said = run("import_gias", register)
        assert "7 schools added, 0 changed, 0 unchanged" in said
        assert "1 proposed school without an opening date left out" in said
        primary = School.objects.get(urn=999101)
        assert (primary.name, primary.phase, primary.opened) == ("Château Lane Primary School", "primary", dt.date(1974, 9, 1))
        assert (primary.fsm_percent, primary.number_of_pupils, primary.postcode) == (Decimal("24.7"), 231, "MB1 1AA")
        assert (primary.head_name, primary.ward and primary.ward.name) == ("Ms Ann Bell", "Mill")
        assert primary.search_text == "chateau lane primary school"
        academy = School.objects.get(urn=999102)
        assert academy.trust == Trust.objects.get(code="5001", name="Hill Trust")
        phases = dict(School.objects.values_list("urn", "phase"))
        assert phases == {
            999101: "primary",
            999102: "secondary",
            999103: "special",
            999104: "pru",
            999105: "all_through",
            999106: "primary",
            998101: "primary",
        }
        assert list(School.objects.filter(independent=True).values_list("urn", flat=True)) == [999105]
        assert School.objects.get(urn=999106).closed == dt.date(2019, 8, 31)
        assert {(area.name, area.code) for area in Area.objects.all()} == {("Mill", "E05000001"), ("Mill (E05000099)", "E05000099")}

    def test_twice_changes_nothing_and_what_is_not_said_stays(self, register: Path, today: dt.date) -> None:
        run("import_gias", register)
        kept = factories.make_school("Not in the file", urn=999999)
        cluster = Area.objects.create(kind="cluster", name="North")
        School.objects.filter(urn=999101).update(cluster=cluster)
        assert "0 schools added, 0 changed, 7 unchanged" in run("import_gias", register)
        short = register.with_name("short.csv")
        short.write_text("URN,LA (code),EstablishmentName\n999101,999,Château Lane Church School\n")
        said = run("import_gias", short)
        assert "0 schools added, 1 changed" in said
        assert "The file has no column AdministrativeWard (code)" in said
        school = School.objects.get(urn=999101)
        assert (school.name, school.phase, school.ward and school.ward.name) == ("Château Lane Church School", "primary", "Mill")
        assert school.cluster == cluster
        assert School.objects.filter(pk=kept.pk).exists()

    def test_one_authority_s_schools_only(self, register: Path, today: dt.date) -> None:
        receipt = json.loads(run("import_gias", register, "--la", "999", "--json"))
        assert (receipt["added"], receipt["other_authorities"]) == (6, 1)
        assert not School.objects.filter(la_code="998").exists()

    def test_a_school_that_closes_is_told(self, register: Path, today: dt.date) -> None:
        run("import_gias", register)
        text = register.read_bytes().decode("cp1252")
        register.write_bytes(text.replace("1,Open,01-09-1974,,", "2,Closed,01-09-1974,,").encode("cp1252"))
        assert "Now closed: URN 999101" in run("import_gias", register)
        assert School.objects.get(urn=999101).closed == today, "closed without a date: the day we heard of it"
        assert "0 changed" in run("import_gias", register)

    def test_bad_lines_stay_out_and_the_others_come_in(self, tmp_path: Path, today: dt.date) -> None:
        path = tmp_path / "bad.csv"
        path.write_text(
            "URN,LA (code),EstablishmentName,OpenDate,CloseDate\nabc,999,No number,,\n999201,999,,,\n999202,999,Bad date,09-25-2012,\n"
            "999203,999,Backwards,01-09-2020,01-09-2019\n999204,999,Good,,\n999204,999,Twice,,\n"
        )
        said = run("import_gias", path)
        assert "1 school added" in said
        for words in (
            "Line 2 was not loaded",
            "Line 3",
            "Line 4",
            "“09-25-2012” is not a date",
            "Line 5",
            "Line 7",
            "Line 6 has the same URN",
        ):
            assert words in said
        assert School.objects.get().name == "Good"

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "The file is empty"),
            (b"PK\x03\x04rest", "Save it as CSV first"),
            (b"\x00\x01\x02", "is not text"),
            (b"School,Town\nA,B\n", "Missing: URN, LA (code), EstablishmentName. Found: “School”"),
            (b'URN,LA (code),EstablishmentName\n999101,999,"never closed\n' + b"x" * 40_000, "a quotation mark may be missing"),
        ],
    )
    def test_what_is_no_register_is_refused_in_words(self, tmp_path: Path, today: dt.date, content: bytes, words: str) -> None:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        with pytest.raises(CommandError) as refused:
            run("import_gias", path)
        assert words in str(refused.value)

    def test_no_such_file_is_a_matter_of_usage(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError) as refused:
            run("import_gias", tmp_path / "none.csv")
        assert refused.value.returncode == 2

    def test_city_technology_colleges_and_independent_special_schools(self) -> None:
        header = "URN,LA (code),EstablishmentName,TypeOfEstablishment (code),EstablishmentTypeGroup (name)\n"
        found = gias.read((header + "100001,999,A,6,Independent schools\n100002,999,B,10,Special schools\n").encode())
        assert [row.fields["independent"] for row in found.rows] == [False, True]


# Calendars


CALENDAR = """kind,start,end,name
term,2026-09-01,2026-10-23,Autumn 1
term,02/11/2026,18/12/2026,Autumn 2
closed,2026-11-27,2026-11-27,INSET day
"""


class TestCalendar:
    def test_terms_and_closures_come_in_once(self, tmp_path: Path, school_a: School) -> None:
        path = tmp_path / "calendar.csv"
        path.write_text(CALENDAR)
        assert "3 added, 0 changed, 0 unchanged" in run("import_calendar", path, "--school", str(school_a.urn))
        assert "0 added, 0 changed, 3 unchanged" in run("import_calendar", path, "--school", str(school_a.urn))
        path.write_text(CALENDAR.replace("2026-10-23", "2026-10-22"))
        assert "0 added, 1 changed, 2 unchanged" in run("import_calendar", path, "--school", str(school_a.urn))
        assert Term.objects.get(name="Autumn 1").end == dt.date(2026, 10, 22)
        assert Closure.objects.get().start == dt.date(2026, 11, 27)

    def test_a_wrong_line_leaves_everything_as_it_was(self, tmp_path: Path, school_a: School) -> None:
        path = tmp_path / "calendar.csv"
        path.write_text(CALENDAR + "holiday,2026-13-01,soon,\nterm,2026-10-20,2026-10-30,Overlap\n")
        with pytest.raises(CommandError) as refused:
            run("import_calendar", path, "--school", str(school_a.urn))
        assert "Line 5: “holiday” must be term or closed" in str(refused.value)
        assert "Line 5: start “2026-13-01” is not a date" in str(refused.value)
        path.write_text(CALENDAR + "term,2026-10-20,2026-10-30,Overlap\n")
        with pytest.raises(CommandError, match="Line 5: Autumn 1 runs from 1 September 2026 to 23 October 2026"):
            run("import_calendar", path, "--school", str(school_a.urn))
        assert not Term.objects.exists()

    def test_an_unknown_school_is_said_with_the_way_out(self, tmp_path: Path, db: None) -> None:
        path = tmp_path / "calendar.csv"
        path.write_text(CALENDAR)
        with pytest.raises(CommandError, match="import_gias"):
            run("import_calendar", path, "--school", "123456")

    def test_the_page_adds_changes_removes_and_loads(self, contact_a_client: Client, school_a: School) -> None:
        page = reverse("calendar", args=[school_a.urn])
        assert "No terms yet" in contact_a_client.get(page).content.decode()
        file = SimpleUploadedFile("calendar.csv", CALENDAR.encode())
        assert contact_a_client.post(page, {"file": file}).status_code == 302
        closure = Closure.objects.get()
        edit = reverse("calendar_edit", args=[school_a.urn, "closed", closure.pk])
        asked = {
            "name": "INSET day",
            **{f"{name}_{part}": value for name in ("start", "end") for part, value in (("day", 30), ("month", 11), ("year", 2026))},
        }
        contact_a_client.post(edit, asked)
        closure.refresh_from_db()
        assert closure.start == closure.end == dt.date(2026, 11, 30)
        contact_a_client.post(reverse("calendar_remove", args=[school_a.urn, "closed", closure.pk]))
        assert not Closure.objects.exists()
        add = reverse("calendar_add", args=[school_a.urn])
        overlap = contact_a_client.post(add, asked | {"kind": "term", "name": "Autumn 3"})
        assert "Autumn 2 runs from 2 November 2026" in overlap.content.decode()
        bad = contact_a_client.post(page, {"file": SimpleUploadedFile("bad.csv", b"kind,start,end,name\nterm,x,y,\n")})
        assert "Nothing was loaded" in bad.content.decode()
        assert "The name is missing" in bad.content.decode()
        acts = set(AuditEvent.objects.filter(kind="change").values_list("act", flat=True))
        assert acts == {"loaded calendar", "corrected calendar", "removed from calendar"}

    def test_another_school_s_days_cannot_be_reached_through_one_s_own(
        self, contact_a_client: Client, school_a: School, school_b: School
    ) -> None:
        theirs = Term.objects.create(school=school_b, name="Autumn", start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1))
        for name in ("calendar_edit", "calendar_remove"):
            assert contact_a_client.post(reverse(name, args=[school_a.urn, "term", theirs.pk])).status_code == 404
        assert Term.objects.filter(pk=theirs.pk).exists()


# Rolls


UPN_ONE, UPN_TWO, UPN_THREE = (factories.valid_upn(number) for number in (81001, 81002, 81003))
ROLL_HEADER = (
    "URN,UPN,Former UPN,Legal surname,Legal forename,Date of birth,Sex,Year group,Entry date,Leaving date,FSM,SEN,"
    "Parent1 surname,Parent1 forename,Parent1 phone,Parent1 relationship,Parent1 address,Parent1 postcode,House"
)


def roll(*rows: str) -> str:
    return "\n".join([ROLL_HEADER, *rows]) + "\n"


ONE = f"999801,{UPN_ONE},,O'Brien,Niamh,04/03/2013,F,Year 8,01/09/2024,,Y,K,O'Brien,Sean,07700 900001,Father,1 Mill Lane,mb1 1aa,Red"
SIBLING = f"999801,{UPN_TWO},,O'Brien,Conor,2014-06-01,M,7,2025-09-01,,Y,N,O'Brien,Sean,07700 900001,Father,1 Mill Lane,MB1 1AA,Red"


class TestRoll:
    def load(self, tmp_path: Path, text: str, *args: str) -> dict[str, Any]:
        path = tmp_path / "roll.csv"
        path.write_text(text)
        receipt: dict[str, Any] = json.loads(run("import_roll", path, "--json", *args))
        return receipt

    def test_pupils_spells_characteristics_and_parents(self, tmp_path: Path, school_a: School) -> None:
        receipt = self.load(tmp_path, roll(ONE, SIBLING))
        assert (receipt["status"], receipt["rows_read"], receipt["rows_rejected"]) == ("loaded", 2, 0)
        assert (receipt["pupils_added"], receipt["enrolments_added"], receipt["characteristics_added"]) == (2, 2, 3)
        assert (receipt["parents_added"], receipt["columns_not_used"]) == (1, ["House"])
        pupil = Pupil.objects.get(upn=UPN_ONE)
        assert (pupil.surname, pupil.dob, pupil.sort_name) == ("O'Brien", dt.date(2013, 3, 4), "obrien, niamh")
        enrolment = pupil.enrolments.get()
        assert (enrolment.school, enrolment.start, enrolment.end, enrolment.year_group) == (school_a, dt.date(2024, 9, 1), None, "8")
        assert set(pupil.characteristics.values_list("kind", "start")) == {
            ("fsm", dt.date(2024, 9, 1)),
            ("sen_support", dt.date(2024, 9, 1)),
        }
        father = Parent.objects.get()
        assert father.responsibilities.count() == 2, "one parent of two children"
        assert "07700900001" in father.search_text
        events = list(AuditEvent.objects.filter(act="loaded roll"))
        assert [event.detail for event in events] == [{"count": 2, "schools": [school_a.urn]}], "one line a file"

    def test_twice_changes_nothing(self, tmp_path: Path, school_a: School) -> None:
        self.load(tmp_path, roll(ONE, SIBLING))
        receipt = self.load(tmp_path, roll(ONE, SIBLING))
        changed = {name: value for name, value in receipt.items() if name.endswith(("_added", "_corrected", "_ended"))}
        assert set(changed.values()) == {0}
        assert receipt["pupils_unchanged"] == 2
        assert (Pupil.objects.count(), Enrolment.objects.count(), Parent.objects.count()) == (2, 2, 1)

    def test_what_has_changed_is_corrected_and_what_was_is_kept(self, tmp_path: Path, school_a: School) -> None:
        self.load(tmp_path, roll(ONE))
        changed = ONE.replace("O'Brien,Niamh", "Walsh,Niamh").replace(",Y,K,", ",N,E,").replace("01/09/2024,,", "01/09/2024,20/11/2026,")
        receipt = self.load(tmp_path, roll(changed.replace("07700 900001", "07700 900002")))
        assert (receipt["pupils_corrected"], receipt["enrolments_corrected"], receipt["parents_corrected"]) == (1, 1, 1)
        pupil = Pupil.objects.get()
        assert [former.surname for former in pupil.former_names.all()] == ["O'Brien"]
        assert "niamh obrien" in pupil.search_text
        assert pupil.enrolments.get().end == dt.date(2026, 11, 20)
        held = dict(Characteristic.objects.values_list("kind", "end"))
        assert held == {"fsm": dt.date(2026, 11, 19), "sen_support": dt.date(2026, 11, 19), "ehcp": None}

    def test_a_new_upn_keeps_the_old_one(self, tmp_path: Path, school_a: School) -> None:
        self.load(tmp_path, roll(ONE))
        receipt = self.load(tmp_path, roll(ONE.replace(f"{UPN_ONE},,", f"{UPN_THREE},{UPN_ONE},")))
        assert receipt["pupils_added"] == 0
        pupil = Pupil.objects.get()
        assert pupil.upn == UPN_THREE
        assert [former.upn for former in pupil.former_upns.all()] == [UPN_ONE]
        again = self.load(tmp_path, roll(ONE))
        assert (again["pupils_added"], Pupil.objects.get().upn) == (0, UPN_THREE), "an old file does not bring the old UPN back"

    def test_blank_says_nothing(self, tmp_path: Path, school_a: School) -> None:
        self.load(tmp_path, roll(ONE))
        self.load(tmp_path, f"URN,UPN,Surname,Forename,DOB,FSM,SEN,Start\n999801,{UPN_ONE},O'Brien,Niamh,,,,\n")
        pupil = Pupil.objects.get()
        assert pupil.dob == dt.date(2013, 3, 4)
        assert pupil.characteristics.filter(end=None).count() == 2

    def test_good_rows_load_and_the_others_are_told_line_by_line(self, tmp_path: Path, school_a: School) -> None:
        bad = [
            f"999801,{UPN_TWO},,NoForename,,2014-06-01,M,7,2025-09-01,,,,,,,,,,",
            "999801,1234,,Short,Upn,2014-06-01,M,7,2025-09-01,,,,,,,,,,",
            f"999801,{UPN_THREE},,Month,First,09/25/2014,M,7,2025-09-01,,Q,Z,,,,,,,",
            f"123456,{UPN_THREE},,Unknown,School,2014-06-01,M,7,2025-09-01,,,,,,,,,,",
            f"999801,{UPN_THREE},,No,Start,2014-06-01,M,7,,,,,,,,,,,",
            ONE,
        ]
        receipt = self.load(tmp_path, roll(ONE, *bad))
        assert (receipt["pupils_added"], receipt["rows_rejected"]) == (1, 6)
        told = {(row["line"], row["field"]) for row in receipt["rejected"]}
        assert told == {(3, "forename"), (4, "upn"), (5, "dob"), (5, "fsm"), (5, "sen"), (6, "urn"), (7, "start"), (8, "upn")}
        messages = " ".join(str(row["message"]) for row in receipt["rejected"])
        assert "import_gias" in messages
        assert "Line 2 is about the same pupil and start" in messages

    def test_another_school_s_child_is_not_taken_by_a_mistyped_upn(self, tmp_path: Path, school_a: School, school_b: School) -> None:
        factories.enrol(factories.make_pupil("Somebody", upn=UPN_ONE, dob=dt.date(2010, 1, 1)), school_b)
        receipt = self.load(tmp_path, roll(ONE))
        assert receipt["enrolments_added"] == 0
        assert "another surname and date of birth" in receipt["rejected"][0]["message"]

    def test_a_mover_keeps_both_rolls_until_the_old_school_says_so(self, tmp_path: Path, school_a: School, school_b: School) -> None:
        before = factories.enrol(factories.make_pupil("O'Brien", "Niamh", upn=UPN_ONE), school_b)
        self.load(tmp_path, roll(ONE))
        before.refresh_from_db()
        assert before.end is None
        assert Pupil.objects.get().enrolments.count() == 2

    def test_a_start_taken_from_marks_gives_way_to_the_roll(self, tmp_path: Path, school_a: School) -> None:
        pupil = factories.make_pupil("O'Brien", "Niamh", upn=UPN_ONE, dob=dt.date(2013, 3, 4))
        spell = factories.enrol(pupil, school_a, start=dt.date(2024, 9, 5), start_from_marks=True)
        self.load(tmp_path, roll(ONE))
        spell.refresh_from_db()
        assert (spell.start, spell.start_from_marks) == (dt.date(2024, 9, 1), False)

    def test_a_second_spell_at_the_same_school(self, tmp_path: Path, school_a: School) -> None:
        self.load(tmp_path, roll(ONE.replace("01/09/2024,,", "01/09/2024,31/03/2025,")))
        self.load(tmp_path, roll(ONE.replace("01/09/2024,,", "01/09/2025,,")))
        spells = Enrolment.objects.order_by("start").values_list("start", "end")
        assert list(spells) == [(dt.date(2024, 9, 1), dt.date(2025, 3, 31)), (dt.date(2025, 9, 1), None)]

    def test_nobody_leaves_by_being_left_out(self, tmp_path: Path, school_a: School) -> None:
        self.load(tmp_path, roll(ONE, SIBLING))
        receipt = self.load(tmp_path, roll(ONE))
        assert receipt["not_in_file"] == 1
        assert Enrolment.objects.filter(end=None).count() == 2

    def test_a_dry_run_says_the_same_and_changes_nothing(self, tmp_path: Path, school_a: School) -> None:
        dry = self.load(tmp_path, roll(ONE, SIBLING), "--dry-run")
        assert not Pupil.objects.exists()
        assert not AuditEvent.objects.exists()
        wet = self.load(tmp_path, roll(ONE, SIBLING))
        assert dry | {"dry_run": False} == wet

    def test_without_a_urn_column_the_school_is_asked_for(self, tmp_path: Path, school_a: School) -> None:
        path = tmp_path / "roll.csv"
        path.write_text(f"UPN,Surname,Forename,Start\n{UPN_ONE},O'Brien,Niamh,2025-09-01\n")
        with pytest.raises(CommandError, match="--school URN"):
            run("import_roll", path)
        assert "1 added" in run("import_roll", path, "--school", str(school_a.urn))

    def test_a_school_sends_its_own_roll_and_nobody_else_s(self, contact_a_client: Client, school_a: School, school_b: School) -> None:
        theirs = SIBLING.replace("999801", "999802")
        file = SimpleUploadedFile("roll.csv", roll(ONE, theirs).encode())
        page = contact_a_client.post(reverse("roll", args=[school_a.urn]), {"file": file}).content.decode()
        assert "2 rows read, 1 not loaded" in page
        assert "This file is for Alder High School, URN 999801" in page
        assert Pupil.objects.count() == 1

    def test_many_pupils_take_few_questions(self, school_a: School, today: dt.date, django_assert_max_num_queries: Any) -> None:
        from schools.actions.roll import load_roll
        from schools.importers.roll import read

        rows = [ONE.replace(UPN_ONE, factories.valid_upn(90000 + n)).replace("Niamh", f"N{n}") for n in range(300)]
        found = read(roll(*rows).encode(), today=today)
        with django_assert_max_num_queries(35):
            receipt = load_roll(by=None, today=today, rows=found.rows)
        assert receipt.pupils_added == 300


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-09-01", dt.date(2026, 9, 1)),
        ("2026-09-01T00:00:00", dt.date(2026, 9, 1)),
        ("1/9/2026", dt.date(2026, 9, 1)),
        ("01.09.2026", dt.date(2026, 9, 1)),
        ("01-09-2026 00:00", dt.date(2026, 9, 1)),
        ("09/25/2026", None),
        ("31/02/2026", None),
        ("1/9/26", None),
        ("soon", None),
    ],
)
def test_dates_are_iso_or_day_first_and_never_guessed(text: str, date: dt.date | None) -> None:
    assert table.date_of(text) == date


@pytest.mark.parametrize(
    "content",
    [
        "urn;name\n1;Zoë\n".encode("cp1252"),
        "\ufeffURN\tName\n1\tZoë\n".encode(),
        "urn,name\n1,Zoë\n".encode("utf-16"),
    ],
)
def test_encodings_and_delimiters_are_found_out(content: bytes) -> None:
    (line,) = table.read(content, {"urn": (), "name": ()}, needed=("urn", "name")).lines()
    assert (line["urn"], line["name"]) == ("1", "Zoë")


def test_two_columns_for_one_field_are_refused_by_name() -> None:
    with pytest.raises(table.UnreadableTable, match="“URN” and “School URN”"):
        table.read(b"URN,School URN\n1,2\n", {"urn": ("school urn",)}, needed=("urn",))


def test_lines_are_numbered_as_a_spreadsheet_shows_them() -> None:
    text = b'name,note\nA,"two\nlines"\n\nB,\n'
    assert [(line.number, line["name"]) for line in table.read(text, {"name": ()}, needed=("name",)).lines()] == [(2, "A"), (4, "B")]
