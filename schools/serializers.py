"""Schools and pupils as the API tells them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api import Choice, Text
from schools.models import Characteristic, Enrolment, Pupil, School


class SchoolRow(serializers.ModelSerializer[School]):
    """A school on the national register of schools (GIAS), known by its URN."""

    phase = serializers.ChoiceField(School.Phase.choices, read_only=True, help_text="Which ages it is for.")
    estab = Text(help_text="Establishment number.")
    type = Text(source="type_name", help_text="Kind of establishment.")
    trust = Text(source="trust.name", default=None, help_text="The trust that runs it; null: none.")
    ward = Text(source="ward.name", default=None, help_text="The ward it lies in.")
    cluster = Text(source="cluster.name", default=None, help_text="The cluster of schools it works in.")
    postcode = Text(help_text="Postcode of the school.")

    class Meta:
        model = School
        fields = [
            "urn",
            "name",
            "phase",
            "la_code",
            "estab",
            "type",
            "independent",
            "opened",
            "closed",
            "low_age",
            "high_age",
            "trust",
            "ward",
            "cluster",
            "postcode",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "urn": {"help_text": "Unique reference number."},
            "name": {"help_text": "Name of the school."},
            "la_code": {"help_text": "Code of its local authority."},
            "independent": {"help_text": "Whether it is an independent school."},
            "opened": {"help_text": "First day; null where not known."},
            "closed": {"help_text": "Last day; null while it is open."},
            "low_age": {"help_text": "Youngest age it takes."},
            "high_age": {"help_text": "Oldest age it takes."},
        }


class EnrolmentPart(serializers.ModelSerializer[Enrolment]):
    """A spell on a school's roll, both days inclusive."""

    school = serializers.IntegerField(source="school.urn", read_only=True, help_text="URN of the school.")
    kind = serializers.ChoiceField(Enrolment.Kind.choices, read_only=True, help_text="Main or subsidiary.")
    year_group = Text(help_text="As last told by the school: N1, N2, R, 1 to 14.")

    class Meta:
        model = Enrolment
        fields = ["id", "school", "start", "end", "kind", "year_group"]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the spell on roll."},
            "start": {"help_text": "First day on roll."},
            "end": {"help_text": "Last day on roll; null: still there."},
        }


class CharacteristicPart(serializers.ModelSerializer[Characteristic]):
    """Something true of a pupil between two dates."""

    kind = serializers.ChoiceField(Characteristic.Kind.choices, read_only=True, help_text="What is true.")

    class Meta:
        model = Characteristic
        fields = ["kind", "start", "end"]
        read_only_fields = fields
        extra_kwargs = {
            "start": {"help_text": "True from this day."},
            "end": {"help_text": "True until this day; null: still."},
        }


class PupilRow(serializers.ModelSerializer[Pupil]):
    """A pupil. Parents are not told here."""

    upn = Text(help_text="Unique pupil number; null where the pupil has none yet.")
    known_as = Text(help_text="The forename they go by, where it is another.")
    sex = Choice(Pupil.Sex.choices, help_text="Null where it is not known.")
    address = serializers.SerializerMethodField(help_text="Null where it is not known or not shown: see address_withheld.")
    postcode = serializers.SerializerMethodField(help_text="As address.")
    address_withheld = serializers.SerializerMethodField(
        help_text="True where the pupil lives with a parent whose address must stay hidden, and you are not in the authority."
    )
    former_upns = serializers.SerializerMethodField(help_text="Numbers they had before.")
    merged_into = serializers.IntegerField(
        source="merged_into_id", read_only=True, allow_null=True, help_text="Id of the pupil this record was found to be."
    )
    enrolments = EnrolmentPart(source="shown_enrolments", many=True, read_only=True, help_text="Spells on roll that you may see.")
    characteristics = CharacteristicPart(many=True, read_only=True, help_text="What is or was true of them.")

    class Meta:
        model = Pupil
        fields = [
            "id",
            "upn",
            "former_upns",
            "surname",
            "forename",
            "known_as",
            "dob",
            "sex",
            "address",
            "postcode",
            "address_withheld",
            "merged_into",
            "enrolments",
            "characteristics",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "id": {"help_text": "Id of the pupil."},
            "surname": {"help_text": "Surname."},
            "forename": {"help_text": "Forename."},
            "dob": {"help_text": "Date of birth; null where it is not known."},
        }

    def get_address_withheld(self, pupil: Any) -> bool:
        return pupil.lives_hidden

    def get_address(self, pupil: Any) -> str | None:
        return None if pupil.lives_hidden else pupil.address or None

    def get_postcode(self, pupil: Any) -> str | None:
        return None if pupil.lives_hidden else pupil.postcode or None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_former_upns(self, pupil: Pupil) -> list[str]:
        return [former.upn for former in pupil.former_upns.all()]
