"""Flags beside the four of the guidance: when they hold, from which day, and in which words."""

import datetime as dt

import pytest

from attendance import flags, shares
from attendance.matrix import Session
from schools import policy
from schools.calendar import Span
from tests.rules.registers import (
    CLOSED,
    PRESENT,
    Borough,
    School,
    Spell,
    days_marked,
    judged,
    lines_of,
    one_pupil,
    school_days,
    sessions_from,
)

TERM_DAYS = [day for day in school_days() if day >= dt.date(2026, 9, 1)]
SUMMER = [Span(dt.date(2027, 1, 5), dt.date(2027, 2, 12)), Span(dt.date(2027, 6, 7), dt.date(2027, 7, 21))]


def d(text):
    return dt.date.fromisoformat(text)


def found(borough):
    return {f.code: f for f in judged(borough).findings(0)}


def away(*numbers, mark="I"):
    """Whole days missed, by number: the first school day of September is 0."""
    return days_marked(*(TERM_DAYS[n] for n in numbers), mark=mark)


# nearly persistent


@pytest.mark.parametrize(
    ("absent", "possible", "needed"),
    [(0, 40, 5), (9, 100, 2), (38, 390, 2), (39, 391, 1), (39, 390, 0), (40, 402, 1)],
)
def test_so_many_more_sessions_cross_the_line_and_one_fewer_do_not(absent, possible, needed):
    assert shares.to_cross(absent, possible, 10) == needed
    assert (absent + needed) * 10 >= possible + needed
    assert not needed or (absent + needed - 1) * 10 < possible + needed - 1


@pytest.mark.parametrize(
    ("absent", "possible", "left", "spare"), [(33, 168, 212, 4), (9, 100, 280, 28), (30, 300, 0, None), (29, 300, 0, 0), (9, 100, 3, 1)]
)
def test_so_many_of_the_remaining_sessions_may_be_missed_and_not_one_more(absent, possible, left, spare):
    assert shares.to_spare(absent, possible, left, 10) == spare
    if spare is not None:
        assert (absent + spare) * 10 < possible + left
        assert spare == left or (absent + spare + 1) * 10 >= possible + left


def test_nearly_persistent_says_what_would_cross_and_that_the_rest_of_the_year_is_not_known():
    flag = found(one_pupil(away(0, 20), day=TERM_DAYS[22]))["near_persistent"]  # 4 of 46
    assert flag.reason == (
        "Missed 4 of 46 possible sessions (8.7%): persistently absent with 1 more missed session; how many sessions are left this "
        "year is not known."
    )
    assert (flag.opened, flag.low_data) == (TERM_DAYS[20], False)


def test_nearly_persistent_counts_what_is_left_where_the_school_has_given_its_terms():
    borough = one_pupil(away(0, 20), day=TERM_DAYS[22], terms=True)
    borough.schools[0].terms += SUMMER
    left = 2 * (sum(day > TERM_DAYS[22] for day in TERM_DAYS) + 29 + 33)  # weekdays of the two terms of next year
    spare = (46 + left) // 10 - 4 - ((46 + left) % 10 == 0)
    reason = found(borough)["near_persistent"].reason
    assert f"can miss {spare} of the remaining {left} sessions and end the year under 10%." in reason


def test_whoever_misses_less_than_the_policys_share_or_is_persistent_already_is_not_nearly_so():
    assert "near_persistent" not in found(one_pupil(away(0, 20), day=TERM_DAYS[25]))  # 4 of 52
    assert "near_persistent" not in found(one_pupil(away(0, 20), day=TERM_DAYS[19]))  # 2 of 40
    assert "near_persistent" not in found(one_pupil(away(0, 10), day=TERM_DAYS[19]))  # 4 of 40


# sickness


def test_sickness_is_counted_over_the_school_year_in_a_row_or_not():
    marks = away(*range(5, 12), *range(20, 27), 30)
    flag = found(one_pupil(marks, day=TERM_DAYS[32]))["sickness_15_days"]
    assert (flag.opened, flag.evidence["periods"]) == (TERM_DAYS[30], 3)
    assert flag.reason == (
        f"Coded I (illness) on 15 school days this school year, in 3 continuous periods, last on {TERM_DAYS[30]:%a %-d %B %Y}; at 15 the "
        "school must tell the authority."
    )
    assert "sickness_15_days" not in found(one_pupil(marks, day=TERM_DAYS[29]))


def test_half_a_day_of_sickness_is_a_day_and_last_years_days_are_not_counted():
    halves = {Session(TERM_DAYS[n], True): "I" for n in range(15)}
    assert "sickness_15_days" in found(one_pupil(halves, day=TERM_DAYS[20]))
    before = days_marked(*(day for day in school_days() if d("2026-07-01") <= day <= d("2026-07-10")), mark="I")
    assert "sickness_15_days" not in found(one_pupil(before | away(*range(14)), day=TERM_DAYS[20]))


def test_sickness_of_a_child_who_is_not_of_compulsory_age_is_no_return():
    ill = away(*range(20))
    assert "sickness_15_days" not in found(one_pupil(ill, day=TERM_DAYS[25], dob=d("2022-01-10")))
    assert "sickness_15_days" in found(one_pupil(ill, day=TERM_DAYS[25], dob=None))


# 20 school days of G, N or O


@pytest.mark.parametrize("mark", ["U", "I", "Y4", "D", "C"])
def test_a_single_other_code_breaks_the_twenty_days(mark):
    long = away(*range(10, 30), mark="O")
    flag = found(one_pupil(long, day=TERM_DAYS[29]))["absent_20_days"]
    assert flag.opened == TERM_DAYS[29]
    assert "Coded G, N or O and nothing else on 20 school days in a row" in flag.reason
    broken = long | {Session(TERM_DAYS[15], True): mark}
    assert "absent_20_days" not in found(one_pupil(broken, day=TERM_DAYS[29]))


def test_holidays_lie_between_and_do_not_break_the_twenty_days():
    days = [n for n, day in enumerate(TERM_DAYS) if d("2026-10-12") <= day <= d("2026-11-13")]
    assert len(days) == 20
    assert found(one_pupil(away(*days, mark="N"), day=d("2026-11-15")))["absent_20_days"].evidence["days"] == 20


# part-time timetables

WEDNESDAYS = {Session(day, True): "C2" for day in TERM_DAYS if day.weekday() == 2}


def test_a_part_time_timetable_is_pointed_out_in_its_seventh_school_week():
    flag = found(one_pupil(WEDNESDAYS, day=d("2026-10-15")))["part_time_timetable"]
    assert flag.opened == d("2026-10-14")  # Wednesdays from 2 September on
    assert flag.reason == (
        "Part-time timetable (C2) in 7 school weeks in a row since Wed 2 September 2026, 7 sessions; no end or review of it is on "
        "record here."
    )
    assert "part_time_timetable" not in found(one_pupil(WEDNESDAYS, day=d("2026-10-13")))


def test_a_timetable_is_over_after_a_school_week_without_it_and_holidays_do_not_end_it():
    until_october = {s: mark for s, mark in WEDNESDAYS.items() if s.date <= d("2026-10-21")}
    assert "part_time_timetable" in found(one_pupil(until_october, day=d("2026-11-06")))  # the week is not over
    assert "part_time_timetable" not in found(one_pupil(until_october, day=d("2026-11-09")))


def test_a_timetable_with_an_end_on_record_is_reviewed_to_that_day():
    borough = one_pupil(WEDNESDAYS, day=d("2026-11-20"))
    borough.part_time[0] = [(d("2026-09-01"), d("2026-10-02"))]
    assert "part_time_timetable" not in found(borough)  # weeks from 5 October on: six, without the holiday
    borough.part_time[0] = [(d("2026-09-01"), None)]
    assert "part_time_timetable" in found(borough)


# a sharp fall


def test_a_sharp_fall_is_against_the_pupils_own_weeks_before():
    flag = found(one_pupil(away(30, 33, 35, 38), day=TERM_DAYS[39]))["sharp_fall"]
    assert flag.reason == "Missed 8 of 20 sessions in the last 10 school days (40.0%), and 0 of 60 in the school weeks before (0.0%)."
    assert flag.opened == TERM_DAYS[38]
    assert "sharp_fall" not in found(one_pupil(away(30, 33, 35), day=TERM_DAYS[39]))
    assert "sharp_fall" not in found(one_pupil(away(2, 12, 22, 30, 33, 35, 38), day=TERM_DAYS[39]))  # 40% of late, 10% before


def test_a_fall_needs_sessions_to_fall_from():
    assert "sharp_fall" in found(one_pupil(away(*range(15, 25)), day=TERM_DAYS[24]))  # 30 before
    assert "sharp_fall" not in found(one_pupil(away(*range(14, 24)), day=TERM_DAYS[23]))  # 28


# not started


def test_a_pupil_who_has_not_come_by_the_fifth_day_has_not_started():
    flag = found(one_pupil(away(*range(6), mark="N"), day=TERM_DAYS[5]))["not_started"]
    assert flag.opened == TERM_DAYS[4]
    assert flag.reason == (
        "No session attended since Wed 2 September 2026, when a term or their time at the school began: missed 12 of 12 possible "
        "sessions on 6 school days."
    )
    assert "not_started" not in found(one_pupil(away(*range(6), mark="N"), day=TERM_DAYS[3]))
    one_morning = away(*range(6), mark="N") | {Session(TERM_DAYS[1], False): "/"}
    assert "not_started" not in found(one_pupil(one_morning, day=TERM_DAYS[5]))


def test_not_coming_back_after_half_term_is_not_starting_again_and_a_spell_in_between_is_not():
    after = [n for n, day in enumerate(TERM_DAYS) if d("2026-11-02") <= day <= d("2026-11-06")]
    assert found(one_pupil(away(*after), day=d("2026-11-06")))["not_started"].evidence["since"] == "2026-11-02"
    later = [n for n, day in enumerate(TERM_DAYS) if d("2026-11-03") <= day <= d("2026-11-10")]
    assert "not_started" not in found(one_pupil(away(*later), day=d("2026-11-10")))


def test_a_pupil_who_never_comes_to_a_new_school_has_not_started_there():
    old = {s: mark for s, mark in PRESENT.items() if s.date <= d("2026-09-30")}
    new = days_marked(*(day for day in TERM_DAYS if d("2026-10-01") <= day <= d("2026-10-09")), mark="N")
    spells = [Spell(0, 0, d("2025-09-01"), d("2026-09-30"), old), Spell(0, 1, d("2026-10-01"), None, new)]
    flag = found(Borough(d("2026-10-09"), [School(), School()], [None], spells))["not_started"]
    assert (flag.evidence["since"], flag.opened) == ("2026-10-01", d("2026-10-07"))


# severe absence last year


def last_summer(mark):
    return days_marked(*(day for day in school_days() if day < d("2026-08-01")), mark=mark)


def test_severe_absence_last_year_is_watched_from_the_first_day_until_thirty_days_say_otherwise():
    severe = last_summer("O")
    first = found(one_pupil(severe, day=d("2026-08-20")))["severe_last_year"]
    assert (first.opened, first.low_data) == (d("2026-08-01"), False)
    assert first.reason.startswith(
        "Severely absent over the whole of last year: missed 132 of 132 possible sessions in 2025/26 (100.0%); no session"
    )
    assert "severe_last_year" in found(one_pupil(severe, day=TERM_DAYS[28]))
    assert "severe_last_year" not in found(one_pupil(severe, day=TERM_DAYS[29]))
    assert "severe_last_year" in found(one_pupil(severe | away(*range(16), mark="O"), day=TERM_DAYS[29]))


def test_severe_absence_last_year_on_few_sessions_is_little_data():
    few = sessions_from(d("2026-07-06"), "O O " * 10)
    assert found(Borough(d("2026-09-20"), [School()], [None], [Spell(0, 0, d("2026-07-06"), None, few)]))["severe_last_year"].low_data


# the first absence of a watched child


def watched(marks, day, since="2026-09-01", until=None):
    borough = one_pupil(marks, day=day)
    borough.watched[0] = [(d(since), d(until) if until else None)]
    return found(borough).get("first_absence")


def test_the_first_absence_of_a_watched_child_is_told_on_the_day():
    flag = watched({Session(TERM_DAYS[14], True): "N"}, TERM_DAYS[14])
    assert flag.opened == TERM_DAYS[14]
    assert flag.reason == (
        f"In care, or with a social worker now or before: missed PM (N) on {TERM_DAYS[14]:%a %-d %B %Y},"
        " the first absence in 10 school days."
    )
    assert watched({Session(TERM_DAYS[14], True): "N"}, TERM_DAYS[15]) is None  # there again for a whole day
    assert "first_absence" not in found(one_pupil({Session(TERM_DAYS[14], True): "N"}, day=TERM_DAYS[14]))


def test_it_stands_while_the_absence_goes_on_and_a_second_one_soon_after_is_no_first():
    assert watched(away(14, 15, 16), TERM_DAYS[16]).reason.endswith("and absent on each of the 2 school days since.")
    assert watched(away(14, 15), TERM_DAYS[15]).reason.endswith("and absent on the school day since.")
    assert watched(away(14, 17), TERM_DAYS[17]) is None
    assert watched(away(14, 25), TERM_DAYS[25]) is not None  # ten days later


def test_the_first_day_of_the_year_counts_and_a_child_watched_no_longer_does_not():
    assert watched(away(0), TERM_DAYS[0]).reason.endswith("the first school day of the year.")
    assert watched(away(14), TERM_DAYS[14], until="2026-09-10") is None


# which of them make work


def test_a_share_of_few_sessions_is_little_data_and_local_policy_is_applied():
    few = Borough(
        TERM_DAYS[11],
        [School(terms=[], closures=list(CLOSED))],
        [None],
        [Spell(0, 0, d("2026-09-02"), None, sessions_from(TERM_DAYS[0], r"I I " + r"/ \ " * 10))],
    )
    assert found(few)["near_persistent"].low_data
    local = policy.in_force(TERM_DAYS[39], [("fall_points", 90, d("2026-09-01"))])
    borough = one_pupil(away(30, 33, 35, 38), day=TERM_DAYS[39])
    assert "sharp_fall" not in {f.code for f in flags.judge(lines_of(borough)[0], local).findings(0)}
