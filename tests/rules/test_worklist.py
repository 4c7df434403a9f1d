"""An officer's work today: the order, what a home page shows of it, and what brings a dismissed row back."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from casework.worklist import Dismissed, Group, Limits, Measure, Row, comes_back, first, in_order, judge, once

TODAY = dt.date(2026, 11, 20)
LIMITS = Limits(sessions=5, days=5)


def row(group: Group = Group.REST, number: int = 1, **fields: object) -> Row:
    return Row(f"{group.slug}:{number}", group, f"{group.slug} {number}", "Because.", **fields)  # type: ignore[arg-type]


def dismissed(measure: Measure, *, day: dt.date = dt.date(2026, 11, 2), until: dt.date | None = None) -> Dismissed:
    return Dismissed(1, "x", day, "the school is leading", measure, until)


def back(then: Measure, now: Measure, *, day: dt.date = dt.date(2026, 11, 2), until: dt.date | None = None, today: dt.date = TODAY) -> str:
    return comes_back(dismissed(then, day=day, until=until), now, today=today, limits=LIMITS)


class TestOrder:
    def test_law_first_then_children_then_replies_then_what_is_overdue(self) -> None:
        wanted = ["LEGAL", "SEVERE", "TEN_DAYS", "SAFEGUARDING", "REPLIES", "OVERDUE", "DUE", "REST"]
        assert [one.group.name for one in in_order(row(group) for group in reversed(Group))] == wanted

    def test_within_a_group_what_waits_longest(self) -> None:
        late, soon, never = row(day=dt.date(2026, 11, 1)), row(number=2, day=TODAY), row(number=3)
        assert in_order([never, soon, late]) == [late, soon, never]

    def test_forty_legal_deadlines_hide_no_child(self) -> None:
        rows = [row(Group.LEGAL, n) for n in range(40)] + [row(Group.SAFEGUARDING, n) for n in range(5)] + [row(Group.OVERDUE)]
        shown = first(rows)
        assert [sum(one.group == group for one in shown) for group in (Group.LEGAL, Group.SAFEGUARDING, Group.OVERDUE)] == [21, 3, 1]

    @given(st.lists(st.sampled_from(list(Group)), max_size=80))
    def test_never_more_than_asked_for_nothing_twice_and_in_order(self, groups: list[Group]) -> None:
        rows = [row(group, number) for number, group in enumerate(groups)]
        shown = first(rows)
        assert len(shown) == min(25, len(rows)) == len(set(shown))
        assert shown == in_order(shown)
        assert {one.group for one in shown} == set(groups)  # eight groups of three fit

    def test_two_words_about_one_thing_stand_once(self) -> None:
        task, need = Row("notice:1", Group.LEGAL, "Decide", ""), Row("notice:1", Group.DUE, "Not paid", "")
        assert once([need, task]) == [task]


class TestComingBack:
    def test_at_more_sessions_missed_naming_both(self) -> None:
        said = back(Measure(42, 80), Measure(50, 90))
        assert said == "Dismissed on 2 November 2026 (the school is leading). Then 42 of 80 sessions missed, now 50 of 90."

    def test_not_at_a_few_more_nor_when_the_share_has_fallen(self) -> None:
        assert back(Measure(42, 80), Measure(46, 84)) == ""
        assert back(Measure(42, 80), Measure(47, 100)) == ""

    def test_a_child_who_still_never_comes_comes_back(self) -> None:
        assert "now 90 of 90" in back(Measure(80, 80), Measure(90, 90))

    def test_at_another_flag_or_the_same_one_anew(self) -> None:
        severe = ("severe absence", dt.date(2026, 10, 1))
        ten = ("10 school days absent in a row", dt.date(2026, 11, 16))
        assert "Now also: 10 school days absent in a row." in back(Measure(flags=(severe,)), Measure(flags=(severe, ten)))
        assert "severe absence" in back(Measure(flags=(severe,)), Measure(flags=(("severe absence", dt.date(2026, 11, 9)),)))
        assert back(Measure(flags=(severe, ten)), Measure(flags=(severe,))) == ""

    def test_on_the_day_on_which_it_was_to_be_looked_at_again_and_not_before(self) -> None:
        until = dt.date(2026, 11, 20)
        assert back(Measure(1, 2), Measure(1, 2), until=until, today=dt.date(2026, 11, 19)) == ""
        assert "to be looked at again on 20 November 2026" in back(Measure(1, 2), Measure(1, 2), until=until)

    def test_when_it_becomes_overdue_and_again_when_it_stays_so(self) -> None:
        due = Measure(due=dt.date(2026, 11, 10))
        assert back(due, due, today=dt.date(2026, 11, 10)) == ""
        assert "was due on 10 November 2026 and is 1 day overdue now" in back(due, due, today=dt.date(2026, 11, 11))
        late = dt.date(2026, 11, 12)
        assert back(due, due, day=late, today=dt.date(2026, 11, 16)) == ""
        assert "7 days overdue now" in back(due, due, day=late, today=dt.date(2026, 11, 17))

    def test_when_its_day_has_come_nearer_or_it_stands_for_more(self) -> None:
        assert "now on 1 December 2026" in back(Measure(due=dt.date(2026, 12, 9)), Measure(due=dt.date(2026, 12, 1)))
        assert back(Measure(due=dt.date(2026, 12, 1)), Measure(due=dt.date(2026, 12, 9))) == ""
        assert back(Measure(count=2), Measure(count=3)).endswith("Then 2, now 3.")
        assert back(Measure(count=3), Measure(count=2)) == ""

    @given(st.builds(Measure, st.integers(0, 99), st.just(100), st.dates(TODAY, dt.date(2027, 1, 1)), count=st.integers(0, 9)))
    def test_nothing_changed_brings_nothing_back(self, measure: Measure) -> None:
        assert back(measure, measure) == ""
        assert Measure.of_json(measure.as_json()) == measure


def test_what_stays_dismissed_is_kept_with_why() -> None:
    one, other = row(measure=Measure(42, 80)), row(number=2)
    standing, hidden = judge([one, other], {one.key: dismissed(Measure(42, 80))}, today=TODAY, limits=LIMITS)
    assert standing == [other]
    assert [(kept.key, said.reason) for kept, said in hidden] == [(one.key, "the school is leading")]
