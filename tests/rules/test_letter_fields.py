"""The named fields of letters, what of a template may be changed, and what must stand in no letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.letters import fields, third
from casework.letters.fields import Block, LetterProblem
from casework.letters.starting import STARTING
from casework.letters.third import Third

DUTY = Block("A child must attend.", locked=True, source="Education Act 1996, section 444")


def test_a_field_is_filled_and_nothing_else_in_braces_is_touched() -> None:
    said = fields.fill(
        "Dear {parent}, {  child } {} { a. } {1} <b>{school}</b> {{}}", {"parent": "Sam", "child": "Alex", "school": "Alder"}
    )
    assert said == "Dear Sam, Alex {} { a. } {1} <b>Alder</b> {{}}"


def test_what_a_value_holds_is_not_filled_again() -> None:
    assert fields.fill("{child}", {"child": "{school}"}) == "{school}"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Dear {parrent}", ["parrent"]),
        ("{Child} {child}", ["Child"]),
        ("{child name} {x} {child name}", ["child name", "x"]),
        ("a {2} b {} {-}", []),
        ("{child} has missed {missed} of {possible}", []),
    ],
)
def test_a_name_that_is_no_field_is_named(text: str, wrong: list[str]) -> None:
    assert fields.unknown(text) == wrong
    if wrong:
        with pytest.raises(LetterProblem, match=rf"\{{{wrong[0]}\}}"):
            fields.check_words(text)


def test_a_value_that_is_not_known_is_refused_not_left_out() -> None:
    with pytest.raises(LetterProblem, match="Sessions missed in the school year"):
        fields.fill("missed {missed} sessions", {"missed": ""})


def test_locked_words_cannot_be_changed_whatever_is_sent() -> None:
    template = [Block("Dear {parent}"), DUTY, Block("Yours")]
    assert fields.merged(template, ["Hello {parent}", ""]) == [Block("Hello {parent}"), DUTY]
    for sent in (["Hello"], ["Hello", "another duty", "Yours"]):
        with pytest.raises(LetterProblem, match="changed since"):
            fields.merged(template, sent)


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.data())
def test_every_locked_part_stands_in_every_letter_in_its_order(locked: list[bool], data: st.DataObject) -> None:
    template = [Block(f"part {n}", one, "an Act" if one else "") for n, one in enumerate(locked)]
    sent = [data.draw(st.text(max_size=8)) for one in locked if not one]
    try:
        found = fields.merged(template, sent)
    except LetterProblem:
        assert not any(locked)
        assert not any(text.strip() for text in sent)
    else:
        assert [block for block in found if block.locked] == [block for block in template if block.locked]


@pytest.mark.parametrize("start", STARTING, ids=lambda start: start.name)
def test_the_templates_that_daymark_comes_with_are_sound(start: object) -> None:
    fields.check_template(start.subject, start.blocks)  # type: ignore[attr-defined]
    assert all(block.source for block in start.blocks if block.locked)  # type: ignore[attr-defined]
    assert "{addressed_as}" in start.blocks[0].text  # type: ignore[attr-defined]


def test_a_locked_part_says_where_its_words_come_from() -> None:
    with pytest.raises(LetterProblem, match="where the words of this locked part come from") as problem:
        fields.check_template("Heading", [Block("Open"), Block("Law", locked=True)])
    assert problem.value.field == "source_2"


@pytest.mark.parametrize(
    ("text", "way"),
    [("Dear Sam", "ltr"), ("السلام عليكم", "rtl"), ("123 שלום", "rtl"), ("😀 ok", "ltr"), ("12 !", "ltr"), ("میں Alex", "rtl")],
)
def test_a_paragraph_runs_as_its_first_letter_does(text: str, way: str) -> None:
    assert fields.direction(text) == way


def test_an_empty_line_begins_a_paragraph() -> None:
    assert fields.paragraphs("one\r\ntwo\r\n \r\n\r\nthree\n") == ["one\ntwo", "three"]


@pytest.mark.parametrize("text", ["Meet at 9 Far Road.", "come to mb99zz", "MB9 9ZZ", "9 FAR  ROAD", "9, Far-Road"])
def test_a_hidden_address_is_found_however_it_is_written(text: str) -> None:
    assert fields.tells_of(text, [("9 Far Road, Merebrook", "MB9 9ZZ")])


def test_a_place_nobody_hides_is_no_matter() -> None:
    assert fields.tells_of("Meet at 1 Mill Lane, MB1 1AA", [("9 Far Road, Merebrook", "MB9 9ZZ"), ("", "")]) == ""


SAM = Third(("Sam",), "Example", "Mrs", "a parent")
KIT = Third(("Christopher", "Kit"), "Example", "", "a brother or sister")
OWN = ["Robin", "", "Example"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sam Example was there", ["Sam Example"]),
        ("Mrs Example and Kit", ["Kit", "Mrs Example"]),
        ("Mrs. Example", ["Mrs. Example"]),
        ("Robin Example was seen; the same sample", []),
        ("Samantha teaches", []),
        ("MRS EXAMPLE rang; sam is no name", ["MRS EXAMPLE"]),
        ("asked Sam, then Christopher’s school", ["Christopher", "Sam"]),
    ],
)
def test_third_parties_are_found_by_their_names(text: str, found: list[str]) -> None:
    assert sorted(third.named(text, [SAM, KIT], OWN)) == sorted(found)


def test_either_apostrophe_is_one() -> None:
    mother = Third(("Sam",), "O'Brien", "Mrs", "a parent")
    for text in ("Mrs O’Brien rang", "Mrs O'Brien rang", "MRS O’BRIEN rang"):
        assert third.named(text, [mother], OWN) == [text.removesuffix(" rang")]


def test_third_parties_are_said_as_who_they_are() -> None:
    said = third.without("Sam Example walks Robin and Kit to school; Mrs Example calls.", [SAM, KIT], OWN)
    assert said == "a parent walks Robin and a brother or sister to school; a parent calls."


def test_a_parent_of_the_childs_own_name_cannot_be_told_apart_by_it_alone() -> None:
    same = Third(("Robin",), "Example", "Mr", "a parent")
    assert third.named("Robin came", [same], OWN) == []
    assert third.named("Mr Example came", [same], OWN) == ["Mr Example"]
