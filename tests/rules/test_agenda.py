"""The agenda of a targeting support meeting: who is on it, in which order, why, and who is left out."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.agenda import ActionFact, Candidate, CaseFact, FlagFact, Rank, agenda, places
from meetings.terms import Term, find, term_of

DAY = dt.date(2026, 11, 20)
SINCE = dt.date(2026, 9, 1)


def severe(missed: int = 62, possible: int = 110, **fields: bool) -> FlagFact:
    return FlagFact(1, "severe_absence", "Missed half.", missed, possible, SINCE, **fields)


def persistent(missed: int = 20, possible: int = 110, **fields: bool) -> FlagFact:
    return FlagFact(2, "persistent_absence", "Missed a tenth.", missed, possible, SINCE, **fields)


THRESHOLD = FlagFact(3, "penalty_threshold", "10 unauthorised sessions in the 10 school weeks to w/c 16 November 2026: 10 O.")
CONTINUOUS = FlagFact(
    4, "continuous_absence", "Absent without authority on 11 school days in a row, from Mon 2 November 2026 to Mon 16 November 2026."
)
LATE = ActionFact(7, "Visit at home", "the school", dt.date(2026, 11, 2), pupil=1)
COMING = ActionFact(8, "Invite the family.", "the authority", dt.date(2026, 12, 4), pupil=1)


def case(review: dt.date | None, *, in_support: bool = True, elsewhere: bool = False) -> CaseFact:
    return CaseFact(9, "Supporting" if in_support else "New", in_support, review, elsewhere)


def only(candidate: Candidate, minutes: int = 60) -> tuple[Rank, str] | None:
    points = agenda([candidate], day=DAY, minutes=minutes).points
    assert len(points) < 2
    return (points[0].rank, points[0].reason) if points else None


WORDS: list[tuple[str, Candidate, tuple[Rank, str] | None]] = [
    (
        "severe, no case",
        Candidate(1, (severe(),)),
        (Rank.SEVERE, "Severely absent: missed 62 of 110 sessions since 1 September 2026. No plan."),
    ),
    (
        "severe, case without a plan",
        Candidate(1, (severe(),), case(None, in_support=False)),
        (Rank.SEVERE, "Severely absent: missed 62 of 110 sessions since 1 September 2026. Case open, new. No plan."),
    ),
    (
        "severe with a plan in hand",
        Candidate(1, (severe(), persistent()), case(dt.date(2026, 12, 4))),
        (
            Rank.SEVERE,
            "Severely absent: missed 62 of 110 sessions since 1 September 2026. Case open, supporting. Plan review due 4 December 2026.",
        ),
    ),
    (
        "severe on few sessions is on the agenda all the same, and says so",
        Candidate(1, (severe(9, 12, low_data=True),)),
        (Rank.SEVERE, "Severely absent: missed 9 of 12 sessions since 1 September 2026. Little data: few sessions so far. No plan."),
    ),
    (
        "another school's case is not told to this one",
        Candidate(1, (severe(),), case(dt.date(2026, 12, 4), elsewhere=True)),
        (Rank.SEVERE, "Severely absent: missed 62 of 110 sessions since 1 September 2026."),
    ),
    (
        "threshold",
        Candidate(1, (THRESHOLD,)),
        (
            Rank.THRESHOLD,
            "Penalty notice threshold met: 10 unauthorised sessions in the 10 school weeks to w/c 16 November 2026: 10 O.",
        ),
    ),
    ("ten days in a row", Candidate(1, (CONTINUOUS,)), (Rank.CONTINUOUS, CONTINUOUS.reason)),
    (
        "a review that is due",
        Candidate(1, (), case(dt.date(2026, 11, 12))),
        (Rank.REVIEW, "Case open, supporting. Plan review due 12 November 2026."),
    ),
    (
        "a review due on the day itself",
        Candidate(1, (), case(DAY)),
        (Rank.REVIEW, "Case open, supporting. Plan review due 20 November 2026."),
    ),
    (
        "a review that is due in a stage without support",
        Candidate(1, (), case(dt.date(2026, 11, 12), in_support=False)),
        (Rank.REVIEW, "Case open, new. Plan review due 12 November 2026."),
    ),
    ("a review still to come", Candidate(1, (), case(DAY + dt.timedelta(days=1))), None),
    ("in support without a plan", Candidate(1, (), case(None)), (Rank.REVIEW, "Case open, supporting. No plan.")),
    ("a case nobody supports yet", Candidate(1, (), case(None, in_support=False)), None),
    ("another school's review", Candidate(1, (), case(DAY, elsewhere=True)), None),
    (
        "an action that is late",
        Candidate(1, carried=(LATE,)),
        (Rank.CARRIED, "Not done yet: “Visit at home” (the school, due 2 November 2026)."),
    ),
    (
        "an action still to come",
        Candidate(1, carried=(COMING,)),
        (Rank.CARRIED, "Not done yet: “Invite the family” (the authority, due 4 December 2026)."),
    ),
    (
        "an action for a child who has left",
        Candidate(1, (severe(),), carried=(LATE,), on_roll=False),
        (
            Rank.CARRIED,
            "No longer on roll here. Not done yet: “Visit at home” (the school, due 2 November 2026).",
        ),
    ),
    ("a child who has left", Candidate(1, (severe(),), on_roll=False), None),
    (
        "persistent",
        Candidate(1, (persistent(),)),
        (Rank.PERSISTENT, "Persistently absent: missed 20 of 110 sessions since 1 September 2026."),
    ),
    ("persistent on few sessions", Candidate(1, (persistent(2, 12, low_data=True),)), None),
    ("nothing known", Candidate(1), None),
]


@pytest.mark.parametrize(("candidate", "wanted"), [row[1:] for row in WORDS], ids=[row[0] for row in WORDS])
def test_who_is_on_and_why(candidate: Candidate, wanted: tuple[Rank, str] | None) -> None:
    assert only(candidate) == wanted


def test_the_order_is_that_of_urgency_and_then_of_sessions_missed() -> None:
    candidates = [
        Candidate(1, (persistent(30),)),
        Candidate(2, carried=(COMING,)),
        Candidate(3, (), case(DAY)),
        Candidate(4, (CONTINUOUS,)),
        Candidate(5, (THRESHOLD, persistent(25))),
        Candidate(6, (THRESHOLD,)),
        Candidate(7, (severe(60),)),
        Candidate(8, (severe(90), persistent(90)), case(None)),
        Candidate(9, (persistent(40),)),
    ]
    of_school = [ActionFact(20, "Write to all families", "the school", DAY)]
    found = agenda(candidates, day=DAY, minutes=120, of_school=of_school)
    assert [point.pupil for point in found.points] == [8, 7, 5, 6, 4, 3, 2, None, 9, 1]
    assert found.points[7].action == 20
    assert (found.left_out, found.note) == (0, "")


def test_persistent_pupils_fill_the_time_there_is_and_the_rest_are_counted() -> None:
    candidates = [Candidate(n, (persistent(n),)) for n in range(1, 36)]
    found = agenda([Candidate(99, (severe(),)), *candidates], day=DAY, minutes=60)
    assert [point.pupil for point in found.points] == [99, *range(35, 24, -1)]
    assert found.left_out == 24
    assert found.note == (
        "And 24 more persistently absent pupils, for whom there is no time: nearest to severe absence is one who missed 24 of 110 sessions."
    )


def test_an_agenda_longer_than_the_meeting_says_so() -> None:
    found = agenda([Candidate(n, (severe(),)) for n in range(1, 21)], day=DAY, minutes=45)
    assert len(found.points) == 20
    assert found.note == "20 items at about 4 minutes each need about 90 minutes; 45 minutes are planned."
    longer = agenda([Candidate(n, (severe(),)) for n in range(1, 74)], day=DAY, minutes=60)
    assert longer.note == "73 items at about 4 minutes each need about 5 hours; 60 minutes are planned."


def test_one_left_out_is_said_in_the_singular() -> None:
    found = agenda([Candidate(1, (persistent(12),)), Candidate(2, (severe(),))], day=DAY, minutes=14)
    assert found.note == "And 1 more persistently absent pupil, for whom there is no time: missed 12 of 110 sessions."


FLAGS = st.lists(
    st.one_of(
        st.builds(severe, st.integers(1, 200), st.integers(1, 200), low_data=st.booleans()),
        st.builds(persistent, st.integers(1, 200), st.integers(1, 200), low_data=st.booleans()),
        st.sampled_from([THRESHOLD, CONTINUOUS]),
    ),
    unique_by=lambda flag: flag.code,
    max_size=4,
).map(tuple)
REVIEWS = st.none() | st.dates(dt.date(2026, 9, 1), dt.date(2027, 7, 1))
CASES = st.none() | st.builds(
    CaseFact,
    st.just(9),
    st.just("Supporting"),
    st.booleans(),
    st.none() | st.dates(dt.date(2026, 9, 1), dt.date(2027, 7, 1)),
    st.booleans(),
)
CANDIDATES = st.lists(st.tuples(FLAGS, CASES, st.lists(st.just(LATE), max_size=1).map(tuple)), max_size=30)


@given(CANDIDATES, st.integers(0, 240))
def test_every_severely_absent_pupil_is_on_first_whatever_the_time(facts: list[tuple], minutes: int) -> None:
    candidates = [Candidate(n, *fact) for n, fact in enumerate(facts)]
    found = agenda(candidates, day=DAY, minutes=minutes)
    wanted = {c.pupil for c in candidates if c.flag("severe_absence")}
    on = [point.pupil for point in found.points]
    assert set(on[: len(wanted)]) == wanted
    assert len(on) == len(set(on))  # nobody twice
    assert all(point.reason for point in found.points)


@given(CANDIDATES, st.integers(0, 240))
def test_nobody_is_lost_on_the_way(facts: list[tuple], minutes: int) -> None:
    """Those on the agenda and those said to be left out are all there are with all the time in the world."""
    candidates = [Candidate(n, *fact) for n, fact in enumerate(facts)]
    short, long = (agenda(candidates, day=DAY, minutes=m) for m in (minutes, 10_000))
    assert long.left_out == 0
    assert len(short.points) + short.left_out == len(long.points)
    assert [p.pupil for p in long.points][: len(short.points)] == [p.pupil for p in short.points]
    assert not any(p.rank is Rank.PERSISTENT for p in short.points[places(minutes) :])


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (dt.date(2026, 8, 1), Term(2026, 1)),
        (dt.date(2026, 12, 31), Term(2026, 1)),
        (dt.date(2027, 1, 1), Term(2026, 2)),
        (dt.date(2027, 3, 28), Term(2026, 2)),  # Easter Sunday
        (dt.date(2027, 3, 29), Term(2026, 3)),
        (dt.date(2027, 7, 31), Term(2026, 3)),
    ],
)
def test_the_term_of_a_day(day: dt.date, term: Term) -> None:
    assert term_of(day) == term
    assert term.first <= day <= term.last
    assert find(term.key) == term


@given(st.dates(dt.date(2015, 1, 1), dt.date(2050, 1, 1)))
def test_terms_follow_each_other_without_a_gap(day: dt.date) -> None:
    term = term_of(day)
    assert term.first <= day <= term.last
    assert term.after().first == term.last + dt.timedelta(days=1)
    assert term.after().before() == term


@pytest.mark.parametrize("key", ["", "2026", "2026-4", "20-1", "x-1", "2026-1-1", "２０２６-1"])
def test_an_address_that_names_no_term(key: str) -> None:
    assert find(key) is None
