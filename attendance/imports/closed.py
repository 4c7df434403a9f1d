"""Files that still carry the URN of a school that has closed."""

from __future__ import annotations

import numpy as np

from attendance.imports.match import Placed
from schools.models import School, SchoolLink


def after_closing(school: School, placed: Placed) -> str:
    """What to say of marks from after the school closed; "" where there are none."""
    if school.closed is None or not len(placed.day):
        return ""
    late = int((placed.day > np.datetime64(school.closed)).sum())
    if not late:
        return ""
    heirs = SchoolLink.objects.filter(predecessor=school).select_related("successor").order_by("since", "pk")
    named = " and ".join(f"{link.successor} (URN {link.successor.urn})" for link in heirs)
    then = f" It is followed by {named}: give that URN in the school’s system and send the marks again." if named else ""
    marks = "1 mark is" if late == 1 else f"{late:,} marks are"
    return f"{school} (URN {school.urn}) closed on {school.closed:%-d %B %Y}, and {marks} from after that day.{then}"
