"""Pupils, enrolments, parents and characteristics."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from accounts.models import User
from schools import deletions
from schools.actions.parents import ParentDetails, Standing
from schools.actions.pupils import PupilDetails
from schools.forms.fields import YEAR_GROUPS, YES_NO_UNKNOWN, DateBoxes, word, yes_no
from schools.models import Characteristic, Enrolment, Parent, Pupil, Responsibility, School


class PupilForm(forms.Form):
    forename = forms.CharField(label="Legal forename", max_length=100, error_messages={"required": "Enter a forename"})
    surname = forms.CharField(label="Legal surname", max_length=100, error_messages={"required": "Enter a surname"})
    known_as = forms.CharField(label="Known as", max_length=100, required=False, help_text="The name the child uses, if another.")
    upn = forms.CharField(
        label="UPN",
        max_length=20,
        required=False,
        help_text="Unique pupil number, 13 characters. Leave it empty if the child has none yet.",
    )
    dob = DateBoxes(label="Date of birth", help_text="For example, 27 3 2014.")
    sex = forms.ChoiceField(label="Sex", choices=[("", "Not known"), *Pupil.Sex.choices], required=False)
    address = forms.CharField(label="Address", max_length=300, required=False)
    postcode = forms.CharField(label="Postcode", max_length=10, required=False, widget=forms.TextInput({"class": "govuk-input--width-10"}))

    def __init__(self, *args: Any, with_address: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_address:  # hidden from this user: what is not shown must not be blanked either
            del self.fields["address"], self.fields["postcode"]

    def details(self) -> PupilDetails:
        names = ("forename", "surname", "known_as", "upn", "dob", "sex", "address", "postcode")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}  # type: ignore[return-value]

    @staticmethod
    def initial_of(pupil: Pupil) -> dict[str, Any]:
        return {name: getattr(pupil, name) or "" for name in PupilForm.base_fields} | {"dob": pupil.dob}


class AdmitForm(PupilForm):
    """A child who comes onto a school's roll."""

    start = DateBoxes(label="First day on roll", needed="Enter the first day on roll")
    year_group = forms.ChoiceField(label="Year group", choices=YEAR_GROUPS, required=False)
    kind = forms.ChoiceField(label="Enrolment", choices=Enrolment.Kind.choices, widget=forms.RadioSelect, initial=Enrolment.Kind.MAIN)
    although_alike = forms.BooleanField(label="This is another child with the same name and date of birth", required=False)

    field_order = [*PupilForm.base_fields, "year_group", "start", "kind", "although_alike"]

    def __init__(self, *args: Any, ask_about_alike: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not ask_about_alike:
            self.fields["although_alike"].widget = forms.HiddenInput()


class EnrolmentForm(forms.Form):
    start = DateBoxes(label="First day on roll", needed="Enter the first day on roll")
    end = DateBoxes(label="Last day on roll", help_text="Leave empty while the pupil is on roll.")
    kind = forms.ChoiceField(label="Enrolment", choices=Enrolment.Kind.choices, widget=forms.RadioSelect, initial=Enrolment.Kind.MAIN)
    year_group = forms.ChoiceField(label="Year group", choices=YEAR_GROUPS, required=False)
    ground = forms.ChoiceField(
        label="Ground for deleting the name from the roll",
        choices=[("", "Not said, or still on roll"), *deletions.GROUNDS],
        required=False,
        help_text="Grounds H and I need a joint enquiry of the school and the authority first.",
    )
    destination = forms.CharField(
        label="Where the pupil went",
        max_length=120,
        required=False,
        help_text="The school and its town, or the country. If nobody knows, leave it empty: the authority then looks for the child.",
    )
    leaving_reason = forms.CharField(label="Why the pupil left", max_length=60, required=False)

    def __init__(self, *args: Any, year_group: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["year_group"]
        if year_group and year_group not in dict(YEAR_GROUPS):  # as some roll wrote it
            field.choices = [*YEAR_GROUPS, (year_group, year_group)]  # type: ignore[attr-defined]


class EnrolForm(EnrolmentForm):
    school = forms.ModelChoiceField(
        queryset=School.objects.none(), label="School", empty_label="Choose a school", error_messages={"required": "Choose a school"}
    )
    field_order = ["school"]

    def __init__(self, *args: Any, schools: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        del self.fields["leaving_reason"], self.fields["ground"], self.fields["destination"]


class ParentForm(forms.Form):
    title = forms.CharField(label="Title", max_length=20, required=False, widget=forms.TextInput({"class": "govuk-input--width-5"}))
    forename = forms.CharField(label="Forename", max_length=100, required=False)
    surname = forms.CharField(label="Surname", max_length=100, error_messages={"required": "Enter a surname"})
    relationship = forms.ChoiceField(label="Relationship to the pupil", choices=Responsibility.Relationship.choices)
    parental_responsibility = forms.ChoiceField(
        label="Has parental responsibility", choices=YES_NO_UNKNOWN, required=False, widget=forms.RadioSelect
    )
    lives_with = forms.BooleanField(label="The pupil lives with this parent", required=False, initial=True)
    phone = forms.CharField(label="Telephone", max_length=30, required=False, widget=forms.TextInput({"class": "govuk-input--width-20"}))
    email = forms.EmailField(
        label="Email address", required=False, error_messages={"invalid": "Enter an email address like name@example.org"}
    )
    language = forms.CharField(label="Language for letters and calls", max_length=40, required=False, help_text="If not English.")
    interpreter = forms.ChoiceField(label="Needs an interpreter", choices=YES_NO_UNKNOWN, required=False, widget=forms.RadioSelect)
    email_agreed = forms.CharField(
        label="Letters by email: how and when the parent agreed",
        max_length=200,
        required=False,
        help_text="For example, in writing on 3 November 2026. Leave it empty if the parent has not agreed: letters then go by post.",
    )
    address = forms.CharField(label="Address", max_length=300, required=False)
    postcode = forms.CharField(label="Postcode", max_length=10, required=False, widget=forms.TextInput({"class": "govuk-input--width-10"}))
    hidden_from = forms.ModelMultipleChoiceField(
        queryset=Parent.objects.none(),
        label="Keep this address hidden from",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Schools then see no address, and no letter to these people carries it.",
    )

    def __init__(self, *args: Any, user: User, pupil: Pupil, parent: Parent | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        known = Q(responsibilities__pupil=pupil)
        if parent is not None:
            known = (known | Q(may_not_know=parent)) & ~Q(pk=parent.pk)
        others = Parent.objects.visible_to(user).filter(known).distinct()
        self.unseen = list(parent.hidden_from.exclude(pk__in=others.values("pk"))) if parent is not None else []
        if parent is not None and not parent.shows_address_to(user):
            # whoever may not see the address may not lift the veil from it by saying that the child lives elsewhere
            del self.fields["address"], self.fields["postcode"], self.fields["lives_with"]
        if not user.as_role.in_authority or not others.exists():
            del self.fields["hidden_from"]
        else:
            self.fields["hidden_from"].queryset = others  # type: ignore[attr-defined]

    def details(self) -> ParentDetails:
        names = ("title", "forename", "surname", "phone", "email", "language", "email_agreed", "address", "postcode")
        given = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        return given | {"interpreter": yes_no(self.cleaned_data["interpreter"])}  # type: ignore[return-value]

    def kept_from(self) -> list[Parent] | None:
        """Those chosen, and those whom this user may not see and so could not choose; None where it is not theirs to say."""
        chosen = self.cleaned_data.get("hidden_from")
        return None if chosen is None else [*chosen, *self.unseen]

    def standing(self) -> Standing:
        standing: Standing = {
            "relationship": self.cleaned_data["relationship"],
            "parental_responsibility": yes_no(self.cleaned_data["parental_responsibility"]),
        }
        if "lives_with" in self.cleaned_data:
            standing["lives_with"] = self.cleaned_data["lives_with"]
        return standing

    @staticmethod
    def initial_of(responsibility: Responsibility) -> dict[str, Any]:
        parent = responsibility.parent
        names = ("title", "forename", "surname", "phone", "email", "language", "email_agreed", "address", "postcode")
        return {name: getattr(parent, name) for name in names} | {
            "interpreter": word(parent.interpreter),
            "relationship": responsibility.relationship,
            "parental_responsibility": word(responsibility.parental_responsibility),
            "lives_with": responsibility.lives_with,
            "hidden_from": list(parent.hidden_from.all()),
        }


class CharacteristicForm(forms.Form):
    kind = forms.ChoiceField(label="What is true of the pupil", choices=Characteristic.Kind.choices)
    start = DateBoxes(label="Since", needed="Enter the day from which this is so")
    end = DateBoxes(label="Until", help_text="Leave empty while it is so.")
    source = forms.CharField(label="Who said so", max_length=60, required=False, help_text="For example, school census or social worker.")
    responsible = forms.CharField(
        label="Responsible authority (optional)",
        max_length=80,
        required=False,
        help_text="Of a child in care or with a social worker: whose social worker it is, where that is another authority.",
    )
    placed = forms.CharField(
        label="Placed in (optional)",
        max_length=80,
        required=False,
        help_text="Where the child has been placed in another authority’s area, its name.",
    )

    def __init__(self, *args: Any, fixed_kind: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if fixed_kind:
            del self.fields["kind"]
