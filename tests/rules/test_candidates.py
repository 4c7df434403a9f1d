"""Who may be meant by a name and a date of birth: what is found, in which order, and what is never found."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from attendance.candidates import CERTAIN, Known, Sent, alike, candidates, only_certain, other_birthday
from schools import names

BORN = dt.date(2012, 3, 4)
SENT = Sent("", "Sample", "Alexandra", BORN)
ALEX = Known(1, ("Z999900115001",), "Sample", "Alexandra", BORN)

words = st.text("abcdeé'- ", min_size=1, max_size=9).filter(lambda text: names.fold(text) != "")
days = st.dates(dt.date(2006, 1, 1), dt.date(2020, 12, 31))
upns = st.from_regex(r"[A-Z]9999[0-9]{8}", fullmatch=True)
known = st.builds(
    Known, pk=st.integers(1, 99), upns=st.lists(upns, max_size=2).map(tuple), surname=words, forename=words, dob=st.none() | days
)
sent = st.builds(Sent, upn=st.just("") | upns | upns.map(lambda upn: upn[1:]), surname=words, forename=words, dob=days)


def reason(pupil: Known, said: Sent = SENT) -> str:
    found = candidates(said, [pupil])
    return found[0].reasons[0] if found else ""


def test_the_reasons_are_said_in_words() -> None:
    assert reason(ALEX) == "Same surname, forename and date of birth"
    assert "similar name" in reason(replace(ALEX, forename="Alexandria"))
    assert "similar name" in reason(replace(ALEX, forename="Alex"))
    assert "similar name" in reason(replace(ALEX, surname="Sample-Other"))
    assert "had or are known by" in reason(replace(ALEX, surname="Married", former_names=(("Sample", "Alexandra"),)))
    assert "known by" in reason(replace(ALEX, forename="Alba", known_as="Alexandra"))
    assert "exchanged" in reason(replace(ALEX, surname="Alexandra", forename="Sample"))
    assert "day and month exchanged" in reason(replace(ALEX, dob=dt.date(2012, 4, 3)))
    assert "perhaps a twin" in reason(replace(ALEX, forename="Bo"))
    assert reason(replace(ALEX, dob=dt.date(2012, 3, 5))) == ""
    assert reason(replace(ALEX, surname="Quite", forename="Different")) == ""


def test_a_number_without_its_letter_names_the_one_it_fits() -> None:
    other = replace(ALEX, surname="Quite", forename="Different", dob=None)
    found = reason(other, replace(SENT, upn="999900115001"))
    assert "999900115001" in found
    assert "Z999900115001 with its first letter missing" in found
    assert "another first letter" in reason(other, replace(SENT, upn="A999900115001"))
    assert "Z999900115001 is their UPN" in reason(other, replace(SENT, upn="Z999900115001"))
    assert reason(other, replace(SENT, upn="999900115002")) == ""
    assert reason(other, replace(SENT, upn="9.999E+11")) == ""


def test_a_twin_is_never_certain_and_does_not_hide_the_one_who_is() -> None:
    twin = replace(ALEX, pk=2, upns=("B999900115002",), forename="Bo")
    found = candidates(SENT, [twin, ALEX])
    assert [one.pk for one in found] == [1, 2]
    certain = only_certain(found)
    assert certain is not None
    assert certain.pk == 1
    assert only_certain(candidates(SENT, [twin])) is None


def test_two_children_of_one_name_and_birthday_are_nobody_s_to_choose_by_the_dozen() -> None:
    assert only_certain(candidates(SENT, [ALEX, replace(ALEX, pk=2, upns=("B999900115002",))])) is None


def test_a_number_that_speaks_against_it_is_looked_at_one_by_one() -> None:
    assert only_certain(candidates(replace(SENT, upn="B999900119999"), [ALEX])) is None
    assert only_certain(candidates(replace(SENT, upn="999900115001"), [ALEX])) is not None


@given(sent, st.lists(known, max_size=6, unique_by=lambda pupil: pupil.pk))
def test_the_order_does_not_hang_on_that_of_the_pupils(said: Sent, pupils: list[Known]) -> None:
    assert candidates(said, pupils) == candidates(said, list(reversed(pupils)))


@given(sent, known)
def test_whoever_shares_neither_birthday_nor_number_is_not_shown(said: Sent, pupil: Known) -> None:
    digits = [upn[1:] for upn in pupil.upns]
    shares = pupil.dob in {said.dob, other_birthday(said.dob)} - {None} or any(tail in said.upn for tail in digits)
    if not shares:
        assert candidates(said, [pupil]) == []


@given(sent, st.lists(known, max_size=4))
def test_the_same_name_and_birthday_comes_first_however_it_is_spelt(said: Sent, others: list[Known]) -> None:
    same = Known(100, (), f" {said.surname.upper()} ", said.forename.replace("'", ""), said.dob)
    found = candidates(said, [*others, same])
    assert found[0].rank == CERTAIN
    assert 100 in [one.pk for one in found if one.rank == CERTAIN]


@given(words.map(names.fold), words.map(names.fold))
def test_likeness_goes_both_ways(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    assert alike(one, one)


@given(days)
def test_exchanging_day_and_month_twice_gives_the_day(day: dt.date) -> None:
    other = other_birthday(day)
    assert other is None or (other != day and other_birthday(other) == day)
