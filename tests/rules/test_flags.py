"""Flags: since when, in which words, and on how much."""

import datetime as dt

from attendance.matrix import Session
from schools import policy
from tests.rules.registers import Borough, School, Spell, days_marked, judged, one_pupil, sessions_from

MONDAY = dt.date(2026, 9, 7)


def d(text):
    return dt.date.fromisoformat(text)


def found(borough):
    return {f.code: f for f in judged(borough).findings(0)}


def alone(marks, day):
    return Borough(d(day), [School()], [dt.date(2012, 3, 4)], [Spell(0, 0, dt.date(2026, 9, 1), None, marks)])


def test_nobody_is_flagged_for_being_there():
    assert found(one_pupil({}, day=d("2026-11-20"))) == {}


def test_persistent_absence_says_n_of_m_sessions_since_when():
    flag = found(alone(sessions_from(MONDAY, r"/ \ / \ / \ / \ I I"), "2026-09-11"))["persistent_absence"]
    assert flag.reason == "Missed 2 of 10 possible sessions since 7 September 2026 (20.0%); 10% or more is persistent absence."
    assert flag.opened == d("2026-09-11")
    assert flag.evidence == {"possible": 10, "absent": 2, "authorised": 2, "unauthorised": 0, "since": "2026-09-07"}


def test_one_session_is_one_session():
    flag = found(alone({Session(MONDAY, False): "I"}, "2026-09-07"))["severe_absence"]
    assert flag.reason == "Missed 1 of 1 possible session since 7 September 2026 (100.0%); 50% or more is severe absence."


def test_a_flag_is_open_from_the_day_since_which_it_has_held_without_a_break():
    # absent on the 1st and 12th day: held on days 1 to 10 (2 of 20), not on day 11 (2 of 22), again from day 12 (4 of 24)
    marks = "I I " + "/ \\ " * 10 + "I I " + "/ \\ " * 3
    flag = found(alone(sessions_from(MONDAY, marks), "2026-10-10"))["persistent_absence"]
    assert flag.opened == d("2026-09-22")


def test_a_new_school_year_starts_afresh():
    last_year = sessions_from(d("2026-06-01"), "O O " * 20)
    this_year = sessions_from(MONDAY, "/ \\ " * 20)
    spell = Spell(0, 0, d("2025-09-01"), None, last_year | this_year)
    assert found(Borough(d("2026-11-20"), [School()], [None], [spell])).keys() == {"penalty_threshold", "severe_last_year"}


def test_fewer_than_thirty_possible_sessions_are_little_data():
    thirty = "I I I I " + "/ \\ " * 13
    assert not found(alone(sessions_from(MONDAY, thirty), "2026-10-10"))["persistent_absence"].low_data
    assert found(alone(sessions_from(MONDAY, thirty[:-2]), "2026-10-10"))["persistent_absence"].low_data


def test_the_threshold_names_the_mix_the_week_and_the_session():
    marks = days_marked(*(d("2026-11-09") + dt.timedelta(days=n) for n in range(5)), mark="G")
    marks |= days_marked(d("2026-11-09"), mark="N") | days_marked(d("2026-11-10"), mark="O")
    flag = found(one_pupil(marks, day=d("2026-11-20")))["penalty_threshold"]
    assert flag.reason == (
        "10 unauthorised sessions (incl. 2 N not yet settled) in the 10 school weeks to w/c 16 November 2026: 6 G, 2 N, 2 O; "
        "reached on Fri 13 November 2026 (PM)."
    )
    assert flag.opened == d("2026-11-13")
    assert flag.evidence["sessions"][0] == "2026-11-09 AM=N"


def test_the_threshold_flag_closes_when_the_window_has_moved_on():
    marks = days_marked(*(d("2026-09-07") + dt.timedelta(days=n) for n in range(5)))
    assert "penalty_threshold" in found(one_pupil(marks, day=d("2026-11-20")))  # w/c 16 November is the tenth week
    assert "penalty_threshold" not in found(one_pupil(marks, day=d("2026-11-23")))


def test_leaving_an_eligible_school_ends_the_threshold_for_the_year_that_follows():
    july = days_marked(*(d("2026-07-13") + dt.timedelta(days=n) for n in range(5)))
    spells = [
        Spell(0, 0, d("2025-09-01"), d("2026-07-21"), july),
        Spell(0, 1, d("2026-09-02"), None, days_marked(d("2026-09-02"), mark="/")),
    ]
    schools = [School(), School(independent=True)]
    assert "penalty_threshold" in found(Borough(d("2026-07-31"), schools, [None], spells))
    september = judged(Borough(d("2026-09-30"), schools, [None], spells))
    assert "penalty_threshold" not in {f.code for f in september.findings(0)}
    # the window as it stands is told all the same: July's sessions lie in it, and only the rule applies no more
    assert (september.threshold.count(0), len(september.threshold.in_window(0)), september.threshold.met(0)) == (10, 10, None)


def test_local_policy_is_applied_and_named():
    marks = sessions_from(MONDAY, "I I " + "/ \\ " * 9)
    local = policy.in_force(d("2026-11-20"), [("low_data_sessions", 10, d("2026-09-01"))])
    assert local["low_data_sessions"] == 10
    from attendance import flags
    from tests.rules.registers import lines_of

    judgement = flags.judge(lines_of(alone(marks, "2026-11-20"))[0], local)
    assert not judgement.findings(0)[0].low_data
