"""Which source's marks are a school's, on which day: periods, changes made twice, changes made for days gone by."""

import datetime as dt

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance import sources
from attendance.imports.remembered import shape
from attendance.sources import Choice, Period

SEPTEMBER, JANUARY = dt.date(2026, 9, 1), dt.date(2027, 1, 4)
DAYS = [dt.date(2026, 8, 1) + dt.timedelta(days=n) for n in range(40)]


def test_a_change_of_system_in_mid_year_is_two_periods():
    made = [Choice("sims", None), Choice("arbor", JANUARY)]
    assert sources.periods(made) == [Period("sims", None, dt.date(2027, 1, 3)), Period("arbor", JANUARY, None)]
    assert sources.in_force(made, dt.date(2027, 1, 3)) == "sims"
    assert sources.in_force(made, JANUARY) == "arbor"


def test_of_one_start_the_choice_made_last_stands():
    made = [Choice("sims", None), Choice("arbor", JANUARY), Choice("wonde", JANUARY)]
    assert [period.source for period in sources.periods(made)] == ["sims", "wonde"]
    assert sources.in_force([*made, Choice("upload", None)], SEPTEMBER) == "upload"


def test_a_change_for_earlier_days_leaves_the_later_ones():
    made = [Choice("sims", None), Choice("arbor", JANUARY), Choice("upload", SEPTEMBER)]
    assert [sources.in_force(made, day) for day in (dt.date(2026, 8, 31), SEPTEMBER, JANUARY)] == ["sims", "upload", "arbor"]


def test_a_source_chosen_again_for_its_own_days_makes_no_new_period():
    assert len(sources.periods([Choice("sims", None), Choice("sims", JANUARY)])) == 1


def test_nothing_counts_before_the_first_start():
    assert sources.in_force([Choice("sims", JANUARY)], SEPTEMBER) == ""
    assert not sources.counts([], "sims", np.array([SEPTEMBER], "datetime64[D]")).any()


choices = st.lists(st.builds(Choice, st.sampled_from(["upload", "wonde", "mysa"]), st.none() | st.sampled_from(DAYS)), max_size=6)


def slowly(made: list[Choice], day: dt.date) -> str:
    """The latest start that has come; of equal starts the last one made."""
    best: Choice | None = None
    for choice in made:
        start = choice.start or dt.date.min
        if start <= day and (best is None or start >= (best.start or dt.date.min)):
            best = choice
    return best.source if best else ""


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(choices)
def test_day_by_day_as_a_slow_loop_says(made):
    days = np.array(DAYS, "datetime64[D]")
    for source in ("upload", "wonde", "mysa"):
        assert sources.counts(made, source, days).tolist() == [slowly(made, day) == source for day in DAYS]
    for day in DAYS:
        assert sources.in_force(made, day) == slowly(made, day)
        held = [p.source for p in sources.periods(made) if (p.start or dt.date.min) <= day <= (p.end or dt.date.max)]
        assert held == [slowly(made, day)] * bool(slowly(made, day))


def test_a_source_has_one_name_however_it_is_typed():
    assert {sources.tidied(name) for name in ("SIMS", " sims ", "Sims")} == {"sims"}
    assert sources.tidied("DfE  Monitor your school attendance") == "mysa"
    assert sources.tidied("  ") == "upload"
    assert sources.label("our own system") == "Our own system"


def test_next_weeks_wide_file_has_the_same_headings():
    this = shape(["UPN", "Name", "14/09/2026 AM", "14/09/2026 PM", "Total"])
    following = shape(["upn ", "Name", "21/09/2026 AM", "21/09/2026 PM", "22/09/2026 AM", "22/09/2026 PM", "Total"])
    assert this.key == following.key
    assert following.find(this.keep({"upn": 0, "year_group": 4})) == {"upn": 0, "year_group": 6}
    assert this.keep({"upn": 3}) is None, "a column among the dates lies elsewhere in the next file"
    assert shape(["UPN", "Names", "14/09/2026 AM"]).key != shape(["UPN", "Name", "14/09/2026 AM"]).key
