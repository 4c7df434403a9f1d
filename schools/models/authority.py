"""The authority that runs this copy of Daymark, and the policy values it has set for itself."""

import datetime as dt

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from schools import policy

is_colour = RegexValidator(r"^#[0-9a-fA-F]{6}$", "Enter a colour like #1d70b8")


class Authority(models.Model):
    """One row. Its name and colours are on every page; its code marks its own schools."""

    name = models.CharField(max_length=120)
    la_code = models.CharField(max_length=3)
    colour = models.CharField(max_length=7, default="#0f4c5c", validators=[is_colour])
    accent = models.CharField(max_length=7, default="#e36414", validators=[is_colour])
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    protection_email = models.EmailField(blank=True)  # of the data-protection lead, who signs in by it
    address = models.TextField(blank=True)  # a line each, as on a letter
    logo = models.CharField(max_length=200, blank=True)  # name in file storage

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="authority_is_one_row")]

    def __str__(self) -> str:
        return self.name


class PolicyValueQuerySet(models.QuerySet["PolicyValue"]):
    def in_force(self, day: dt.date) -> policy.Policy:
        """The policy of `day`: national values with this authority's own over them."""
        return policy.in_force(day, self.values_list("key", "value", "start"))


class PolicyValue(models.Model):
    """A local value that stands in place of the shipped national one from `start` on (schools.policy)."""

    key = models.CharField(max_length=60)
    value = models.JSONField()
    start = models.DateField()
    reason = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = PolicyValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "start"], name="policy_one_value_a_day"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="policy_value_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value} from {self.start}"
