"""What the pages of attendance contracts ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from casework.forms.fields import line
from legal import contracts
from legal.forms.fields import ParentsField, VersionedForm
from legal.models import Contract, ContractReview, Party
from schools import files
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Responsibility


class StatementsForm(forms.Form):
    requirements = WordsField(
        label="What is asked of the parent",
        needed="Say what is asked of the parent",
        longest=4000,
        rows=6,
        help_text="The parent’s statement: what they would do, in words they would use.",
    )
    support = WordsField(
        label="The support that is given", needed="Say what support is given", longest=4000, rows=6, help_text="Who does what, and when."
    )
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day", needed="Enter the last day")
    review_by = DateBoxes(label="To be reviewed by (optional)")


class NewContractForm(StatementsForm):
    form_token = TokenField()
    field_order = ("parents", "school")

    def __init__(self, *args: Any, ties: Sequence[Responsibility], schools: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parents"] = ParentsField(ties, label="For which parents", help_text="Each answers for themselves.")
        if len(schools) > 1:
            self.fields["school"] = forms.TypedChoiceField(label="For which school", choices=schools, coerce=int)
        self.order_fields(self.field_order)


class ChangeContractForm(StatementsForm, VersionedForm):
    pass


class OfferForm(VersionedForm):
    present = forms.TypedMultipleChoiceField(
        label="Who was there when it was drawn up?",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple({"legend": "m"}),
        help_text="To everybody else the offer is sent.",
    )

    def __init__(self, *args: Any, parties: Iterable[Party], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["present"].choices = [(party.parent_id, str(party.parent)) for party in parties]  # type: ignore[attr-defined]


class AnswerForm(VersionedForm):
    state = radios("The answer", (), "Choose the answer")
    day = DateBoxes(label="Day of the answer, or of the signature", needed="Enter the day")
    file = forms.FileField(
        label="Signed copy",
        required=False,
        help_text=f"A scan or photograph: PDF, PNG or JPG; at most {files.MOST // files.MEGABYTE} MB.",
        error_messages={"empty": "The file is empty", "max_length": "Give the file a shorter name"},
    )
    where = line("Or where the signed paper is kept", longest=200)
    words = WordsField(label="What was said (optional)", longest=2000)

    def __init__(self, *args: Any, party: Party, **options: Any) -> None:
        super().__init__(*args, **options)
        labels = dict(Party.State.choices)
        allowed = [state for state in contracts.may_become(party.state) if state in contracts.ANSWERS]
        self.fields["state"].choices = [(state, labels[state]) for state in allowed]  # type: ignore[attr-defined]


class ContractReviewForm(forms.Form):
    result = radios("How it goes", ContractReview.Result.choices, "Choose how it goes")
    words = WordsField(label="What was found", needed="Say what was found", longest=4000)
    next_by = DateBoxes(label="To be reviewed again by (optional)")
    form_token = TokenField()


class EndContractForm(VersionedForm):
    outcome = radios("What came of it", Contract.Outcome.choices, "Choose what came of it")
    words = WordsField(label="In words", needed="Say what came of it", longest=4000)
