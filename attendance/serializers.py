"""Registers, flags and ratings as the API tells them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api import Text
from attendance.codes import BY_CODE
from attendance.models import Flag, Rating
from attendance.reports.marks import Line
from schools.models import Enrolment

_WEEKS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": (
        "By the Monday of each week that holds a mark: ten codes with a space between them, Monday morning, Monday afternoon, "
        "and so on to Friday afternoon; fourteen where the weekend holds a mark. A hyphen where nothing has been said."
    ),
}


class MarkRow(serializers.Serializer[Any]):
    """One mark: one pupil, one morning or afternoon, one code."""

    enrolment = serializers.IntegerField(read_only=True, help_text="Id of the spell on roll.")
    pupil = serializers.IntegerField(read_only=True, help_text="Id of the pupil.")
    upn = Text(help_text="UPN of the pupil; null where there is none yet.")
    school = serializers.IntegerField(read_only=True, help_text="URN of the school.")
    date = serializers.DateField(read_only=True, help_text="Day of the session.")
    session = serializers.ChoiceField(["AM", "PM"], read_only=True, help_text="Morning or afternoon.")
    code = serializers.CharField(read_only=True, help_text=f"National attendance code: {' '.join(BY_CODE)}")
    counted = serializers.BooleanField(
        read_only=True, help_text="False for a mark outside the dates on roll: kept, and never part of a figure."
    )

    @staticmethod
    def of(line: Line) -> dict[str, Any]:
        """The row of a mark. Thousands are answered at once: field by field, as a serializer goes, takes ten times as long."""
        return {
            "enrolment": line.enrolment,
            "pupil": line.pupil,
            "upn": line.upn,
            "school": line.school,
            "date": line.date,
            "session": "PM" if line.pm else "AM",
            "code": line.code,
            "counted": line.counted,
        }


class Marks(serializers.Serializer[Any]):
    """A stretch of register rows, by enrolment and then by session."""

    next = serializers.URLField(read_only=True, allow_null=True, help_text="Where the next stretch is; null after the last.")
    results = MarkRow(many=True, read_only=True)


class YearOfMarks(serializers.ModelSerializer[Enrolment]):
    """One spell on roll with the marks of one academic year."""

    enrolment = serializers.IntegerField(source="pk", read_only=True, help_text="Id of the spell on roll.")
    pupil = serializers.IntegerField(source="pupil_id", read_only=True, help_text="Id of the pupil.")
    upn = Text(source="pupil.upn", help_text="UPN of the pupil; null where there is none yet.")
    weeks = serializers.SerializerMethodField()

    class Meta:
        model = Enrolment
        fields = ["enrolment", "pupil", "upn", "start", "end", "weeks"]
        read_only_fields = fields
        extra_kwargs = {"start": {"help_text": "First day on roll."}, "end": {"help_text": "Last day on roll; null: still there."}}

    @extend_schema_field(_WEEKS)
    def get_weeks(self, enrolment: Enrolment) -> dict[str, str]:
        return {monday.isoformat(): codes for monday, codes in self.context["weeks"].get(enrolment.pk, {}).items()}


class FlagRow(serializers.ModelSerializer[Flag]):
    """A rule that holds, or held, for a pupil, with its reason in words."""

    pupil = serializers.IntegerField(source="pupil_id", read_only=True, help_text="Id of the pupil.")
    upn = Text(source="pupil.upn", help_text="UPN of the pupil; null where there is none yet.")
    code = serializers.ChoiceField(Flag.Code.choices, read_only=True, help_text="Which rule.")
    year = serializers.IntegerField(read_only=True, help_text="Academic year it was opened in: 2026 is 2026/27.")
    opened = serializers.DateField(read_only=True, help_text="Since when it has held without a break.")
    cleared = serializers.DateField(read_only=True, allow_null=True, help_text="From when it held no longer; null while it holds.")
    withdrawn = serializers.DateField(
        read_only=True, allow_null=True, help_text="The day on which it turned out to rest on wrong marks: it never held."
    )
    low_data = serializers.BooleanField(read_only=True, help_text="It rests on few sessions so far.")

    class Meta:
        model = Flag
        fields = [
            "id",
            "pupil",
            "upn",
            "code",
            "year",
            "opened",
            "cleared",
            "withdrawn",
            "reason",
            "low_data",
            "policy_version",
            "noticed_at",
            "changed_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the flag."},
            "reason": {"help_text": "Why it holds, in words."},
            "policy_version": {"help_text": "Which policy values it was judged by."},
            "noticed_at": {"help_text": "When it was first known here."},
            "changed_at": {"help_text": "When what it says last became another."},
        }


class RatingRow(serializers.ModelSerializer[Rating]):
    """One school’s rating for one term, with its reasons, beside schools of the same phase at the same point of last year."""

    school = serializers.IntegerField(source="school.urn", read_only=True, help_text="URN of the school.")
    year = serializers.IntegerField(read_only=True, help_text="Academic year: 2026 is 2026/27.")
    term = serializers.ChoiceField(Rating.Term.choices, read_only=True, help_text="1 autumn, 2 spring, 3 summer.")
    colour = serializers.ChoiceField(Rating.Colour.choices, source="colour_now", read_only=True, help_text="What counts.")
    worked_out = serializers.ChoiceField(
        Rating.Colour.choices, source="colour", read_only=True, help_text="What the figures said, before a manager moderated it."
    )
    moderated = serializers.SerializerMethodField(help_text="Whether a manager gave it another colour.")
    reasons = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="Why, in sentences.")
    first = serializers.DateField(read_only=True, allow_null=True, help_text="First day of registers compared; null: nothing was.")
    possible = serializers.IntegerField(read_only=True, help_text="Possible sessions between first and last.")
    absent = serializers.IntegerField(read_only=True, help_text="Sessions missed of those possible.")
    absence_percent = serializers.FloatField(
        source="absence_pct", read_only=True, allow_null=True, help_text="Absent of possible; null where nothing was compared."
    )
    national_percent = serializers.FloatField(source="national_pct", read_only=True, allow_null=True, help_text="England, same phase.")

    class Meta:
        model = Rating
        fields = [
            "id",
            "school",
            "year",
            "term",
            "colour",
            "worked_out",
            "moderated",
            "reasons",
            "as_at",
            "first",
            "last",
            "possible",
            "absent",
            "absence_percent",
            "national_percent",
            "national_first",
            "national_last",
            "policy_version",
            "rated_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the rating."},
            "as_at": {"help_text": "The day judged."},
            "last": {"help_text": "Last day of registers compared."},
            "national_first": {"help_text": "First day of what it was compared with."},
            "national_last": {"help_text": "Last day of what it was compared with."},
            "policy_version": {"help_text": "Which policy values it was judged by."},
            "rated_at": {"help_text": "When it became what it is."},
        }

    def get_moderated(self, rating: Rating) -> bool:
        return bool(rating.moderated)
