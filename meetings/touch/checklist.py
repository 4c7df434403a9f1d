"""What a school is asked about its own practice, each question with its source. Pure.

Sources, as in docs/rules.md. **WT** = "Working together to improve school attendance" (statutory from 19 August 2024), as councils
present it to schools; **Regs** = SI 2024/208. Who decides what a school must do is its governing body: this asks, it does not judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EDITION = "2024-08-19"
YES, PARTLY, NO = "yes", "partly", "no"
ANSWERS = {YES: "Yes", PARTLY: "In part", NO: "Not yet"}
_WT = "Working together to improve school attendance"


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    part: str
    words: str
    source: str
    step: str  # what it is called where it is still open


QUESTIONS: tuple[Question, ...] = (
    Question(
        "published", "The policy", "Is the attendance policy published on the school’s website?", _WT, "Publish the attendance policy"
    ),
    Question(
        "names",
        "The policy",
        "Does it name the senior attendance champion, and whom parents and pupils turn to?",
        _WT,
        "Name the champion and the day-to-day contact in the policy",
    ),
    Question(
        "notices",
        "The policy",
        "Does it tell parents when a penalty notice may be issued?",
        _WT + "; local codes of conduct",
        "Say in the policy when a penalty notice may be issued",
    ),
    Question(
        "champion",
        "People",
        "Is there a senior attendance champion in the leadership team?",
        _WT,
        "Give a senior leader the part of attendance champion",
    ),
    Question(
        "governors",
        "People",
        "Do governors or the trust look at attendance regularly, with somebody named for it?",
        _WT,
        "Bring attendance to governors regularly, with one of them named for it",
    ),
    Question("trained", "People", "Are the staff who keep registers trained in the codes?", _WT, "Train the staff who keep registers"),
    Question(
        "first_day",
        "Every day",
        "Is the family of a pupil who is absent without a reason asked on the first day?",
        _WT,
        "Ask families on the first day of absence",
    ),
    Question(
        "closes",
        "Every day",
        "Does each register close within 30 minutes of the time at which it opened?",
        _WT + "; a register is open for 30 minutes at most",
        "Close registers within 30 minutes",
    ),
    Question(
        "settles",
        "Every day",
        "Is every code N replaced within five school days?",
        "SI 2024/208, reg 10(7)",
        "Replace every code N within five school days",
    ),
    Question(
        "returns",
        "Every day",
        "Are the returns on continuous absence and on sickness sent as they fall due?",
        "SI 2024/208; " + _WT,
        "Send the returns on absence and sickness as they fall due",
    ),
    Question(
        "data",
        "Pupils and families",
        "Are attendance figures looked at every week, for cohorts too, to find who needs help early?",
        _WT,
        "Look at attendance figures every week",
    ),
    Question(
        "plans",
        "Pupils and families",
        "Has every severely absent pupil a plan that the school, the family and services share?",
        _WT + " (severe absence)",
        "Make a joint plan for every severely absent pupil",
    ),
    Question(
        "part_time",
        "Pupils and families",
        "Is every part-time timetable agreed with the parent, for a set time, and reviewed?",
        _WT,
        "Agree and review every part-time timetable",
    ),
    Question(
        "barriers",
        "Pupils and families",
        "Is support for what keeps a pupil away (health, SEND, caring, housing) offered before any legal step?",
        _WT + " (support first)",
        "Offer support before any legal step",
    ),
)
BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}


def parts() -> list[tuple[str, list[Question]]]:
    """The questions by part, in order."""
    found: dict[str, list[Question]] = {}
    for question in QUESTIONS:
        found.setdefault(question.part, []).append(question)
    return list(found.items())


def unanswered(answers: Mapping[str, Mapping[str, str]]) -> list[Question]:
    return [question for question in QUESTIONS if answers.get(question.key, {}).get("answer") not in ANSWERS]


def still_open(answers: Mapping[str, Mapping[str, str]]) -> list[tuple[Question, str, str]]:
    """What is not yet, or only in part, so: with the answer and the school's note."""
    found = []
    for question in QUESTIONS:
        said = answers.get(question.key, {})
        if said.get("answer") in (PARTLY, NO):
            found.append((question, ANSWERS[said["answer"]], said.get("note", "")))
    return found


def told(answers: Mapping[str, Mapping[str, str]]) -> list[tuple[str, list[tuple[Question, str, str]]]]:
    """Every question by part, with its answer in words ("" where there is none) and its note."""

    def said(question: Question) -> tuple[Question, str, str]:
        own = answers.get(question.key, {})
        return question, ANSWERS.get(own.get("answer", ""), ""), own.get("note", "")

    return [(part, [said(question) for question in questions]) for part, questions in parts()]
