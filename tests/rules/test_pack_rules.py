"""What stands in a pack and in which order; and equal numbers of school weeks before and after a meeting."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from attendance import shares
from attendance.rates import Figures, misses
from dashboards.pack import rules
from dashboards.pack.rules import Cohort, Missed
from meetings.around import weeks_around

MONDAYS = [dt.date(2026, 9, 7) + dt.timedelta(weeks=n) for n in range(11)]  # to 16 November
MONDAYS.remove(dt.date(2026, 10, 26))  # half term


@given(st.integers(1, 400), st.data())
def test_sessions_to_come_back_under_the_line_are_as_many_as_needed_and_no_more(possible: int, data: st.DataObject) -> None:
    absent = data.draw(st.integers(0, possible))
    back = shares.to_return(absent, possible, 10)
    assert not misses(absent, possible + back, 10)
    assert back == 0 or misses(absent, possible + back - 1, 10), "one session less would leave the pupil over it"


def test_first_are_those_whom_the_fewest_sessions_put_on_the_other_side() -> None:
    found = rules.could_change(
        [Missed("far", 20, 100, 200), Missed("near", 9, 100, 200), Missed("over", 10, 100, 200), Missed("lost", 40, 100, 100)], percent=10
    )
    assert [change.key for change in found] == ["over", "near", "far", "lost"]
    said = {change.key: change.sentence for change in found}
    assert said["over"] == "Under 10% again after 1 session attended in a row, of 200 left this year."
    assert (
        said["near"] == "Persistently absent after 2 more missed sessions; can miss 20 of the 200 sessions left and end the year under 10%."
    )
    assert said["lost"] == "Under 10% again after 301 sessions attended in a row: only 100 are left, so not before the summer."


def test_nothing_is_promised_of_a_year_whose_terms_are_not_known() -> None:
    (near, over) = rules.could_change([Missed(1, 9, 100), Missed(2, 12, 100)], percent=10)
    assert near.sentence == "Persistently absent after 2 more missed sessions."
    assert over.sentence == "Under 10% again after 21 sessions attended in a row."
    assert not over.settled
    assert rules.could_change([Missed(3, 0, 0)], percent=10) == [], "of nobody without a session"


def figures(absent: int, possible: int) -> Figures:
    return Figures(possible, possible - absent, absent, 0)


def test_cohorts_are_worse_by_the_points_that_are_shown_and_never_of_a_handful() -> None:
    peers = figures(100, 1000)
    found, small = rules.worse(
        [
            Cohort("Much", 20, figures(150, 1000), peers),
            Cohort("Just", 20, figures(110, 1000), peers),
            Cohort("Less than a point", 20, figures(109, 1000), peers),
            Cohort("One child", 1, figures(90, 100), peers),
            Cohort("Not shown", 20, figures(500, 1000), None),
            Cohort("No session", 20, figures(0, 0), peers),
        ],
        tenths=10,
    )
    assert [(one.name, one.points) for one in found] == [("Much", 5.0), ("Just", 1.0)]
    assert small == 1


def test_as_many_whole_school_weeks_before_as_after_and_neither_holds_the_meeting() -> None:
    weeks = weeks_around(MONDAYS, dt.date(2026, 10, 21), dt.date(2026, 11, 19))
    assert weeks.after == (dt.date(2026, 11, 2), dt.date(2026, 11, 9)), "the week of the 16th is not whole on Thursday"
    assert weeks.before == (dt.date(2026, 10, 5), dt.date(2026, 10, 12))


def test_where_little_is_known_before_the_first_weeks_after_are_compared() -> None:
    weeks = weeks_around(MONDAYS, dt.date(2026, 9, 16), dt.date(2026, 11, 20))
    assert (weeks.before, weeks.after) == ((dt.date(2026, 9, 7),), (dt.date(2026, 9, 21),))
    assert weeks_around(MONDAYS, dt.date(2026, 9, 9), dt.date(2026, 11, 20)) == ((), ())
    assert weeks_around(MONDAYS, dt.date(2026, 11, 18), dt.date(2026, 11, 20)) == ((), ()), "no week since"
