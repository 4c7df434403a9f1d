"""A target in sessions: "miss no more than 6 of the next 60". Pure."""

from __future__ import annotations

import numpy as np
import pytest

from casework.targets import BROKEN, KEPT, RUNNING, progress


def told(marks: str, most: int, of: int) -> tuple[int, int, str]:
    """`marks`: one letter a session. / attended, O missed, # not possible."""
    possible = np.array([mark != "#" for mark in marks], np.int64)
    absent = np.array([mark == "O" for mark in marks], np.int64)
    found = progress(possible, absent, most=most, of=of)
    return found.counted, found.missed, found.state


@pytest.mark.parametrize(
    ("marks", "most", "of", "answer"),
    [
        ("", 1, 4, (0, 0, RUNNING)),
        ("/O/", 1, 4, (3, 1, RUNNING)),
        ("/O//", 1, 4, (4, 1, KEPT)),
        ("/O/OOO", 1, 4, (4, 2, BROKEN)),
        ("OO", 1, 4, (2, 2, BROKEN)),  # one too many is too many, before the end
        ("##/#O#//OOO", 1, 4, (4, 1, KEPT)),  # what is not possible is not counted, what comes after neither
        ("O", 0, 4, (1, 1, BROKEN)),
    ],
)
def test_a_target(marks: str, most: int, of: int, answer: tuple[int, int, str]) -> None:
    assert told(marks, most, of) == answer


def test_two_rolls_at_once_are_counted_together() -> None:
    """W9: sessions of both rolls add up; the half day in which the last of them lies counts whole, and the target comes to its end."""
    found = progress(np.array([2, 2, 2, 2]), np.array([1, 0, 1, 2]), most=2, of=5)
    assert (found.counted, found.missed, found.state) == (5, 2, KEPT)


def test_it_is_said_in_sessions() -> None:
    def words(marks: str) -> str:
        found = np.array([mark == "O" for mark in marks], np.int64)
        return progress(np.ones_like(found), found, most=2, of=6).words

    assert words("") == "None of the 6 sessions has come yet."
    assert words("O") == "Missed 1 of 1 session; 5 to come, of which 1 may be missed."
    assert words("OO//") == "Missed 2 of 4 sessions; 2 to come, of which none may be missed."
    assert words("OOO") == "Not kept: missed 3 of 3 sessions, 2 may be missed of 6."
    assert words("//////") == "Kept: missed 0 of 6 sessions."
