"""What somebody has said of two records: that they are one person, or that they are not."""

from __future__ import annotations

from collections.abc import Iterable

import pgtrigger
from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q

from schools.models import Parent, Pupil
from schools.models.people import kept_for_good

# everybody who is reached by answers of "the same", from each of some records; as long as there is somebody new
TOGETHER = """
with recursive person(record, of) as (
    select one, one from unnest(%s::bigint[]) one
    union
    select said.beside, person.of
    from person join (
        select one_id record, other_id beside from legal_personanswer where verdict = 'same' and ended_at is null
        union all
        select other_id, one_id from legal_personanswer where verdict = 'same' and ended_at is null
    ) said on said.record = person.record
)
select of, record from person
"""
TOGETHER_AS_JSON = "(select coalesce(jsonb_agg(jsonb_build_array(of, record)), '[]'::jsonb) from (" + TOGETHER + ") found)"  # noqa: S608  (two constants)


class PersonAnswerQuerySet(models.QuerySet["PersonAnswer"]):
    def standing(self) -> PersonAnswerQuerySet:
        return self.filter(ended_at__isnull=True)

    def persons(self, parents: Iterable[int]) -> dict[int, frozenset[int]]:
        """By parent record: every record that is the same person, itself among them. One query."""
        wanted = list(parents)
        found: dict[int, set[int]] = {key: {key} for key in wanted}
        if wanted:
            with connection.cursor() as cursor:
                cursor.execute(TOGETHER, [wanted])
                for of, record in cursor.fetchall():
                    found[of].add(record)
        return {key: frozenset(records) for key, records in found.items()}


@kept_for_good
class PersonAnswer(models.Model):
    """What was said of two parent records; `one` has the lower key. It is taken back by ending it, with a reason."""

    class Verdict(models.TextChoices):
        SAME = "same", "The same person"
        APART = "apart", "Two people"

    one = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=5, choices=Verdict)
    why = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=160, blank=True)
    ended_why = models.TextField(blank=True)

    objects = PersonAnswerQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["other"], name="person_answer_by_other")]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], condition=Q(ended_at=None), name="person_one_answer_a_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="person_lower_key_first"),
            models.CheckConstraint(condition=~Q(why=""), name="person_answer_says_why"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.one} and {self.other}: {self.get_verdict_display().lower()}"


@kept_for_good
class ChildrenApart(models.Model):
    """Two pupil records of one name and day of birth that are two children all the same. That they are one is said by merging them."""

    one = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    why = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=160, blank=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "children apart"
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], condition=Q(ended_at=None), name="children_apart_once_a_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="children_lower_key_first"),
            models.CheckConstraint(condition=~Q(why=""), name="children_apart_says_why"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.one} and {self.other}: two children"
