"""Cases as the API tells them: where they stand. What was said and written stays on the pages."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api import Choice, Text
from casework import stages
from casework.models import Case

_ORIGIN = "What it was opened from; null where a school is not told who referred."


class CaseRow(serializers.ModelSerializer[Case]):
    """One case, in summary."""

    pupil = serializers.IntegerField(source="pupil_id", read_only=True, help_text="Id of the pupil.")
    upn = Text(source="pupil.upn", help_text="UPN of the pupil; null where there is none yet.")
    school = serializers.IntegerField(source="school.urn", read_only=True, help_text="URN of the school it is held with.")
    origin = serializers.SerializerMethodField(help_text=_ORIGIN)
    reason = serializers.ChoiceField(Case.Reason.choices, read_only=True, help_text="Why it was opened.")
    stage = serializers.ChoiceField([(stage.code, stage.name) for stage in stages.STAGES], read_only=True, help_text="Where it stands.")
    officer = Text(source="officer.name", default=None, help_text="Who works on it; null: nobody yet.")
    closed = serializers.DateField(read_only=True, allow_null=True, help_text="Null while it is open.")
    outcome = Choice(Case.Outcome.choices, help_text="Null while it is open.")

    class Meta:
        model = Case
        fields = ["id", "pupil", "upn", "school", "origin", "reason", "stage", "stage_since", "officer", "opened", "closed", "outcome"]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the case."},
            "stage_since": {"help_text": "Since when it stands there."},
            "opened": {"help_text": "The day it was opened."},
        }

    @extend_schema_field(serializers.ChoiceField(Case.Origin.choices, allow_null=True, help_text=_ORIGIN))
    def get_origin(self, case: Case) -> str | None:
        whole = self.context["request"].user.as_role.in_authority
        return None if case.origin in Case.OUTSIDE and not whole else case.origin
