"""Whatever arrives, the sender gets a sentence or a list of lines, and nothing untrue gets into a register."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from attendance.imports.parsed import Unreadable
from attendance.imports.sniff import sniff
from tests.imports import malformed, malformed_formats
from tests.imports.answers import outcome

ANSWERS = {"read", "in doubt", "no register", "unreadable"}
MOST = 1_024  # megabytes of memory that reading any file may take, in the reader and in what it starts


@pytest.mark.parametrize("seed", range(60))
def test_malformed_files_are_answered(seed: int) -> None:
    assert outcome(malformed.make(seed)) in ANSWERS


@pytest.mark.long
@pytest.mark.parametrize("first", range(1_000, 7_000, 100))
def test_many_malformed_files_are_answered(first: int) -> None:
    outcomes = [outcome(malformed.make(seed)) for seed in range(first, first + 100)]
    assert set(outcomes) <= ANSWERS
    assert len(set(outcomes)) >= 3, "the supply reaches every kind of answer"


@pytest.mark.long
@pytest.mark.parametrize("filler", [b"x", b'"', b",", b"/"])
def test_a_line_of_40_megabytes_is_refused(filler: bytes) -> None:
    with pytest.raises(Unreadable):
        sniff(b"UPN,Date,Session,Mark\n" + filler * 40_000_000)


# --- workbooks, XML and JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_malformed_workbooks_and_records_are_answered(seed: int) -> None:
    assert outcome(malformed_formats.make(seed)) in ANSWERS


@pytest.mark.long
@pytest.mark.parametrize("first", range(1_000, 2_000, 100))
def test_many_malformed_workbooks_and_records_are_answered(first: int) -> None:
    outcomes = [outcome(malformed_formats.make(seed)) for seed in range(first, first + 100)]
    assert set(outcomes) <= ANSWERS
    assert len(set(outcomes)) >= 3, "the supply reaches every kind of answer"


def answered(*names: str) -> tuple[dict[str, str], int]:
    """What becomes of the files named, in a process whose memory is measured: (answer by file, megabytes)."""
    command = [sys.executable, "-m", "tests.imports.answers", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    return told["answers"], max(told["megabytes"])


def test_files_that_hurt_are_answered_in_bounded_memory() -> None:
    answers, megabytes = answered("hazards")
    assert megabytes < MOST
    assert len(answers) == len(malformed_formats.HAZARDS)
    assert set(answers.values()) <= ANSWERS
    read = {name for name, answer in answers.items() if answer == "read"}
    assert read >= {
        "dates in three orders", "29 February of a leap year and of another", "UPNs with the wrong letter", "cells that are formulas",
        "the hour that the clocks skip and repeat", "a workbook with a wrong dimension",
    }  # fmt: skip
    for refused in ("10,000 dates", "a zip bomb as a workbook", "an XML entity bomb", "a workbook with a password", "a line of 4 MB"):
        assert answers[refused] == "unreadable"


@pytest.mark.long
@pytest.mark.parametrize("name", malformed_formats.HUGE)
def test_huge_files_are_answered_in_bounded_memory(name: str) -> None:
    answers, megabytes = answered(name)
    assert set(answers.values()) <= ANSWERS
    assert megabytes < MOST * (2 if name == "5 million rows" else 1), f"{name}: {answers}"
