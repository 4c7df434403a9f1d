"""Fills in what was not known about pupils and a later register gives. Never changes what is known."""

from __future__ import annotations

import numpy as np

from accounts import audit
from accounts.models import User
from attendance.imports.match import BLANK, Roll
from attendance.imports.parsed import Parsed
from attendance.imports.senders import Ints
from schools import names
from schools.models import Pupil


def fill_blanks(parsed: Parsed, rows: Ints, roll: Roll, *, by: User | None) -> None:
    """Dates of birth and names of pupils of this roll who came with a number alone. One audit line a batch. The caller holds the school."""
    if not roll.blanks:
        return
    pupils = Pupil.objects.filter(pk__any_of=roll.spells).filter(BLANK)
    # no key of theirs changes, so loads of other schools that put them on roll meanwhile need not be waited for (nor they for us)
    wanting = {pupil.pk: pupil for pupil in pupils.order_by("pk").select_for_update(no_key=True).prefetch_related("former_names")}
    if not wanting:
        return
    upns = [upn for upn in set(parsed.upn[rows]) if roll.pupil_of.get(upn) in wanting]
    changed: set[int] = set()
    for row in rows[np.isin(parsed.upn[rows].astype(str), upns)].tolist():
        pupil = wanting[roll.pupil_of[str(parsed.upn[row])]]
        if pupil.dob is None and parsed.dob[row] is not None:
            pupil.dob = parsed.dob[row]
            changed.add(pupil.pk)
        if pupil.surname == names.NOT_KNOWN and parsed.surname[row]:
            pupil.surname = str(parsed.surname[row])[:100]
            pupil.forename = pupil.forename or str(parsed.forename[row])[:100]
            changed.add(pupil.pk)
    if not changed:
        return
    for pk in changed:
        pupil = wanting[pk]
        pupil.sort_name = names.sort_key(pupil.surname, pupil.forename)
        pupil.search_text = names.pupil_search_text(pupil, [(n.surname, n.forename) for n in pupil.former_names.all()])
    Pupil.objects.bulk_update([wanting[pk] for pk in changed], ["dob", "surname", "forename", "sort_name", "search_text"], batch_size=500)
    audit.record("Pupils' details filled in from a register", by=by, subject=roll.school, count=len(changed))
