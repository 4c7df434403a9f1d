"""The worked cases of the rules, from a file through `import_register` to what `explain_pupil` says.

Beside every pupil of interest a classmate is present all year, so that the registers themselves show which weeks were
school weeks; the calendar is that of the cases: 13 April to 22 May, 1 June to 21 July, 2 September to 23 October and
2 November to 18 December 2026, no school on 4 May.
"""

import csv
import datetime as dt
import io
import json

import pytest
from django.core.management import call_command

from tests.factories import make_school

pytestmark = pytest.mark.django_db

PUPIL, CLASSMATE = "Z999900115001", "N999900115002"
TERMS = [
    (dt.date(2026, 4, 13), dt.date(2026, 5, 22)),
    (dt.date(2026, 6, 1), dt.date(2026, 7, 21)),
    (dt.date(2026, 9, 2), dt.date(2026, 10, 23)),
    (dt.date(2026, 11, 2), dt.date(2026, 12, 18)),
]


@pytest.fixture(autouse=True)
def after_the_autumn(settings, tmp_path):
    settings.DAYMARK_TODAY = "2026-12-19"
    settings.MEDIA_ROOT = tmp_path / "files"


def school_days():
    for first, last in TERMS:
        day = first
        while day <= last:
            if day.weekday() < 5 and day != dt.date(2026, 5, 4):
                yield day
            day += dt.timedelta(days=1)


def load(tmp_path, marks, *, urn=999001, dob="2014-03-04", classmate=True, upn=PUPIL):
    """Load `{date: (am, pm)}` as a row per pupil and day; the classmate attends every school day of the cases."""
    path = tmp_path / f"days-{urn}-{upn}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["URN", "UPN", "Surname", "Forename", "DOB", "Date", "AM", "PM"])
        for day, (am, pm) in sorted(marks.items()):
            out.writerow([urn, upn, "Example", "Alex", dob, day.isoformat(), am, pm])
        for day in school_days() if classmate else ():
            out.writerow([urn, CLASSMATE, "Sample", "Bo", "2014-11-11", day.isoformat(), "/", "\\"])
    receipt = io.StringIO()
    call_command("import_register", str(path), create_pupils=True, json=True, stdout=receipt)
    return json.loads(receipt.getvalue())[0]


def explain(as_of, upn=PUPIL):
    out = io.StringIO()
    call_command("explain_pupil", upn, as_of=as_of, json=True, stdout=out)
    return json.loads(out.getvalue())


def in_order(*marks, start=dt.date(2026, 9, 7)):
    """Successive sessions on successive weekdays, from a Monday."""
    days, day = {}, start
    for am, pm in zip(marks[::2], marks[1::2], strict=True):
        days[day] = (am, pm)
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
    return days


def weeks(*mondays, mark="U", weekday=0):
    return {dt.date.fromisoformat(m) + dt.timedelta(days=weekday): (mark, "\\") for m in mondays}


def figures_of(answer):
    f = answer["pupil"]
    rounded = None if f["attendance_pct"] is None else round(f["attendance_pct"], 2)
    return f["possible"], rounded, f["authorised"], f["unauthorised"], f["persistent_absence"], f["severe_absence"]


@pytest.mark.parametrize(
    ("case", "marks", "expected"),
    [
        ("W1", "/ \\ / \\ / \\ / \\ I I", (10, 80.0, 2, 0, True, False)),
        ("W2", "L \\ U \\ / \\ / \\ / U", (10, 80.0, 0, 2, True, False)),
        ("W3", "/ \\ Y4 Y4 Y2 Y2 X X / \\", (4, 100.0, 0, 0, False, False)),
        ("W4", "D D D D / \\ / \\ I \\", (6, 83.33, 1, 0, True, False)),
        ("W5", "# # Z Z", (0, None, 0, 0, False, False)),
        ("W6", "/ \\ C2 \\ / C2 E E Q Q / O N \\", (12, 50.0, 4, 2, True, True)),
    ],
)
def test_figures(case, marks, expected, tmp_path):
    make_school(urn=999001)
    load(tmp_path, in_order(*marks.split()))
    assert figures_of(explain("2026-12-18")) == expected, case


@pytest.mark.parametrize(("possible", "absent", "persistent"), [(402, 40, False), (390, 39, True), (390, 38, False)])
def test_w7_persistence_is_judged_on_whole_numbers(possible, absent, persistent, tmp_path):
    make_school(urn=999001)
    marks = ["I"] * absent + ["/"] * (possible - absent)
    load(tmp_path, in_order(*marks, start=dt.date(2025, 8, 4)), classmate=False)
    answer = explain("2026-07-31")["pupil"]
    assert (answer["possible"], answer["authorised"], answer["persistent_absence"]) == (possible, absent, persistent)


def test_w8_a_code_counts_as_it_did_on_its_day(tmp_path):
    make_school(urn=999001)
    receipt = load(
        tmp_path,
        {dt.date(2024, 7, 10): ("J", ""), dt.date(2024, 9, 10): ("J1", ""), dt.date(2024, 9, 11): ("H", "/")},
        classmate=False,
    )
    before, after = explain("2024-07-31")["pupil"], explain("2024-09-30")["pupil"]
    assert (before["possible"], before["attended"]) == (1, 1)
    assert (after["possible"], after["authorised"]) == (1, 1)
    assert receipt["status"] == "loaded"
    assert receipt["rows_rejected"] == 1
    (rejected,) = receipt["rejected"]
    assert rejected["value"] == "H"
    assert "18 August 2024" in rejected["message"]


def test_w9_each_roll_by_itself_and_the_pupil_summed(tmp_path):
    make_school(urn=999001)
    make_school(urn=999002)
    load(tmp_path, in_order(*["D", "D", "/", "\\", "D", "D", "/", "I", "D", "D"]))
    load(tmp_path, in_order(*["/", "\\", "D", "D", "/", "O", "D", "D", "/", "\\"]), urn=999002, classmate=False)
    answer = explain("2026-12-18")
    assert [(e["urn"], e["possible"], e["attended"], e["persistent_absence"]) for e in answer["enrolments"]] == [
        (999001, 4, 3, True),
        (999002, 6, 5, True),
    ]
    assert figures_of(answer)[:2] == (10, 80.0)


def threshold(answer):
    t = answer["penalty_threshold"]
    return t["met"], t["met_on"], t["session"], t["count"]


HOLIDAY = {dt.date(2026, 11, 9) + dt.timedelta(days=d): ("G", "G") for d in range(5)}


def test_w11_ten_holiday_sessions_in_a_week(tmp_path):
    make_school(urn=999001)
    load(tmp_path, HOLIDAY)
    answer = explain("2026-11-20")
    assert threshold(answer) == (True, "2026-11-13", "PM", 10)
    assert answer["penalty_threshold"]["sessions"][0] == "2026-11-09 AM=G"
    assert answer["penalty_threshold"]["age_known"]
    assert explain("2026-11-12")["penalty_threshold"]["met"] is False


@pytest.mark.parametrize(("last", "expected"), [("2026-10-09", (True, "2026-10-09", "PM", 10)), ("2026-10-12", (False, None, None, 8))])
def test_w12_the_window_reads_back_across_the_summer(last, expected, tmp_path):
    make_school(urn=999001)
    days = ["2026-06-29", "2026-09-08", "2026-09-22", "2026-10-01", last]
    load(tmp_path, {dt.date.fromisoformat(d): ("O", "O") for d in days})
    assert threshold(explain(last)) == expected
    # a week on, 29 June has left the window; what was met in the year stays met
    assert threshold(explain("2026-10-16")) == (*expected[:3], 8)


def test_w13_holiday_and_lateness_add_up(tmp_path):
    make_school(urn=999001)
    late = {dt.date(2026, 10, d): ("U", "\\") for d in (8, 9, 13, 14, 15, 16)}
    load(tmp_path, {dt.date(2026, 10, 5): ("G", "G"), dt.date(2026, 10, 6): ("G", "G"), **late})
    assert threshold(explain("2026-10-23")) == (True, "2026-10-16", "AM", 10)


def test_w14_an_illness_is_not_counted_until_it_is_corrected(tmp_path):
    make_school(urn=999001)
    days = in_order(*["O"] * 9, "I", start=dt.date(2026, 9, 14))
    load(tmp_path, days)
    assert threshold(explain("2026-09-18")) == (False, None, None, 9)
    last = max(days)
    load(tmp_path, {last: ("O", "O")})
    assert threshold(explain("2026-09-18")) == (True, last.isoformat(), "PM", 10)


NINE = ["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28", "2026-10-05", "2026-10-12", "2026-10-19", "2026-11-02",
        "2026-11-09"]  # fmt: skip


def test_w15_nine_in_the_window_is_not_ten(tmp_path):
    make_school(urn=999001)
    load(tmp_path, weeks(*NINE, "2026-11-23"))
    assert threshold(explain("2026-11-27")) == (False, None, None, 9)


def test_w15_half_term_is_skipped(tmp_path):
    make_school(urn=999001)
    load(tmp_path, weeks(*NINE, "2026-11-16"))
    assert threshold(explain("2026-11-20")) == (True, "2026-11-16", "AM", 10)


def test_w16_five_school_days_to_settle_an_n(tmp_path):
    make_school(urn=999001)
    load(tmp_path, {dt.date(2026, 10, 22): ("N", "\\")})
    assert explain("2026-11-05")["n_overdue"] == []
    assert explain("2026-11-06")["n_overdue"] == [{"session": "2026-10-22 AM", "due": "2026-11-05"}]


def test_w21_ten_school_days_in_a_row(tmp_path):
    make_school(urn=999001)
    run = {d: ("O", "O") for d in school_days() if dt.date(2026, 10, 5) <= d <= dt.date(2026, 10, 23)}
    load(tmp_path, run)
    assert explain("2026-10-15")["continuous_days"] == {"met": False, "reached_on": None}
    assert explain("2026-10-16")["continuous_days"] == {"met": True, "reached_on": "2026-10-16"}
    flags = {f["code"]: f for f in explain("2026-10-20")["flags"]}
    assert flags["continuous_absence"]["opened"] == "2026-10-16"


def test_w21_one_other_code_breaks_the_run(tmp_path):
    make_school(urn=999001)
    run = {d: ("O", "O") for d in school_days() if dt.date(2026, 10, 5) <= d <= dt.date(2026, 10, 23)}
    load(tmp_path, run | {dt.date(2026, 10, 14): ("I", "I")})
    assert explain("2026-10-23")["continuous_days"] == {"met": False, "reached_on": None}


def test_an_independent_school_has_no_threshold(tmp_path):
    make_school(urn=999001, independent=True)
    load(tmp_path, HOLIDAY)
    answer = explain("2026-11-20")["penalty_threshold"]
    assert (answer["eligible"], answer["met"]) == (False, False)


def test_no_threshold_before_compulsory_school_age(tmp_path):
    make_school(urn=999001)
    load(tmp_path, HOLIDAY, dob="2021-10-02")  # five on 2 October 2026: of age from 31 December
    answer = explain("2026-11-20")["penalty_threshold"]
    assert (answer["met"], answer["count"]) == (False, 0)


def test_age_unknown_is_said_and_does_not_hide_the_child(tmp_path):
    make_school(urn=999001)
    load(tmp_path, HOLIDAY, dob="")
    answer = explain("2026-11-20")["penalty_threshold"]
    assert (answer["age_known"], answer["met"]) == (False, True)
