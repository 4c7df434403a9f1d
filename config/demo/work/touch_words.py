"""What the demo's team writes to schools. Ours, in plain words; a real authority writes its own, with its legal team."""

from __future__ import annotations

from meetings.models import Guide

Topic = Guide.Topic
SECONDARY = ["secondary", "all_through"]

NEWS = (
    "Thank you for the registers of the first half term: nearly every school now sends them every day.\n\n"
    "Three things for this fortnight. Look at who has missed 8% or more and is not yet persistently absent: a call now is worth more than "
    "a letter in January. Settle every code N within five school days. And name your attendance governor in the directory, if the "
    "place is still empty.\n\n"
    "The network meets again before the end of term. Sign up in Daymark, under From the authority."
)
NEXT_NEWS = (
    "The last weeks of term bring illness and requests for leave. The notice on leave in term time has words for parents that you "
    "may use.\n\n"
    "From January we review part-time timetables with every school that has one for longer than six weeks."
)

# kind, topic, phases, days since it stands, days until it is over (None: it stays), title, words
GUIDES: tuple[tuple[str, str, list[str], int, int | None, str, str], ...] = (
    (
        "guide", Topic.TOOLKIT, [], 78, None, "Attendance toolkit: from the first day to a plan",
        "What to do, and by when.\n\nOn the first day: ask the family before the end of the morning. After three days: somebody who knows "
        "the child visits or speaks with them. At 8%: a meeting with the family about what is in the way. At 10%: a written plan "
        "with a date "
        "on which you look at it again. Half of all sessions missed: a joint plan with the services that know the family.\n\nAt every "
        "step, write down what you offered and what came of it.",
    ),
    (
        "guide", Topic.POLICY, [], 76, None, "Attendance policy: what yours should say",
        "A policy that parents can find and understand names the senior attendance champion and whom to call on the day; says "
        "when registers "
        "open and close; says how to ask for leave; says what you do to help; and says when a penalty notice may be issued.\n\nUse the "
        "self-check in Daymark to see what is missing.",
    ),
    (
        "guide", Topic.CODES, [], 75, None, "Codes: the ones that are most often wrong",
        "N is for five school days at most: then the true reason stands in its place. B needs a place and an agreement, and somebody who "
        "tells you if the child is not there. C2 needs an end. I is illness and nothing else. Y codes say why the child could not come, "
        "and are not absences.\n\nWhen you are not sure, ask us before you choose.",
    ),
    (
        "guide", Topic.EBSA, [], 70, None, "When school feels impossible: emotionally based school avoidance",
        "Begin by listening: to the child, to the family, and to the adult in school whom the child trusts most. Look for what pushes away "
        "from school and what pulls towards home. Make the first step so small that it works, and keep the door open: a child who is away "
        "is still a member of the class.\n\nA reduced timetable can be one step, with an end and a review. It is not a plan by itself.",
    ),
    (
        "guide", Topic.PART_TIME, [], 66, None, "Part-time timetables: agree, set an end, review",
        "A part-time timetable is for a short time, agreed with the parent in writing, with a day on which it ends and a day on which you "
        "look at it before that. It is no answer to behaviour. Code C2 for what is not attended. Tell your officer, and the social "
        "worker if there is one.",
    ),
    (
        "guide", Topic.FAMILIES, ["primary", "nursery"], 60, None, "The first conversation about a young child’s attendance",
        "Say what you have seen, in days and not in percentages. Ask what mornings are like. Offer one thing that would help this "
        "week, and "
        "say when you will talk again.",
    ),
    (
        "guide", Topic.LEGAL, SECONDARY, 55, None, "Before you ask for a penalty notice",
        "Support first: say what was offered, by whom, and what came of it. Check that no session relied on is coded N. Check the "
        "address of "
        "each parent. Daymark shows what a request still lacks.",
    ),
    (
        "guide", Topic.FAMILIES, SECONDARY, 40, None, "Young carers: what to look for and whom to ask",
        "Often late on the same days, tired, called home, good at not saying why. Ask kindly and in private. The early-help worker linked "
        "with your school knows what there is.",
    ),
    (
        "notice", Topic.OTHER, [], 30, 60, "Your link in the team this term",
        "Each school’s officer and cover stand on its page in Daymark, under Team. If yours is away for longer, the cover rings you.",
    ),
    (
        "notice", Topic.FAMILIES, [], 12, 30, "Leave in term time: words for your newsletter",
        "“Every day matters, and so do the last ones of term. Leave in term time can be agreed in exceptional circumstances only. "
        "Please talk to us before you book.” Use it as it is, or change it.",
    ),
    (
        "notice", Topic.CODES, [], 9, 20, "Bad weather: how to code a closed school",
        "A school that is closed to everybody is not a session: enter the closure in the calendar, and no pupil is absent. Where only some "
        "could not come, use the Y code for travel.",
    ),
    (
        "notice", Topic.OTHER, ["special", "pru"], 5, 25, "Transport: whom to ring before 9",
        "When a taxi or a bus does not come, ring the transport desk first and us second. A child who could not be brought is coded Y, and "
        "that is not held against the family.",
    ),
    (
        "notice", Topic.OTHER, [], 40, -10, "Half-term helpline",
        "The helpline for families was open in the half-term holiday.",
    ),
)  # fmt: skip

# topic, how, who asked, question in a line, question, answer ("" while it waits), days ago, days until the answer
QUESTIONS: tuple[tuple[str, str, str, str, str, str, int, int], ...] = (
    (
        Topic.CODES, "login", "", "Which code for a football academy?",
        "A pupil trains with a club’s academy every Wednesday afternoon, and the club teaches there. Is that B or C?",
        "B, if you have agreed it, the club is supervising education there, and it tells you when the pupil is absent. Without "
        "that agreement "
        "it is leave, and you decide on it as on any other.", 24, 1,
    ),
    (
        Topic.PART_TIME, "phone", "The deputy head", "How long may a part-time timetable last?",
        "A pupil comes back after an operation. How long may the reduced timetable last?",
        "As short a time as can be. Set an end now, at most six weeks away, and a review before it. If the hospital asks for "
        "longer, review "
        "it with the family and us.", 17, 0,
    ),
    (
        Topic.POLICY, "email", "The attendance lead", "Must the policy name the champion?",
        "Our policy names the pastoral office. Does it have to name a person?",
        "Yes: parents should be able to see who in the leadership team answers for attendance, and whom to call on the day. Both "
        "can be named.", 13, 2,
    ),
    (
        Topic.EBSA, "login", "", "Work sent home while a child cannot come",
        "Does work that we send home change the code for a pupil who cannot come in?", "", 6, 0,
    ),
    (
        Topic.LEGAL, "spoken", "The head", "Two parents who live apart",
        "Does each parent get their own notice, and with which address?", "", 3, 0,
    ),
    (
        Topic.CODES, "login", "", "Late after the register closes because of a bus",
        "A school bus came ten minutes after the register had closed. U for everybody on it?", "", 0, 0,
    ),
)  # fmt: skip

AIMS = (
    ("Ask every family on the first day, before 10 o’clock", "Attendance lead", -20, "Since half term the office rings by 9.40.", True),
    ("Make a joint plan for every severely absent pupil", "Senior attendance champion", 25, "", False),
    ("Bring attendance to every governors’ meeting, with cohorts", "Headteacher", -4, "On the agenda of the January meeting.", False),
)
REVIEW = {
    "pupils": 9,
    "parents": 5,
    "staff": 7,
    "said_pupils": "They notice when somebody asks where they were. Mornings are hardest; the breakfast room helps.",
    "said_parents": "Letters arrive before anybody has called. They would rather be rung.",
    "said_staff": "Everybody knows whom to tell, and few hear what came of it.",
    "findings": "First-day calls are made for most pupils, later for those in Year 10 and 11. Tutors do not see the week’s figures.",
    "recommendations": "Ring every family by 10 o’clock. Give tutors their group’s figures every Monday, and ten minutes to use them.",
}
