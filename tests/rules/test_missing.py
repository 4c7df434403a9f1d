"""Who is missing education, what ends it, when two sides enquire, what a social worker is told: rules over values, with their evidence."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance import matrix
from attendance.codes import find
from attendance.matrix import Session
from casework.missing import rules
from casework.missing.rules import DayMarks, Spell
from schools import deletions
from schools.deletions import Enquired

TODAY = dt.date(2026, 11, 20)
NOT_BEFORE = dt.date(2025, 8, 1)
BORN = dt.date(2014, 3, 4)
ENDED = dt.date(2026, 10, 22)


def spell(key: int = 1, end: dt.date | None = ENDED, **fields: object) -> Spell:
    return Spell(key, f"School {key}", dt.date(2025, 9, 1), end, **fields)  # type: ignore[arg-type]


def arrives(*spells: Spell, dob: dt.date | None = BORN, today: dt.date = TODAY) -> rules.Arrival | None:
    return rules.arrives(spells, dob, today=today, not_before=NOT_BEFORE)


class TestArriving:
    def test_a_child_deleted_for_nobody_knows_where_arrives_with_the_evidence(self) -> None:
        found = arrives(spell())
        assert found is not None
        assert (found.key, found.since) == (1, dt.date(2026, 10, 23))
        assert found.evidence == (
            "Last day on roll at School 1: 22 October 2026. No ground for the deletion was given. "
            "No destination is recorded and no other roll has the child."
        )

    @pytest.mark.parametrize("ground", sorted(deletions.SAYS_WHERE))
    def test_a_ground_that_says_where_is_a_destination(self, ground: str) -> None:
        assert arrives(spell(ground=ground)) is None

    @pytest.mark.parametrize("ground", sorted(set(deletions.NAMES) - deletions.SAYS_WHERE))
    def test_another_ground_needs_the_destination_in_words(self, ground: str) -> None:
        assert arrives(spell(ground=ground)) is not None
        assert arrives(spell(ground=ground, destination=" ")) is not None
        assert arrives(spell(ground=ground, destination="Elm Park, Riverton")) is None

    def test_another_roll_today_or_to_come_is_a_destination(self) -> None:
        assert arrives(spell(), spell(2, None)) is None
        assert arrives(spell(), spell(2, TODAY)) is None
        assert arrives(spell(), Spell(2, "Later", dt.date(2026, 12, 1), None)) is None

    def test_the_last_day_on_roll_is_still_on_roll(self) -> None:
        assert arrives(spell(end=TODAY)) is None
        assert arrives(spell(end=TODAY - dt.timedelta(days=1))) is not None

    def test_only_of_compulsory_school_age_and_who_has_no_birthday_is_not_let_go(self) -> None:
        assert arrives(spell(), dob=dt.date(2010, 8, 31)) is None  # left school in June 2026
        assert arrives(spell(), dob=dt.date(2022, 1, 1)) is None
        unknown = arrives(spell(), dob=None)
        assert unknown is not None
        assert unknown.evidence.endswith("The date of birth is not known.")

    def test_of_two_that_end_together_either_may_know(self) -> None:
        assert arrives(spell(1, main=False), spell(2)).key == 2  # type: ignore[union-attr]
        assert arrives(spell(1, main=False, destination="Ireland"), spell(2)) is None

    def test_the_last_school_is_asked_not_one_before(self) -> None:
        earlier = spell(1, dt.date(2026, 9, 30), destination="School 2")
        found = arrives(earlier, spell(2))
        assert found is not None
        assert found.key == 2

    def test_what_ended_long_ago_does_not_arrive_by_itself(self) -> None:
        assert arrives(spell(end=dt.date(2025, 7, 31))) is None
        assert arrives() is None


def marks(**by_day: str) -> matrix.Marks:
    row = matrix.blank(1)[0]
    for day, pair in by_day.items():
        date = dt.date(2026, int(day[1:3]), int(day[3:]))
        for pm, mark in enumerate(pair.split()):
            if mark != "-":
                row[matrix.index_of(date, bool(pm))] = find(mark, date).byte  # type: ignore[union-attr]
    return row


class TestThePresentMark:
    FIRST, LAST = dt.date(2026, 11, 9), TODAY

    def seen(self, row: matrix.Marks) -> tuple[Session, str] | None:
        return rules.first_present(row, 2026, first=self.FIRST, last=self.LAST)

    def test_it_is_the_first_mark_that_says_the_child_came(self) -> None:
        row = marks(d1109="O O", d1110="N L", d1111="/ \\")
        assert self.seen(row) == (Session(dt.date(2026, 11, 10), True), "L")

    @pytest.mark.parametrize("mark", ["O", "N", "U", "I", "B", "K", "V", "D", "X", "Y1", "Z", "#", "-"])
    def test_nothing_else_is_one(self, mark: str) -> None:
        assert self.seen(marks(d1109=f"{mark} {mark}")) is None

    def test_only_within_the_days_asked_about(self) -> None:
        assert self.seen(marks(d1106="/ \\")) is None
        assert rules.first_present(marks(d1120="/ \\"), 2026, first=self.FIRST, last=dt.date(2026, 11, 19)) is None

    def test_days_without_a_place_are_worked_out_from_dates(self) -> None:
        assert rules.days_without(dt.date(2026, 10, 23), dt.date(2026, 11, 10)) == 18
        assert rules.days_without(dt.date(2026, 10, 23), dt.date(2026, 10, 23)) == 0


def days(*pairs: str, start: dt.date = dt.date(2026, 10, 5)) -> list[DayMarks]:
    """Weekdays from `start`, two marks each."""
    found, day = [], start
    for pair in pairs:
        while day.weekday() >= 5:
            day += dt.timedelta(days=1)
        found.append(DayMarks(day, *("" if mark == "-" else mark for mark in pair.split())))
        day += dt.timedelta(days=1)
    return found


class TestJointEnquiry:
    def test_it_opens_on_the_tenth_school_day(self) -> None:
        assert not rules.absence(days("/ \\", *["O O"] * 9)).opens
        found = rules.absence(days("/ \\", *["O O"] * 9, "N G"))
        assert found.opens
        assert (found.ground, found.days, found.first, found.last) == ("i", 10, dt.date(2026, 10, 6), dt.date(2026, 10, 19))
        assert found.evidence == (
            "10 school days without a break from 6 October 2026 to 19 October 2026, every mark G, N or O (1 G, 1 N, 18 O)."
        )
        assert found.broken == "\\ on 5 October 2026"

    @pytest.mark.parametrize("mark", ["I", "U", "/", "M", "Y1", "D"])
    def test_any_other_mark_breaks_it(self, mark: str) -> None:
        found = rules.absence(days(*["O O"] * 12, f"O {mark}"))
        assert found.days == 0
        assert found.broken.startswith(f"{mark} on 21 October 2026")

    def test_closures_and_days_without_marks_lie_between(self) -> None:
        found = rules.absence(days(*["O O"] * 5, "# #", "- -", "Z Z", "O -", *["O O"] * 4))
        assert found.days == 10

    def test_after_granted_leave_it_is_ground_h(self) -> None:
        found = rules.absence(days("C C", *["O O"] * 10))
        assert found.ground == "h"
        assert found.evidence.endswith("It began when granted leave of absence ended.")
        assert rules.absence(days("C C", "/ \\", *["O O"] * 10)).ground == "i"


ASKED = Enquired(25, TODAY, True, True, False, False)


class TestDeleting:
    @pytest.mark.parametrize("ground", ["", *sorted(set(deletions.NAMES) - deletions.NEEDS_ENQUIRY)])
    def test_other_grounds_need_no_enquiry(self, ground: str) -> None:
        assert deletions.why_not(ground, None) == ""

    @pytest.mark.parametrize("ground", sorted(deletions.NEEDS_ENQUIRY))
    def test_h_and_i_need_both_sides(self, ground: str) -> None:
        assert deletions.why_not(ground, ASKED) == ""
        for wanting, words in (
            (None, "none is recorded"),
            (Enquired(25, TODAY, False, True, False, False), "those of the school are not recorded"),
            (Enquired(25, TODAY, True, False, False, False), "those of the authority are not recorded"),
            (Enquired(25, TODAY, True, True, None, False), "The school has not concluded"),
            (Enquired(25, TODAY, True, True, False, None), "The authority has not concluded"),
            (Enquired(25, TODAY, True, True, True, False), "The school sees a reasonable ground"),
            (Enquired(25, TODAY, True, True, False, True), "The authority sees a reasonable ground"),
        ):
            said = deletions.why_not(ground, wanting)
            assert words in said
            assert said.endswith("The child stays on roll.")

    def test_i_needs_twenty_days_and_h_ten(self) -> None:
        nineteen = Enquired(19, TODAY, True, True, False, False)
        assert "20 school days" in deletions.why_not("i", nineteen)
        assert deletions.why_not("h", nineteen) == ""
        assert "10 school days" in deletions.why_not("h", Enquired(9, TODAY, True, True, False, False))


class TestTellingTheSocialWorker:
    SESSIONS = [
        (Session(dt.date(2026, 11, 16), False), "O"),
        (Session(dt.date(2026, 11, 17), False), "I"),
        (Session(dt.date(2026, 11, 18), False), "N"),
        (Session(dt.date(2026, 11, 18), True), "N"),
    ]

    def test_n_and_o_are_told(self) -> None:
        found = rules.to_tell(self.SESSIONS, since=dt.date(2026, 11, 6), after=None)
        assert found == rules.Telling(
            dt.date(2026, 11, 16), dt.date(2026, 11, 18),
            "3 sessions without a reason from 16 November 2026 to 18 November 2026 (2 N and 1 O).",
        )  # fmt: skip

    def test_what_was_told_is_not_told_again(self) -> None:
        found = rules.to_tell(self.SESSIONS, since=dt.date(2026, 11, 6), after=dt.date(2026, 11, 16))
        assert found is not None
        assert found.evidence == "2 sessions without a reason on 18 November 2026 (2 N)."
        assert rules.to_tell(self.SESSIONS, since=dt.date(2026, 11, 6), after=dt.date(2026, 11, 18)) is None
        assert rules.to_tell(self.SESSIONS, since=dt.date(2026, 11, 19), after=None) is None


def test_nobody_is_given_up_before_every_check_has_an_answer() -> None:
    assert rules.unmade(["visit", "s2s", "border"], {"visit", "police"}) == ["s2s", "border"]
