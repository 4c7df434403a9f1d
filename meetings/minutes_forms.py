"""The lines of the minutes as forms. Each carries what it was made from: what nobody touched is not sent back over others’ words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from casework.models import Plan
from meetings.actions.agreed import NewAction
from meetings.actions.minuting import Line, Overtaken, Whole
from meetings.cohorts import COHORTS
from meetings.models import Action, General, Item, Minutes
from meetings.usual_action import LONGEST
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField
from schools.models import School

MINE, THEIRS = "mine", "theirs"
_CHOOSE = [(MINE, "What I typed"), (THEIRS, "What was saved")]
_WHO = [
    (Action.Owner.SCHOOL.value, "The school"),
    (Action.Owner.AUTHORITY.value, "The authority"),
    (Action.Owner.SERVICE.value, "A service"),
]
# In the order of the alphabet's keys: each begins with another letter, so that one key chooses it in the list.
_OFFERED = (Item.Decision.ACTION, Item.Decision.SCHOOL_LEADS, Item.Decision.CONTINUE, Item.Decision.NOTHING)


class OneLine(forms.CharField):
    """A line of words, kept as typed; too many are refused in words, not cut by the browser."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        errors = {"max_length": f"Keep this to {longest:,} characters. It has %(show_value)s."}
        super().__init__(max_length=longest, required=False, error_messages=errors, **options)
        self.widget.attrs["autocomplete"] = "off"

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


def _choice(label: str, choices: Any, said: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, show_hidden_initial=True, error_messages={"invalid_choice": said}
    )


class _OfMinutes(forms.Form):
    """What every line has: its version, the values it was made from (Django's hidden initials), and a choice where it was overtaken."""

    names: tuple[str, ...] = ()

    version = VersionField(required=False)
    overtaken = forms.BooleanField(required=False, widget=forms.HiddenInput)
    choose = forms.ChoiceField(label="Which stands?", choices=_CHOOSE, required=False, widget=forms.RadioSelect)

    stands: Item | General | None = None  # what somebody else saved, where the line was overtaken
    stands_by, stands_at = "", None

    def kept(self) -> SafeString:
        """The hidden part. The values it was made from stand here: between a box and its label they would hide the tick."""
        made_from = [self[name].as_hidden(only_initial=True) for name in self.names]
        return format_html_join("", "{}", ([one] for one in (*made_from, *self.hidden_fields())))

    def made_from(self) -> dict[str, Any]:
        """The values the form was made from, as it says itself."""
        found = {}
        for name in self.names:
            field, hidden = self.fields[name], self.fields[name].hidden_widget()
            said = hidden.value_from_datadict(self.data, self.files, self.add_initial_prefix(name))
            try:
                found[name] = field.to_python(said) if said is not None else field.to_python(self.get_initial_for_field(field, name))
            except forms.ValidationError:
                found[name] = said
        return found

    def touched(self) -> bool:
        return self.is_bound and (
            any(name in self.changed_data for name in self.names) or self.data.get(self.add_prefix("overtaken")) == "1"
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("overtaken") and not said.get("choose"):
            self.add_error("choose", "Choose which stands: what you typed, or what was saved meanwhile")
        return said

    def chosen(self) -> dict[str, Any]:
        """What is to stand, by name."""
        if self.cleaned_data.get("choose") == THEIRS:
            return self.made_from()
        return {name: self.cleaned_data[name] for name in self.names}

    def waits_for_a_choice(self, stands: Item | General) -> bool:
        """Was it shown as overtaken before, and sent back without a good answer? Then both are shown again."""
        if self.data.get(self.add_prefix("overtaken")) != "1":
            return False
        self._stand_beside(Overtaken(stands))
        return True

    def _stand_beside(self, problem: Overtaken) -> None:
        self.stands, self.stands_by, self.stands_at = problem.stands, str(problem.by or "Somebody else"), problem.at

    def show_overtaken(self, problem: Overtaken) -> None:
        """Keep what was typed; a second sending is made from what stands now, and says which of the two it wants."""
        self._stand_beside(problem)
        self.data = self.data.copy()
        for name in self.names:
            self.data[self.add_initial_prefix(name)] = str(getattr(problem.stands, name))
        self.data[self.add_prefix("version")] = str(problem.stands.version)
        self.data[self.add_prefix("overtaken")] = "1"
        self.data.pop(self.add_prefix("choose"), None)
        self.add_error("choose", str(problem))


class LineForm(_OfMinutes):
    names: tuple[str, ...] = ("discussed", "decision", "lead", "planned", "note", "note_shared")

    discussed = forms.BooleanField(label="Discussed", required=False, show_hidden_initial=True)
    decision = _choice("Agreed", [], "Choose what was agreed from the list")
    what = OneLine(longest=LONGEST, label="Action")
    owner = forms.ChoiceField(label="Who", choices=_WHO, required=False)
    due = forms.DateField(
        label="By",
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a real date"},
    )
    owner_name = OneLine(longest=120, label="Name of the person or service")
    success = OneLine(longest=300, label="What success looks like")
    lead = _choice("Lead practitioner", [("", "Not agreed"), *Plan.Lead.choices], "Choose the lead practitioner from the list")
    planned = _choice("Plan", [("", "Nothing agreed"), *Item.Planned.choices], "Choose what was agreed about the plan from the list")
    note = OneLine(longest=1000, label="Note", show_hidden_initial=True)
    note_shared = forms.BooleanField(label="The school may read the note", required=False, show_hidden_initial=True)
    school = forms.ChoiceField(label="Of which school", required=False)
    form_token = TokenField()

    def __init__(self, *args: Any, item: Item, usual: str, due: dt.date, schools: Sequence[School] = (), **kwargs: Any) -> None:
        said = {name: getattr(item, name) for name in self.names} | {"version": item.version, "owner": Action.Owner.SCHOOL, "due": due}
        super().__init__(*args, prefix=f"i{item.pk}", initial=said, **kwargs)
        self.item, self.usual, self.schools = item, usual, {str(school.pk): school for school in schools}
        if len(schools) > 1:
            whose: Any = self.fields["school"]
            self.fields["note_shared"].label = "The schools may read the note"
            whose.choices = [("", "Each school"), *((pk, school.name) for pk, school in self.schools.items())]
        else:
            del self.fields["school"]
        decision: Any = self.fields["decision"]
        offered = [*_OFFERED, *([Item.Decision(item.decision)] if item.decision in Item.SECOND_STEPS else [])]
        decision.choices = [("", "Not decided"), *((one.value, one.label) for one in offered)]
        self.fields["what"].widget.attrs |= {"data-usual": usual, "aria-describedby": f"usual-{item.pk}"} if usual else {}
        if item.pupil_id is None:
            del self.fields["lead"], self.fields["planned"]
            self.names = tuple(name for name in self.names if name not in ("lead", "planned"))

    def touched(self) -> bool:
        return super().touched() or bool(self.data.get(self.add_prefix("what"), "").strip())

    def line(self) -> Line:
        return Line(**self.chosen())

    def base(self) -> Line:
        return Line(**self.made_from())

    def of_school(self) -> School | None:
        """Whose the action is, of a meeting of several; None for each of them."""
        return self.schools.get(self.cleaned_data.get("school", ""))

    def action(self, *, has_one: bool) -> NewAction | None:
        """The action typed; where one was decided, nothing typed and none stands: the usual one."""
        said = self.cleaned_data
        what = said["what"]
        if not what and said["decision"] == Item.Decision.ACTION and said.get("choose") != THEIRS and not has_one:
            what = self.usual
        return NewAction(what, said["owner"] or Action.Owner.SCHOOL, said["due"], said["owner_name"], said["success"]) if what else None

    @property
    def more(self) -> bool:
        """Is there anything in the folded part of the line?"""
        inside = ("lead", "planned", "owner_name", "success")
        return any(name in self.fields and (self[name].value() or self[name].errors) for name in inside)


class WholeForm(_OfMinutes):
    names: tuple[str, ...] = ("cohort", "note", "note_shared")

    cohort = _choice("Priority cohort of the school", [("", "None chosen"), *COHORTS.items()], "Choose the priority cohort from the list")
    note = OneLine(longest=1000, label="Note on the meeting", show_hidden_initial=True)
    note_shared = forms.BooleanField(label="The school may read the note", required=False, show_hidden_initial=True)

    def __init__(self, *args: Any, general: General, **kwargs: Any) -> None:
        said = {name: getattr(general, name) for name in self.names} | {"version": general.version}
        super().__init__(*args, prefix="general", initial=said, **kwargs)
        if general.meeting.several:
            self.fields["cohort"].label, self.fields["note_shared"].label = "Priority cohort", "The schools may read the note"

    def whole(self) -> Whole:
        return Whole(**self.chosen())

    def base(self) -> Whole:
        return Whole(**self.made_from())

    @property
    def stands_words(self) -> str:
        cohort = COHORTS.get(self.stands.cohort, "") if isinstance(self.stands, General) else ""
        return f"Priority cohort: {cohort}" if cohort else "No priority cohort"


class _Attendance(forms.Form):
    came = forms.MultipleChoiceField(label="Who came?", required=False, widget=forms.CheckboxSelectMultiple)
    others = WordsField(
        longest=2000,
        rows=2,
        label="Who else came?",
        help_text="One a line: name, then a comma and what they are. For example: Sam Rees, head of year",
    )

    schools = forms.TypedMultipleChoiceField(
        label="Which schools came?",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A school whose contact came was there. Tick none if nobody wrote it down: of the others it then stands as not known.",
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], schools: Sequence[School] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        came: Any = self.fields["came"]
        came.choices = people
        taking: Any = self.fields["schools"]
        taking.choices = [(school.pk, school.name) for school in schools]
        if not schools:
            del self.fields["schools"]

    def clean_others(self) -> list[str]:
        return [line for line in self.cleaned_data["others"].splitlines() if line.strip()]


class CorrectForm(_Attendance):
    """A new version of the minutes, from the lines as they stand."""

    reason = WordsField(
        longest=500, rows=2, label="What is corrected, and why?", needed="Say what is corrected and why: it stands with the new version"
    )
    form_token = TokenField()

    field_order = ("schools", "came", "others", "reason")

    def __init__(self, *args: Any, latest: Minutes | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if latest is None:
            del self.fields["reason"]


class HoldForm(_Attendance):
    day = DateBoxes(label="On which day was it held?", needed="Enter the day on which it was held")
    version = VersionField()

    field_order = ("day", "schools", "came", "others")
