"""What keeps children from school, who says so, and who helps: the lists that every record about a child chooses from.

Barriers and services after the themes of "Working together to improve school attendance" as local teams name them
(domain reference, section 8). A code is kept for good: words may change, what was written down may not.
"""

from __future__ import annotations

from django.db import models


class Barrier(models.TextChoices):
    PHYSICAL_ILLNESS = "physical_illness", "Physical illness"
    AWAITING = "awaiting_treatment", "Waiting for medical treatment"
    MENTAL_HEALTH = "mental_health", "Mental health"
    EBSA = "ebsa", "Emotionally based school avoidance"
    SEND = "send", "Special educational needs not met"
    NEURODIVERGENCE = "neurodivergence", "Neurodivergence, or waiting for an assessment"
    PREGNANCY = "pregnancy", "Pregnancy or parenthood"
    BULLYING = "bullying", "Bullying, or harm by other children"
    SCHOOL = "school", "Curriculum or relationships in school"
    TRANSITION = "transition", "Moving between schools"
    SUSPENSION = "suspension", "A pattern of suspensions"
    PART_TIME = "part_time", "Part-time timetable"
    TRANSPORT = "transport", "Transport or distance"
    SLEEP = "sleep", "Punctuality or sleep"
    YOUNG_CARER = "young_carer", "Cares for somebody at home"
    PARENT_HEALTH = "parent_health", "A parent’s health, substance use or learning need"
    FAMILY_BREAKDOWN = "family_breakdown", "Family breakdown"
    BEREAVEMENT = "bereavement", "Bereavement"
    HOUSING = "housing", "Housing, homelessness or temporary accommodation"
    POVERTY = "poverty", "Money, uniform or food"
    LANGUAGE = "language", "Language or new arrival"
    CONDONED = "condoned", "Absence condoned at home"
    HOLIDAY = "holiday", "Holidays in term time"
    TRAVEL = "travel", "Cultural or religious reasons, or extended travel"
    DOMESTIC_ABUSE = "domestic_abuse", "Domestic abuse"
    NEGLECT = "neglect", "Neglect or safeguarding"
    EXPLOITATION = "exploitation", "Exploitation, or going missing"
    OFFENDING = "offending", "Youth offending"
    UNKNOWN = "unknown", "Not known yet"


BARRIERS: tuple[tuple[str, tuple[Barrier, ...]], ...] = (
    (
        "Health and needs",
        (
            Barrier.PHYSICAL_ILLNESS, Barrier.AWAITING, Barrier.MENTAL_HEALTH, Barrier.EBSA, Barrier.SEND, Barrier.NEURODIVERGENCE,
            Barrier.PREGNANCY,
        ),
    ),
    ("School", (Barrier.BULLYING, Barrier.SCHOOL, Barrier.TRANSITION, Barrier.SUSPENSION, Barrier.PART_TIME, Barrier.TRANSPORT)),
    (
        "Home and family",
        (
            Barrier.SLEEP, Barrier.YOUNG_CARER, Barrier.PARENT_HEALTH, Barrier.FAMILY_BREAKDOWN, Barrier.BEREAVEMENT, Barrier.HOUSING,
            Barrier.POVERTY, Barrier.LANGUAGE, Barrier.CONDONED, Barrier.HOLIDAY, Barrier.TRAVEL,
        ),
    ),
    ("Safety", (Barrier.DOMESTIC_ABUSE, Barrier.NEGLECT, Barrier.EXPLOITATION, Barrier.OFFENDING)),
    ("Otherwise", (Barrier.UNKNOWN,)),
)  # fmt: skip


class Said(models.TextChoices):
    """Who says that something keeps the child from school."""

    CHILD = "child", "The child"
    PARENT = "parent", "A parent"
    SCHOOL = "school", "The school"
    SERVICE = "service", "A service"


class Service(models.TextChoices):
    """Other agencies that do something for a child."""

    EARLY_HELP = "early_help", "Early help or family hub"
    SOCIAL_CARE = "social_care", "Children’s social care (front door)"
    SEND = "send", "SEND team or educational psychologist"
    CAMHS = "camhs", "CAMHS or mental health support team"
    HEALTH = "health", "School nurse, GP or paediatrician"
    HOUSING = "housing", "Housing"
    TRANSPORT = "transport", "School transport"
    YOUTH_JUSTICE = "youth_justice", "Youth justice service"
    POLICE = "police", "Police"
    ABUSE = "abuse", "Domestic abuse service"
    YOUNG_CARERS = "young_carers", "Young carers’ service"
    VIRTUAL_SCHOOL = "virtual_school", "Virtual school"
    ADMISSIONS = "admissions", "Admissions and fair access"
    HOME_EDUCATION = "home_education", "Elective home education team"
    MISSING = "missing", "Children missing education team"
    MEDICAL = "medical", "Medical tuition (section 19)"
    BENEFITS = "benefits", "Welfare benefits"
    MENTOR = "mentor", "Mentor of a charity"
