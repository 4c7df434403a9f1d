"""Published figures: their periods, the generations of column names they come under, and what is not known."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.benchmarks import figures, shipped
from attendance.benchmarks.figures import ENGLAND, WHOLE_YEAR, YEAR_TO_DATE, Figure
from attendance.benchmarks.files import NEIGHBOURS, Found, read_file
from schools.importers.table import UnreadableTable

PUBLISHED = dt.date(2026, 12, 3)


def read(text: str, published: dt.date | None = PUBLISHED) -> Found:
    return read_file(text.encode(), shipped.places(), published=published)


def test_the_rule_of_periods_gives_every_period_of_the_shipped_file() -> None:
    with (shipped.DATA / "england_through_the_year.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len(rows) == 248
    for row in rows:
        assert figures.first_day(int(row["year"])).isoformat() == row["first"]
        assert figures.last_day(dt.date.fromisoformat(row["published"])).isoformat() == row["last"]
    assert figures.last_day(dt.date(2026, 7, 23)) == dt.date(2026, 7, 10)  # as the publication itself says


@given(st.dates(dt.date(2022, 9, 20), dt.date(2040, 1, 1)))
def test_a_publication_never_tells_of_days_after_it(day: dt.date) -> None:
    last = figures.last_day(day)
    assert last.weekday() == 4
    assert dt.timedelta(days=12) <= day - last <= dt.timedelta(days=32)
    assert not dt.date(last.year, 12, 24) <= last <= dt.date(last.year, 12, 31)


# the names of DfE's file in 2022/23, in 2024/25 and of the dashboard's own file
GENERATIONS = {
    "2022/23": "time_period,geographic_level,region_name,new_la_code,la_name,old_la_code,school_type,possible_sessions,reason_present,"
    "reason_t_authorised_grt_absence,reason_o_other_unauthorised,overall_absence_perc,authorised_absence_perc,unauthorised_absence_perc,"
    "attendance_perc,auth_grt_perc,pa_perc,time_identifier\n"
    "202627,Local authority,North West,E08000014,Sefton,343,Primary,1000,900,60,40,10,6,4,90,6,20.5,Academic year\n",
    "2024/25": "time_period,geographic_level,region_name,new_la_code,la_name,old_la_code,education_phase,possible_sessions,reason_present,"
    "reason_t_authorised_mobile_child,reason_o_other_unauthorised,overall_absence_perc,authorised_absence_perc,unauthorised_absence_perc,"
    "attendance_perc,auth_mob_perc,pa_perc\n"
    "202627,Local authority,North West,E08000014,Sefton,343,Primary,1000,900,60,40,10,6,4,90,6,20.5\n",
    "a spreadsheet’s": "time_period;geographic_level;region_name;old_la_code;phase;possible_sessions;reason_present;"
    "reason_t_authorised_mobile_child;reason_o_other_unauthorised;overall_absence_perc;authorised_absence_perc;unauthorised_absence_perc;"
    "attendance_perc;pa_perc\n"
    "2026/27;Local authority;North West;343.0;Primary;1000;900;60;40;10.0;6.0;4.0;90.0;20.5\n",
    "new code only": "time_period,geographic_level,region_name,new_la_code,la_name,education_phase,possible_sessions,reason_present,"
    "reason_t_authorised_mobile_child,reason_o_other_unauthorised,overall_absence_perc,authorised_absence_perc,unauthorised_absence_perc,"
    "attendance_perc,pa_perc\n"
    "202627,Local authority,North West,E08000014,Sefton,Primary,1000,900,60,40,10,6,4,90,20.5\n",
}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_of_column_names_says_the_same(generation: str) -> None:
    found = read(GENERATIONS[generation])
    assert (found.problems, found.unknown, found.agree, found.differ) == ([], [], 1, 0)
    (one,) = found.figures
    assert (one.kind, one.area, one.phase, one.year, one.published) == (YEAR_TO_DATE, "343", "primary", 2026, PUBLISHED)
    assert [one.value(measure) for measure in figures.MEASURES] == [90, 10, 6, 4, Decimal("20.5"), None]
    assert (one.first, one.last) == (dt.date(2026, 9, 14), dt.date(2026, 11, 20))


def test_suppressed_is_not_known_and_never_nought() -> None:
    """A row as it stands in DfE's file of 2022/23: an authority with a single primary school."""
    text = (
        "time_period,geographic_level,la_name,old_la_code,school_type,num_schools,possible_sessions,overall_absence_perc,"
        "authorised_absence_perc,unauthorised_absence_perc,pa_perc\n202627,Local authority,City of London,201,Primary,1,c,c,z,x,c\n"
    )
    found = read(text)
    assert found.suppressed == 4
    assert {found.figures[0].value(measure) for measure in figures.MEASURES} == {None}


def test_an_area_without_figures_of_a_phase_is_not_known() -> None:
    """City of London has no secondary school: nothing is held of it, rather than rows of nothing."""
    assert {figure.phase for figure in shipped.of_area("201") if figure.value("absence") is not None} == set()
    assert "secondary" not in {figure.phase for figure in shipped.of_area("201") if figure.kind == YEAR_TO_DATE}


HEADER = "time_period,geographic_level,region_name,old_la_code,la_name,phase,overall_absence_perc,pa_perc,snapshot\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("202627,Local authority,North West,343,Sefton,Primary,105,20,2026-12-03", "not a percentage"),
        ("202627,Local authority,North West,343,Sefton,Primary,-1,20,2026-12-03", "not a percentage"),
        ("202627,Local authority,North West,343,Sefton,Primary,NaN,20,2026-12-03", "not a percentage"),
        ("202627,Local authority,North West,343,Sefton,Primary,ten,20,2026-12-03", "not a percentage"),
        ("2026,Local authority,North West,343,Sefton,Primary,10,20,2024-12-03", "cannot have been published"),
        ("202628,Local authority,North West,343,Sefton,Primary,10,20,2026-12-03", "not a school year"),
        ("202627,Local authority,North West,,Sefton,Primary,10,20,2026-12-03", "no authority"),
        ("202627,Regional,Mercia,,,Primary,10,20,2026-12-03", "No region of England"),
        ("202627,National,,,,Primary,10,20,yesterday", "not a date"),
    ],
)
def test_a_row_that_cannot_be_true_is_told_by_line(row: str, words: str) -> None:
    found = read(HEADER + "202627,National,,,,Primary,5,14,2026-12-03\n" + row + "\n")
    assert [figure.area for figure in found.figures] == [ENGLAND]
    (problem,) = found.problems
    assert problem.line == 3
    assert words in problem.message


def test_parts_that_do_not_make_up_the_whole_are_refused() -> None:
    text = (
        "time_period,geographic_level,phase,overall_absence_perc,authorised_absence_perc,unauthorised_absence_perc\n"
        "202627,National,Primary,6.00,4.01,1.98\n202627,National,Secondary,9.0,4.0,4.0\n"
    )
    found = read(text)
    assert [figure.phase for figure in found.figures] == ["primary"]
    assert "Absence 9 is not authorised 4 and unauthorised 4 together" in found.problems[0].message


def test_weeks_terms_and_places_that_are_not_compared_are_left_out_and_counted() -> None:
    header = "time_period,time_identifier,geographic_level,phase,overall_absence_perc\n"
    found = read(header + "202627,Week 46,National,Primary,5\n202627,Academic year,School,Primary,5\n202627,Academic year,National,PRU,5\n")
    assert (found.figures, found.left_out) == ([], 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"URN,School\n1,2\n", "none of the files that Daymark knows"),
        (b"\x1f\x8b\x08damaged", "damaged"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"time_period,geographic_level,phase,school_type,overall_absence_perc\n", "Two columns could be phase"),
    ],
)
def test_a_wrong_file_is_answered_in_words(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableTable, match=words):
        read_file(content, shipped.places(), published=PUBLISHED)


def test_a_year_to_date_without_its_day_is_not_guessed() -> None:
    with pytest.raises(UnreadableTable, match="--published"):
        read(GENERATIONS["2024/25"], published=None)


def test_columns_nobody_knows_are_named() -> None:
    found = read("time_period,geographic_level,phase,overall_absence_perc,mood_of_the_day\n202627,National,Primary,5,9\n")
    assert found.unknown == ["mood_of_the_day"]
    assert len(found.figures) == 1


def test_the_long_file_gives_severe_absence_and_nothing_else() -> None:
    text = (
        "measure,year,area,la_code,region,value\nTotSevPerAbNew,2025,Sefton,343,NW,2.96\nTotAbs,2025,Sefton,343,NW,8\n"
        "SFSecSevPerAbNew,2024/25,Sefton,343,NW,-\n"
    )
    found = read(text)
    assert [(f.kind, f.phase, f.year, f.severe) for f in found.figures] == [
        (WHOLE_YEAR, "all", 2024, Decimal("2.96")),
        (WHOLE_YEAR, "secondary", 2024, None),
    ]
    assert (found.left_out, found.suppressed) == (1, 1)


def test_neighbours_are_read_whole() -> None:
    found = read("la_code,rank,neighbour_la_code,closeness,edition\n343,1,344,Very Close,2027-05\n343,x,340,Close,2027-05\n")
    assert found.kind == NEIGHBOURS
    assert [(n.authority, n.rank, n.neighbour, n.closeness) for n in found.neighbours] == [("343", 1, "344", "Very close")]
    assert found.problems[0].line == 3


def test_the_shipped_files_hold_together() -> None:
    assert (shipped.full_year().agree, shipped.full_year().differ, shipped.full_year().problems) == (643, 0, [])
    edition, listed = shipped.neighbours()
    assert edition == "2025-05"
    assert {len(rows) for rows in listed.values()} == {10}
    assert {row.closeness for rows in listed.values() for row in rows} == {
        "Extremely close",
        "Very close",
        "Close",
        "Somewhat close",
        "Not close",
    }
    codes = shipped.places().areas
    assert all(row.authority in codes and row.neighbour in codes for rows in listed.values() for row in rows)
    sefton = [f for f in shipped.of_area("343") if f.phase == "secondary"]
    assert len({f.key for f in sefton}) == len(sefton)


def test_the_same_figures_have_one_home() -> None:
    """No publication of an area and phase is in two of the shipped files."""
    for code in (ENGLAND, "981", "343"):
        keys = [figure.key for figure in shipped.of_area(code)]
        assert len(keys) == len(set(keys)) > 100


def test_the_same_point_is_last_years_and_never_later() -> None:
    sefton = [f for f in shipped.of_area("343") if f.phase == "secondary"]
    found = figures.at_same_point(sefton, dt.date(2026, 11, 20))
    assert found is not None
    assert (found.last, found.published) == (dt.date(2025, 11, 21), dt.date(2025, 12, 4))
    with gzip.open(shipped.DATA / "year_to_date_2024_2026.csv.gz", "rt", encoding="utf-8") as file:
        line = next(
            row
            for row in csv.DictReader(file)
            if (row["snapshot"], row["old_la_code"], row["phase"]) == ("2025-12-04", "343.0", "Secondary")
        )
    assert found.absence == Decimal(line["overall_absence_perc"])
    assert figures.at_same_point(sefton, dt.date(2026, 9, 8)) is None
    assert figures.at_same_point(sefton, dt.date(2031, 11, 20)) is None


def test_authorised_is_what_is_left_where_the_file_does_not_have_it() -> None:
    known = Figure(YEAR_TO_DATE, "343", "all", 2025, PUBLISHED, absence=Decimal("7.71"), unauthorised=Decimal("3.22"))
    assert (known.value("authorised"), known.value("attendance")) == (Decimal("4.49"), Decimal("92.29"))
    assert Figure(YEAR_TO_DATE, "343", "all", 2025, PUBLISHED, unauthorised=Decimal("3.22")).value("authorised") is None
