"""The templates that Daymark comes with, in words of its own. None is a statutory notice: those are legal's. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from casework.letters.fields import Block

_DUTY = Block(
    "By law, a parent of a child of compulsory school age must see that the child gets efficient and suitable full-time education, by "
    "regular attendance at school or otherwise. A child who is registered at a school must attend it regularly.",
    locked=True,
    source="Education Act 1996, sections 7 and 444(1)",
)
_SUPPORT = Block(
    "Schools and local authorities are to work with families to find out why a child is absent and to help, before anything else is "
    "considered.",
    locked=True,
    source="Working together to improve school attendance (statutory guidance, August 2024)",
)
_OFFENCE = Block(
    "If a child of compulsory school age who is registered at a school fails to attend regularly, each parent is guilty of an offence, "
    "unless the law’s exceptions apply. Among these are leave given by the school, sickness or another unavoidable cause, and days of "
    "religious observance.",
    locked=True,
    source="Education Act 1996, section 444(1), (2A) and (3)",
)
_END = "Yours sincerely\n{officer}"
_ANSWER = "If something in this letter is wrong, or you would like to talk, please get in touch: {reply_to}."


@dataclass(frozen=True, slots=True)
class Start:
    name: str
    purpose: str  # LetterTemplate.Purpose
    subject: str
    blocks: tuple[Block, ...]


STARTING: tuple[Start, ...] = (
    Start(
        "First concern",
        "concern",
        "{child}: attendance at {school}",
        (
            Block(
                "Dear {addressed_as}\n\nI am writing because {forename} has missed {missed} of {possible} sessions {period}. A "
                "session is a morning or an afternoon. There may be good reasons, and I would like to understand them.\n\nDays away "
                "from school "
                "are hard to make up. We would like to help early, before the gap grows."
            ),
            _DUTY,
            Block(
                "Please talk to {school} about what makes it hard for {forename} to be there. If the school cannot solve it alone, we "
                "can bring others in: the school nurse, special educational needs advice, or early help for families.\n\n" + _ANSWER
            ),
            Block(_END),
        ),
    ),
    Start(
        "Invitation to a meeting",
        "meeting",
        "{child}: a meeting about attendance",
        (
            Block(
                "Dear {addressed_as}\n\nWe would like to meet you to talk about {forename}’s attendance at {school}. {forename} has missed "
                "{missed} of {possible} sessions {period}.\n\nThe meeting is on {meeting_day} at {meeting_time}, at {meeting_place}."
            ),
            _SUPPORT,
            Block(
                "You may bring somebody with you. If the time is no good for you, if you need an interpreter, or if it is hard for you "
                "to get there, tell us and we will find another way: {reply_to}."
            ),
            Block(_END),
        ),
    ),
    Start(
        "Visit missed",
        "visit",
        "{child}: we called and missed you",
        (
            Block(
                "Dear {addressed_as}\n\nI came to see you on {visit_day} about {forename}’s attendance at {school}, and could not reach "
                "you. I am sorry if the time did not suit you.\n\nPlease get in touch so that we can arrange another time: {reply_to}. "
                "I would "
                "like to hear from you, and from {forename}, what would help."
            ),
            Block(_END),
        ),
    ),
    Start(
        "Thank you for the improvement",
        "thanks",
        "{child}: thank you",
        (
            Block(
                "Dear {addressed_as}\n\n{forename} has been at school more often: of {recent_possible} sessions {recent_period}, "
                "{recent_missed} were missed. In the whole school year so far it is {missed} of {possible}.\n\nThank you for what "
                "you have done. Please tell {forename} that it has been noticed."
            ),
            Block("If it becomes hard again, tell {school} or us early: {reply_to}."),
            Block(_END),
        ),
    ),
    Start(
        "Before legal action is considered",
        "warning",
        "{child}: attendance has not improved",
        (
            Block(
                "Dear {addressed_as}\n\nWe wrote to you before about {forename}’s attendance at {school}. {forename} has now missed "
                "{missed} of {possible} sessions {period}; {unauthorised} of them were not authorised by the school.\n\nWe would still "
                "rather help "
                "than go further. But if nothing changes, the authority will have to consider what the law provides for."
            ),
            _OFFENCE,
            Block(
                "This letter is not a penalty notice and not a notice to improve: if one of those is to be sent, you will be told "
                "separately. What we ask of you now is to speak to us within ten school days, so that a plan can be agreed: {reply_to}."
            ),
            Block(_END),
        ),
    ),
)
