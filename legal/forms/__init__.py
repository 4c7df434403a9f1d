"""What the pages of legal ask for."""

from legal.forms.batches import AttachForm, BatchChecklistForm, BatchForm, ChooseSchoolForm, PostedForm
from legal.forms.confirmations import ConfirmForm, ConfirmManyForm
from legal.forms.considering import ConsiderForm
from legal.forms.fields import VersionedForm
from legal.forms.notices import PaymentForm, ProsecuteForm, ServeForm, StandForm, WithdrawForm
from legal.forms.requests import ChecklistForm, DecideForm, NewRequestForm, OverrideForm, PlainForm

__all__ = [
    "AttachForm",
    "BatchChecklistForm",
    "BatchForm",
    "ChecklistForm",
    "ChooseSchoolForm",
    "ConfirmForm",
    "ConfirmManyForm",
    "ConsiderForm",
    "DecideForm",
    "NewRequestForm",
    "OverrideForm",
    "PaymentForm",
    "PlainForm",
    "PostedForm",
    "ProsecuteForm",
    "ServeForm",
    "StandForm",
    "VersionedForm",
    "WithdrawForm",
]
