"""What the demo's people write: short lines by kind and barrier. Invented; no line is about anybody.

The functions say things as casework.actions does.
"""

from __future__ import annotations

import datetime as dt

from attendance.words import plural, say_day
from casework.models import Barrier, Case, Contact, Plan, PlanAction, Service
from config.demo.work.story import Adult

Owner, Result = PlanAction.Owner, Contact.Result

# why a case is opened -> what turns out to keep the child from school, likeliest first
BARRIERS: dict[str, tuple[str, ...]] = {
    Case.Reason.SEVERE: (
        Barrier.EBSA,
        Barrier.MENTAL_HEALTH,
        Barrier.SEND,
        Barrier.PARENT_HEALTH,
        Barrier.SCHOOL,
        Barrier.NEGLECT,
        Barrier.BULLYING,
        Barrier.YOUNG_CARER,
        Barrier.FAMILY_BREAKDOWN,
        Barrier.HOUSING,
        Barrier.CONDONED,
        Barrier.PHYSICAL_ILLNESS,
        Barrier.BEREAVEMENT,
    ),
    Case.Reason.PERSISTENT: (
        Barrier.PHYSICAL_ILLNESS,
        Barrier.SLEEP,
        Barrier.CONDONED,
        Barrier.POVERTY,
        Barrier.SCHOOL,
        Barrier.TRANSPORT,
        Barrier.TRANSITION,
        Barrier.LANGUAGE,
    ),
    Case.Reason.UNAUTHORISED: (Barrier.CONDONED, Barrier.SCHOOL, Barrier.SLEEP, Barrier.FAMILY_BREAKDOWN, Barrier.UNKNOWN),
    Case.Reason.CONTINUOUS: (Barrier.UNKNOWN, Barrier.EBSA, Barrier.HOUSING, Barrier.DOMESTIC_ABUSE),
    Case.Reason.ILLNESS: (Barrier.PHYSICAL_ILLNESS, Barrier.MENTAL_HEALTH, Barrier.AWAITING),
    Case.Reason.EBSA: (Barrier.EBSA, Barrier.NEURODIVERGENCE, Barrier.SEND, Barrier.MENTAL_HEALTH),
    Case.Reason.HOLIDAY: (Barrier.HOLIDAY, Barrier.TRAVEL, Barrier.CONDONED),
    Case.Reason.LATE: (Barrier.SLEEP, Barrier.TRANSPORT, Barrier.YOUNG_CARER),
    Case.Reason.WELFARE: (Barrier.NEGLECT, Barrier.DOMESTIC_ABUSE, Barrier.PARENT_HEALTH, Barrier.EXPLOITATION, Barrier.OFFENDING),
    Case.Reason.PART_TIME: (Barrier.SEND, Barrier.SUSPENSION, Barrier.EBSA),
}

LEARNT: dict[str, tuple[str, ...]] = {
    Barrier.PHYSICAL_ILLNESS: (
        "A run of chest infections since the spring; letters from the surgery seen.",
        "Under the hospital’s asthma clinic.",
    ),
    Barrier.MENTAL_HEALTH: (
        "Low mood since the summer; waiting for the mental health support team.",
        "Sleeps badly and panics on school mornings.",
    ),
    Barrier.EBSA: (
        "Gets dressed and cannot leave the house.",
        "Comes to the gate and turns back; the dinner hall is the worst of the day.",
    ),
    Barrier.SEND: ("Support in the plan is not all in place since the assistant left.", "Waiting for an assessment; lessons are too loud."),
    Barrier.BULLYING: ("Called names on the bus; says nobody was told.", "Fell out with a group in the same form, messages at night."),
    Barrier.SCHOOL: ("Dropped a subject and now walks out of another.", "Does not get on with one teacher; has missed that day each week."),
    Barrier.TRANSITION: ("Settled in primary school, lost in the new building.", "Knows nobody in the new form."),
    Barrier.SLEEP: ("Games until three in the morning; phone now stays downstairs.", "Mother works nights and is asleep at eight."),
    Barrier.YOUNG_CARER: (
        "Takes a younger brother to school and stays with Mum on bad days.",
        "Interprets for grandparents at appointments.",
    ),
    Barrier.PARENT_HEALTH: (
        "Mother in hospital twice this term; an aunt helps when she can.",
        "Father’s back injury: nobody to walk with.",
    ),
    Barrier.DOMESTIC_ABUSE: (
        "Family moved in with a relative; safety plan with the specialist service.",
        "Address kept from the other parent.",
    ),
    Barrier.NEGLECT: ("House cold and no bed to sleep in; shared with the safeguarding lead.", "Nobody up when we called at ten."),
    Barrier.BEREAVEMENT: ("Grandfather died in May; had lived with them.", "Lost a close friend; the anniversary is coming."),
    Barrier.FAMILY_BREAKDOWN: ("Parents have parted; two homes, two bus routes.", "Weeks with Dad are the weeks that are missed."),
    Barrier.HOUSING: ("In temporary accommodation on the other side of town.", "Third move since last Christmas."),
    Barrier.POVERTY: ("No winter coat and one set of uniform.", "Stays home on the days before benefit is paid."),
    Barrier.TRANSPORT: ("Two buses, and the first often does not come.", "The bus pass ran out in September."),
    Barrier.LANGUAGE: (
        "New to the country; letters home were not understood.",
        "Interpreter used; mother did not know the day begins at 8.40.",
    ),
    Barrier.AWAITING: ("On the list for an operation; sits down after an hour.",),
    Barrier.NEURODIVERGENCE: ("Waiting eighteen months for an assessment; school already works as if it were certain.",),
    Barrier.SUSPENSION: ("Suspended three times this year; the days after are missed too.",),
    Barrier.HOLIDAY: ("A week abroad in term, as last year; the fares were named.",),
    Barrier.TRAVEL: ("With family abroad for a funeral, and stayed on.",),
    Barrier.EXPLOITATION: ("Comes home late with new clothes; school’s safeguarding lead knows.",),
    Barrier.OFFENDING: ("Has an order with the youth justice service; appointments fall in lesson time.",),
    Barrier.CONDONED: ("Parent sees a day off now and then as fair.", "Kept home for birthdays and deliveries."),
    Barrier.UNKNOWN: ("Nobody at home yet; the neighbours have not seen them.", "The child says little; asked again next week."),
}

# what is agreed under a plan: owner, what, for which barriers (() = any)
AGREED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (Owner.SCHOOL, "Meet at the gate each morning by a named adult", ()),
    (Owner.SCHOOL, "Telephone home before nine on the first morning missed", ()),
    (Owner.SCHOOL, "Quiet room at break and lunch", (Barrier.EBSA, Barrier.MENTAL_HEALTH, Barrier.SEND, Barrier.BULLYING)),
    (Owner.SCHOOL, "Timetable looked at with the head of year", (Barrier.SCHOOL, Barrier.TRANSITION, Barrier.EBSA)),
    (Owner.SCHOOL, "Ask for medical evidence once, then agree how illness is recorded", (Barrier.PHYSICAL_ILLNESS,)),
    (Owner.SCHOOL, "Uniform from the school’s own store", (Barrier.POVERTY,)),
    (Owner.SCHOOL, "Talk to the other pupils’ parents and write down what was agreed", (Barrier.BULLYING,)),
    (Owner.OFFICER, "Visit the family at home", ()),
    (Owner.OFFICER, "Ring on Friday about the week", ()),
    (
        Owner.OFFICER,
        "Refer to early help with the parents’ consent",
        (Barrier.PARENT_HEALTH, Barrier.HOUSING, Barrier.POVERTY, Barrier.FAMILY_BREAKDOWN),
    ),
    (Owner.OFFICER, "Speak to the SEND team about the support named in the plan", (Barrier.SEND,)),
    (Owner.OFFICER, "Ask the young carers’ project for a place", (Barrier.YOUNG_CARER,)),
    (Owner.OFFICER, "Apply for a bus pass", (Barrier.TRANSPORT, Barrier.HOUSING)),
    (Owner.PARENT, "Ring school before half past eight if the child is ill", ()),
    (Owner.PARENT, "Phone and console downstairs from nine in the evening", (Barrier.SLEEP,)),
    (Owner.PARENT, "Bring the clinic’s letter", (Barrier.PHYSICAL_ILLNESS, Barrier.MENTAL_HEALTH)),
    (Owner.CHILD, "Say each Friday how the week went, on a scale of one to ten", ()),
    (Owner.CHILD, "Come in for the first two lessons, then for the morning", (Barrier.EBSA, Barrier.MENTAL_HEALTH)),
    (Service.HEALTH, "School nurse to see the child", (Barrier.PHYSICAL_ILLNESS, Barrier.MENTAL_HEALTH, Barrier.EBSA)),
    (Service.CAMHS, "Mental health support team: first appointment", (Barrier.MENTAL_HEALTH, Barrier.EBSA, Barrier.BEREAVEMENT)),
)

LEADERS = ("Ada", "Bram", "Cora", "Dilys", "Edwin", "Freya", "Gil", "Hana", "Ivo", "Juno")
LEADERS_SURNAMES = ("Ashdown", "Birchall", "Coldwell", "Dunmore", "Elmhurst", "Fernley", "Greenhow", "Hazelby")
ROLES: dict[str, tuple[str, ...]] = {
    Plan.Lead.SCHOOL: ("Head of year", "Assistant head", "Family support worker", "SENCO"),
    Plan.Lead.AUTHORITY: ("Attendance officer",),
    Plan.Lead.EARLY_HELP: ("Early help worker",),
    Plan.Lead.SOCIAL_CARE: ("Social worker",),
    Plan.Lead.HEALTH: ("School nurse",),
    Plan.Lead.SEND: ("SEND caseworker",),
}

SAID: dict[str, tuple[str, ...]] = {
    Result.SPOKE: (
        "Went through the register together.",
        "Knows how many sessions were missed; had thought it fewer.",
        "Worried, and glad of the call.",
    ),
    Result.AGREED: ("Will bring the child in on Monday.", "Agreed to meet at school next week.", "Agreed to a visit."),
    Result.REFUSED: ("Did not want to talk today; the letter has been read.", "Says the school is the trouble and rang off."),
    Result.LEFT_MESSAGE: ("Message left with the office’s number.", ""),
    Result.NO_ANSWER: ("", "Card left.", "Phone switched off."),
    Result.SENT: ("Letter about attendance, with what support there is.", "Appointment confirmed.", "Figures for the half term."),
}
AT_COURT = "Before the hearing: went through what the court will ask. Support is still on offer, and the school will meet the parent."

NOTES = (
    "School reports a better week: in every morning.",
    "Two good weeks, then a bad one after the break.",
    "Form tutor says the child is settled once in the room.",
    "Nothing has changed since the last call; will visit.",
    "Spoke to the safeguarding lead: known to school, no new worry.",
    "Early help worker introduced; works with the family on Tuesdays.",
    "Attendance officer at school will ring first from now on.",
    "Mornings better than afternoons; asked school to look at lessons after lunch.",
)

REVIEWED = {
    Plan.Result.CARRY_ON: ("It is working, slowly: carry on.", "Better, not yet good. The same again.", "Too early to tell."),
    Plan.Result.CHANGE: ("What was agreed did not help: another plan.", "The reason is another than we thought: another plan."),
    Plan.Result.END: ("Sustained over the half term.",),
}

REFERRED = (
    "Three letters home and a meeting, without a change.",
    "School has tried a reduced load of homework and a mentor.",
    "Home visit by school: nobody in, twice.",
    "Parents came to a meeting; the week after was missed again.",
)


def opened(origin: str, reason: str, said: str = "") -> str:
    return f"{Case.Origin(origin).label}: {Case.Reason(reason).label.lower()}." + (f" {said}" if said else "")


def contact(kind: str, result: str, adult: Adult | None, seen: bool, said: str) -> str:
    who = adult.name if adult else "somebody else"
    child = " The child was seen." if seen else ""
    return f"{Contact.Kind(kind).label}, {who}: {Contact.Result(result).label.lower()}.{child}" + (f"\n{said}" if said else "")


def plan_agreed(plan: Plan, before: Plan | None) -> str:
    led = plan.get_lead_display()
    led = led[0].lower() + led[1:] if led.startswith(("The ", "Early ", "Children")) else led
    led += f" ({plan.lead_name}, {plan.lead_role})"
    said = f"{plan.get_kind_display()} agreed, led by {led}, to be reviewed on {say_day(plan.review)}."
    return said + (f" It takes the place of the {before.get_kind_display().lower()} of {say_day(before.start)}." if before else "")


def plan_reviewed(plan: Plan, result: str, review: dt.date | None) -> str:
    said = f"{plan.get_kind_display()} reviewed: {Plan.Result(result).label.lower()}."
    return said + (f" Next review on {say_day(review)}." if review else "")


def action_agreed(action: PlanAction) -> str:
    return f"Agreed: {action.what}. {action.owned_by}, by {say_day(action.due)}."


def action_closed(action: PlanAction, day: dt.date) -> str:
    late = f", {plural((day - action.due).days, 'day')} late" if day > action.due else ""
    return f"{action.get_outcome_display()}{late}: {action.what}."


def closed(outcome: str, left: int) -> str:
    said = f"{Case.Outcome(outcome).label}."
    return said + (f" {plural(left, 'action')} of the plan {'was' if left == 1 else 'were'} not closed." if left else "")
