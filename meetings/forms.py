"""Forms about meetings and what is agreed there. Reasons and decisions are chosen from lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.permissions import Permission
from casework.models import Case
from casework.reasons import OF_FLAG
from meetings.actions.agreed import states_for
from meetings.models import Action, Item, Meeting, YearPlan
from schools import names
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import Enrolment, Posting, Pupil, School

_LENGTHS = [(30, "30 minutes"), (45, "45 minutes"), (60, "1 hour"), (90, "1 hour 30 minutes"), (120, "2 hours"), (180, "3 hours")]
_TIMES = ["%H:%M", "%H.%M", "%H%M", "%I:%M%p", "%I.%M%p", "%I%p", "%I:%M %p", "%I %p"]
_WRONG_TIME = "Enter a time, for example 14:30"
_ALIKE = 12  # pupils offered where several match


def officers_of(schools: Iterable[School], user: User, today: dt.date) -> QuerySet[User]:
    """Who may hold a meeting with these schools: those posted at one of them, and whoever plans it."""
    posted = Posting.objects.on(today).filter(school__in=schools, part__in=[Posting.Part.LEAD, Posting.Part.COVER]).values("user")
    return User.objects.filter(Q(pk__in=posted) | Q(pk=user.pk), is_active=True).order_by("name")


class MeetingForm(forms.Form):
    """Day, time, length, place and officer. Whether to meet although the school is closed is asked only where it is."""

    day = DateBoxes(label="Day", needed="Enter the day of the meeting", help_text="For example, 24 11 2026")
    time = forms.TimeField(
        label="Time",
        input_formats=_TIMES,
        widget=forms.TextInput({"class": "govuk-input--width-5", "autocomplete": "off"}),
        help_text="For example, 14:30",
        error_messages={"required": "Enter the time of the meeting", "invalid": _WRONG_TIME},
    )
    minutes = forms.TypedChoiceField(
        label="How long", choices=_LENGTHS, coerce=int, initial=60, help_text="The agenda has room for about 12 items an hour."
    )
    place = radios("Where", Meeting.Place.choices, "Choose where you meet", initial=Meeting.Place.SCHOOL)
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="The authority’s officer",
        empty_label=None,
        error_messages={
            "required": "Choose who holds the meeting",
            "invalid_choice": "Choose an officer who works with this school",
        },
    )
    although_closed = forms.BooleanField(label="We meet although the school is closed that day", required=False)

    def __init__(
        self, *args: Any, schools: Iterable[School], user: User, today: dt.date, ask_about_closed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        officer: Any = self.fields["officer"]
        officer.queryset = officers_of(schools, user, today)
        if not ask_about_closed:
            del self.fields["although_closed"]


class PlanForm(MeetingForm):
    form_token = TokenField()


class ChangeForm(MeetingForm):
    version = VersionField()

    def __init__(self, *args: Any, initial: dict[str, Any], **kwargs: Any) -> None:
        """Who holds it now stays a choice, posted here or not: else whoever moves the meeting would give it to somebody by the way."""
        super().__init__(*args, initial=initial, **kwargs)
        officer: Any = self.fields["officer"]
        officer.queryset |= User.objects.filter(pk=initial["officer"].pk, is_active=True)

    @staticmethod
    def initial_of(meeting: Meeting) -> dict[str, Any]:
        fields = ("day", "minutes", "place", "officer", "version")
        return {field: getattr(meeting, field) for field in fields} | {"time": f"{meeting.time:%H:%M}"}


class CancelForm(forms.Form):
    why = radios("Why is it cancelled?", Meeting.Why.choices, "Choose why the meeting is cancelled")
    version = VersionField()


class DecideForm(forms.Form):
    decision = radios("What was decided?", Item.Decision.choices, "Choose what was decided")
    case_reason = forms.ChoiceField(
        label="What a new case is about",
        required=False,
        choices=[("", "As the flag says"), *Case.Reason.choices],
        help_text="Only if you open a case.",
        error_messages={"invalid_choice": "Choose what the case is about"},
    )
    version = VersionField(required=False)

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, initial={"decision": item.decision, "version": item.version}, **kwargs)
        self.item = item
        choices: Any = self.fields["decision"]
        if item.pupil_id is None:
            choices.choices = [choice for choice in Item.Decision.choices if choice[0] != Item.Decision.CASE]
            del self.fields["case_reason"]
        elif not item.flag or item.flag.code not in OF_FLAG:
            reasons: Any = self.fields["case_reason"]
            reasons.choices = [("", "Choose one"), *Case.Reason.choices]


class ItemForm(forms.Form):
    """A pupil of the school by name or UPN, or a matter of the school. Where several pupils match, which one is asked."""

    pupil = forms.CharField(
        label="Pupil",
        required=False,
        max_length=100,
        help_text="Name or UPN of a pupil on roll. Leave it empty for a matter of the school.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    which = forms.ModelChoiceField(
        queryset=Pupil.objects.none(),
        label="Which pupil?",
        required=False,
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of these pupils"},
    )
    reason = WordsField(longest=500, rows=3, label="What is to be talked about", needed="Say in a sentence what is to be talked about")

    def __init__(self, *args: Any, school: School, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        here = Enrolment.objects.filter(school=school).on_roll(today).values("pupil")
        which: Any = self.fields["which"]
        which.queryset = Pupil.objects.filter(pk__in=here).order_by("sort_name", "pk")
        self.several = False
        asked = self.data.get("pupil", "")[:100].replace("\x00", "") if self.is_bound else ""
        self.found = list(self._named(which.queryset, asked)[:_ALIKE]) if names.fold(asked) else []
        if len(self.found) > 1:
            self.several = True
            which.queryset = which.queryset.filter(pk__in=[pupil.pk for pupil in self.found])
        else:
            del self.fields["which"]

    def _named(self, pupils: QuerySet[Pupil], asked: str) -> QuerySet[Pupil]:
        for word in names.fold(asked).split():
            numbered = any(c.isdigit() for c in word)  # digits are a UPN's, never a postcode's (as on the list of pupils)
            pupils = pupils.filter(upn__contains=word.upper()) if numbered else pupils.filter(search_text__contains=word)
        return pupils

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("pupil") and not self.found:
            self.add_error("pupil", f"No pupil on roll at {self.school} matches this name or UPN.")
        elif self.several and not said.get("which"):
            self.add_error("which", "Several pupils match: choose one of them.")
        return said

    def chosen(self) -> Pupil | None:
        if self.several:
            chosen: Pupil | None = self.cleaned_data.get("which")
            return chosen
        return self.found[0] if self.found else None


class MatterForm(forms.Form):
    """What is put on the agenda of a meeting of several schools: a matter, and no child."""

    reason = WordsField(
        longest=500,
        rows=3,
        label="What is to be talked about",
        needed="Say in a sentence what is to be talked about",
        help_text="Name no child: every school that takes part reads it, and invitations say it. What concerns a child is taken up with"
        " that child’s own school.",
    )

    def chosen(self) -> None:
        """No pupil."""


class ActionForm(forms.Form):
    what = WordsField(longest=300, rows=2, label="What is to be done", needed="Say what is to be done")
    pupil = forms.ModelChoiceField(
        queryset=Pupil.objects.none(),
        label="For which pupil",
        required=False,
        empty_label="The school as a whole",
        error_messages={"invalid_choice": "Choose a pupil of this agenda"},
    )
    school = forms.ModelChoiceField(
        queryset=School.objects.none(),
        label="Which school’s action is it?",
        required=False,
        empty_label="Each school’s: one action a school",
        help_text="What the authority or a service does for all of them is one action.",
        error_messages={"invalid_choice": "Choose a school that takes part"},
    )
    owner = radios("Who does it", Action.Owner.choices, "Choose who does it")
    owner_name = forms.CharField(
        label="Name of the person or service",
        required=False,
        max_length=120,
        help_text="Needed for another service.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    due = DateBoxes(label="By which day", needed="Enter the day by which it is to be done", help_text="For example, 4 12 2026")
    success = WordsField(longest=300, rows=2, label="What success looks like")
    form_token = TokenField()

    def __init__(self, *args: Any, meeting: Meeting, item: Item | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pupils: Any = self.fields["pupil"]
        pupils.queryset = Pupil.objects.filter(agenda_items__meeting=meeting).order_by("sort_name")
        if item or meeting.several:
            del self.fields["pupil"]
        if meeting.several:
            schools: Any = self.fields["school"]
            schools.queryset = School.objects.filter(met__meeting=meeting).order_by("sort_name")
            self.fields["what"].help_text = "Name no child: several schools read it."
        else:
            del self.fields["school"]


class ChangeActionForm(forms.Form):
    due = DateBoxes(label="By which day", needed="Enter the day by which it is to be done", help_text="For example, 4 12 2026")
    owner = radios("Who does it", Action.Owner.choices, "Choose who does it")
    owner_name = forms.CharField(
        label="Name of the person or service",
        required=False,
        max_length=120,
        help_text="Needed for another service.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    reason = WordsField(longest=500, rows=2, label="Why", needed="Say why: it stands beside the action for ever")
    form_token = TokenField()

    def __init__(self, *args: Any, action: Action, **kwargs: Any) -> None:
        stands = {"due": action.due, "owner": action.owner, "owner_name": action.owner_name}
        super().__init__(*args, initial=stands, **kwargs)


class ProgressForm(forms.Form):
    state = radios("How does it go?", [], "Choose how it goes")
    words = WordsField(
        longest=500, rows=3, label="In a few words", help_text="Needed where help is asked for, or where it is not needed any more."
    )
    form_token = TokenField()

    def __init__(self, *args: Any, action: Action, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        state: Any = self.fields["state"]
        state.choices = states_for(user, action)
        if not user.may(Permission.PLAN_MEETINGS):
            self.fields["words"].help_text = "Needed where help is asked for."


class AdjustForm(forms.Form):
    """A manager's own number of meetings for one school and year. Empty: back to the rule's."""

    number = forms.IntegerField(
        label="Meetings this school year",
        required=False,
        widget=forms.TextInput({"class": "govuk-input--width-2", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Enter a number of meetings, for example 2"},
    )
    first_term = forms.TypedChoiceField(
        label="From which term",
        choices=[(1, "Autumn"), (2, "Spring"), (3, "Summer")],
        coerce=int,
        help_text="Where the number does not go evenly into three terms, what is left over falls due from this term on.",
        error_messages={"required": "Choose a term", "invalid_choice": "Choose a term"},
    )
    reason = WordsField(longest=500, rows=3, label="Why", needed="Say why: it stands beside the number for ever")
    version = VersionField()
    form_token = TokenField()

    def __init__(self, *args: Any, plan: YearPlan, **kwargs: Any) -> None:
        super().__init__(*args, initial={"number": plan.number, "first_term": plan.first_term, "version": plan.version}, **kwargs)
        least = f"At least {plan.floor}, because attendance was below England’s. " if plan.floor else ""
        self.fields["number"].help_text = f"{least}Leave it empty to go back to the rule’s number, {plan.by_rule}."


class HoursForm(forms.Form):
    """How many hours an officer has for meetings in a term. Empty: nobody has said."""

    hours = forms.IntegerField(
        label="Hours for support meetings this term",
        required=False,
        help_text="Time in meetings alone, without travel and preparation. Leave it empty if it is not settled.",
        widget=forms.TextInput({"class": "govuk-input--width-3", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Enter a whole number of hours, for example 40"},
    )
    reason = WordsField(longest=500, rows=2, label="Why", help_text="For example: works three days a week from November.")
