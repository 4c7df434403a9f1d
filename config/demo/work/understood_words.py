"""What the demo's assessments and considerations say: invented, about nobody."""

from __future__ import annotations

from casework.models import Barrier, Consideration, Service

Level = Consideration.Level

_CHILD: dict[str, tuple[str, ...]] = {
    Barrier.EBSA: (
        "“My stomach hurts when I see the gate. It is better if Miss is there.”",
        "“I want to come. I get as far as the corner.”",
    ),
    Barrier.MENTAL_HEALTH: ("“Some mornings I cannot get up, and then it is too late to go in.”",),
    Barrier.BULLYING: ("“They wait on the stairs. I told a teacher once.”",),
    Barrier.SEND: ("“It is too loud and I do not know what to do first.”",),
    Barrier.SCHOOL: ("“I like art and football. In maths I am always behind.”",),
    Barrier.SLEEP: ("“I fall asleep at three. My phone is my alarm clock.”",),
    Barrier.YOUNG_CARER: ("“If I go, nobody is there when Mum wakes up.”",),
    Barrier.TRANSPORT: ("“The bus does not come, and then it is ten.”",),
}
_CHILD_ELSE = (
    "",
    "“School is all right.”",
    "Said little; drew a picture of the school without people.",
    "“I do not mind going if somebody walks with me.”",
)
_PARENT = (
    "Mother: we have tried everything; she is ill with worry by Sunday evening.",
    "Father would like one person to ring, not three.",
    "Mother feels blamed by the letters. She wants him in school.",
    "Both say that mornings are the hard part, and that he is fine once he is in.",
    "",
)
_STRENGTHS = (
    "Good with younger children. Likes art, and trusts the head of year.",
    "Never misses swimming. Has one close friend in the form.",
    "Reads above age. Grandmother lives near and helps.",
    "Comes in gladly when there is cooking.",
    "",
)
_TRIED = (
    "Met at the gate for three weeks, which helped until the half term. Two meetings with the family.",
    "A later start and a quiet room. Mornings got better, afternoons did not.",
    "Letters home, one meeting, a mentor from Year 11.",
    "Changed form group in October; no difference so far.",
)

# level of need, referred to, why or why not, what came of it
CONSIDERED: tuple[tuple[str, str, str, str], ...] = (
    (
        Level.EARLY_HELP,
        Service.EARLY_HELP,
        "Absence goes on, the family is willing and tired. Early help with the parents’ consent.",
        "A worker visits weekly.",
    ),
    (
        Level.IN_NEED,
        Service.SOCIAL_CARE,
        "Not seen by anybody for weeks, and two visits were not answered.",
        "Assessment begun by the social work team.",
    ),
    (Level.TARGETED, "", "Seen by the school nurse last week, well and fed. The absence has a known cause that the plan works on.", ""),
    (Level.UNIVERSAL, "", "Spoke to the family and saw the child at home. No sign of harm; the school goes on visiting.", ""),
    (Level.PROTECTION, Service.SOCIAL_CARE, "A sibling’s disclosure, together with months of absence. Referred the same day.", ""),
)


def of(barrier: str, which: int) -> dict[str, str]:
    """The words of an assessment about this barrier. Whoever was not heard yet has none."""
    child = _CHILD.get(barrier, _CHILD_ELSE)
    return {
        "child_voice": child[which % len(child)],
        "parent_views": _PARENT[which // 3 % len(_PARENT)],
        "strengths": _STRENGTHS[which // 7 % len(_STRENGTHS)],
        "tried": _TRIED[which // 11 % len(_TRIED)],
    }
