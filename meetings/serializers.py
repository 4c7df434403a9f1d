"""Meetings and what was agreed at them, as the API tells them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api import Choice
from meetings.models import Action, Meeting, Progress


@extend_schema_field({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})
class ClockTime(serializers.TimeField):
    """As on the wall; OpenAPI’s own "time" would carry an offset."""


class MeetingRow(serializers.ModelSerializer[Meeting]):
    """A meeting of the authority with a school, or with several."""

    kind = serializers.ChoiceField(Meeting.Kind.choices, read_only=True, help_text="Support meeting, or another kind.")
    school = serializers.IntegerField(
        source="school.urn", read_only=True, help_text="URN of the school: the host, of a meeting of several."
    )
    officer = serializers.CharField(source="officer.name", read_only=True, help_text="Who comes from the authority.")
    time = ClockTime(format="%H:%M", read_only=True, help_text="When it begins, 09:30.")
    place = serializers.ChoiceField(Meeting.Place.choices, read_only=True, help_text="Where.")
    status = serializers.ChoiceField(Meeting.Status.choices, read_only=True, help_text="What became of it.")
    why_cancelled = Choice(Meeting.Why.choices, help_text="Null unless it was cancelled.")
    agenda_items = serializers.IntegerField(read_only=True, help_text="How many points the agenda has.")
    actions = serializers.IntegerField(source="actions_agreed", read_only=True, help_text="How many actions were agreed that you may see.")

    class Meta:
        model = Meeting
        fields = [
            "id",
            "kind",
            "title",
            "school",
            "officer",
            "day",
            "time",
            "minutes",
            "place",
            "status",
            "why_cancelled",
            "agenda_items",
            "actions",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the meeting."},
            "title": {"help_text": "What a meeting of another kind is called; empty of a support meeting."},
            "day": {"help_text": "The day of the meeting."},
            "minutes": {"help_text": "How long it is planned to take."},
        }


class ActionRow(serializers.ModelSerializer[Action]):
    """Something agreed at a meeting."""

    meeting = serializers.IntegerField(source="meeting_id", read_only=True, help_text="Id of the meeting.")
    school = serializers.IntegerField(source="school.urn", read_only=True, help_text="URN of the school.")
    pupil = serializers.IntegerField(
        source="shown_pupil",
        read_only=True,
        allow_null=True,
        help_text="Id of the pupil; null where it is about the school, or about somebody whom you may not see any more.",
    )
    owner = serializers.ChoiceField(
        Action.Owner.choices, read_only=True, help_text="Who does it: the school, the authority or another service."
    )
    status = serializers.ChoiceField(Action.Status.choices, read_only=True, help_text="Whether it is done.")
    closed = serializers.DateField(read_only=True, allow_null=True, help_text="Null while it is open.")
    progress = Choice(Progress.State.choices, source="latest_state", help_text="What was last said of it; null: nothing yet.")
    progress_on = serializers.DateField(source="latest_day", read_only=True, allow_null=True, help_text="When that was.")

    class Meta:
        model = Action
        fields = ["id", "meeting", "school", "pupil", "what", "owner", "owner_name", "success", "due"]
        fields += ["status", "closed", "progress", "progress_on"]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the action."},
            "what": {"help_text": "What was agreed."},
            "owner_name": {"help_text": "Who exactly, or which service; may be empty."},
            "success": {"help_text": "By what one will know that it helped; may be empty."},
            "due": {"help_text": "By when."},
        }
