"""What happened before Daymark, or elsewhere: loaded records, the receipts of their files, and who signed the loaded history off."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from legal import penalty
from legal.models.others import HistoryEnquiry
from legal.penalty import Past
from legal.persons import Who
from schools.models import Parent, Pupil
from schools.models.people import kept_for_good


class Kind(models.TextChoices):
    NOTICES = "notices", "Penalty notice"
    CASES = "cases", "Case"
    CONTRACTS = "contracts", "Attendance contract"
    ORDERS = "orders", "Order"
    PROSECUTIONS = "prosecutions", "Prosecution"
    ADDRESSES = "addresses", "Previous address"

    @property
    def several(self) -> str:
        """What a file of them holds."""
        return "Previous addresses" if self == Kind.ADDRESSES else f"{self.label}s"


class HistoryLoad(models.Model):
    """The receipt of one file: who sent it, exactly which one, and what came of its rows."""

    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    loaded = models.PositiveIntegerField()
    already = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    rejected_rows = models.TextField(blank=True)  # as CSV, with a column that says why
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_kind_display().lower()}"

    @property
    def holds(self) -> str:
        return Kind(self.kind).several


class HistoricRecordQuerySet(models.QuerySet["HistoricRecord"]):
    def visible_to(self, user: User) -> HistoricRecordQuerySet:
        """The authority's alone: what other authorities told, and where people lived. An officer sees those of their pupils."""
        if not user.may(Permission.SEE_NOTICES) or not user.as_role.in_authority:
            return self.none()
        if user.as_role.every_school:
            return self
        mine = Pupil.objects.visible_to(user)
        return self.filter(Q(pupil__in=mine) | Q(pupil__isnull=True, upn__in=mine.exclude(upn=None).values("upn")))

    def standing(self) -> HistoricRecordQuerySet:
        """Without those that were found not to be right."""
        return self.filter(set_aside="")

    def waiting(self) -> HistoricRecordQuerySet:
        """Notices of a child whom we know, to somebody whom nobody has found among the child's parents yet."""
        return self.standing().filter(kind=Kind.NOTICES, pupil__isnull=False, parent__isnull=True, not_parents=[])


@kept_for_good
class HistoricRecord(models.Model):
    """One thing that happened before Daymark or elsewhere, as somebody else's records say it: who, when, what came of it.

    `pupil` and `parent` are those of ours whom it is of. One of a child or parent we do not know is kept, and found when they come.
    """

    class Issuer(models.TextChoices):
        AUTHORITY = "authority", "This authority, before Daymark"
        OTHER = "other", "Another authority"
        HEAD = "head", "A head teacher"
        POLICE = "police", "The police"

    class Outcome(models.TextChoices):
        PAID = "paid", "Paid"
        LIVE = "live", "Issued, not paid yet"
        WITHDRAWN = "withdrawn", "Withdrawn"
        CONVICTED = "convicted", "Unpaid, prosecuted: guilty"
        ACQUITTED = "acquitted", "Unpaid, prosecuted: not guilty"
        PROSECUTED = "prosecuted", "Unpaid, prosecuted: not decided, or not known"

    kind = models.CharField(max_length=12, choices=Kind)
    upn = models.CharField("UPN", max_length=13, blank=True, db_index=True)
    child_surname = models.CharField(max_length=100, blank=True)
    child_forename = models.CharField(max_length=100, blank=True)
    child_dob = models.DateField(null=True, blank=True)
    child_key = models.CharField(max_length=200, blank=True)  # schools.names.sort_key
    parent_surname = models.CharField(max_length=100, blank=True)
    parent_forename = models.CharField(max_length=100, blank=True)
    parent_dob = models.DateField(null=True, blank=True)
    address = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    day = models.DateField()  # issued, opened, begun, made, laid; of an address: from
    until = models.DateField(null=True, blank=True)
    what = models.CharField(max_length=120, blank=True)  # which order, which offence
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)  # of notices
    issuer = models.CharField(max_length=9, choices=Issuer, default=Issuer.AUTHORITY)
    issuer_name = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    amount = models.PositiveIntegerField(null=True, blank=True)  # pounds
    offence_from = models.DateField(null=True, blank=True)
    offence_to = models.DateField(null=True, blank=True)
    words = models.TextField(blank=True)
    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="historic_records")
    parent = models.ForeignKey(Parent, null=True, blank=True, on_delete=models.PROTECT, related_name="historic_records")
    # whom somebody has looked at and said that it is not of
    not_parents = ArrayField(models.BigIntegerField(), default=list, blank=True)
    not_pupils = ArrayField(models.BigIntegerField(), default=list, blank=True)
    tied_by = models.CharField(max_length=160, blank=True)  # who said so; "": the file's own numbers and names
    tied_why = models.TextField(blank=True)
    set_aside = models.TextField(blank=True)  # why it is not right; "": it stands
    load = models.ForeignKey(HistoryLoad, null=True, blank=True, on_delete=models.PROTECT, related_name="records")
    enquiry = models.ForeignKey(HistoryEnquiry, null=True, blank=True, on_delete=models.PROTECT, related_name="records")
    key = models.CharField(max_length=64, unique=True)  # what makes it the same row when it comes again
    version = models.PositiveIntegerField(default=1)

    objects = HistoricRecordQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["child_key", "child_dob"], name="historic_by_child")]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="notices") | ~Q(outcome=""), name="historic_notice_has_an_outcome"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("day")), name="historic_ends_after_start"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.called} of {penalty.written(self.day)}"

    @property
    def child_name(self) -> str:
        return f"{self.child_forename} {self.child_surname}".strip()

    @property
    def parent_name(self) -> str:
        return f"{self.parent_forename} {self.parent_surname}".strip()

    @property
    def called(self) -> str:
        """As it is named in a sentence: "Weir Council’s notice"."""
        if self.kind != Kind.NOTICES:
            return self.what or self.get_kind_display()
        number = f" {self.reference}" if self.reference else ""
        whose = {
            self.Issuer.AUTHORITY: f"Notice{number} issued here before Daymark",
            self.Issuer.OTHER: f"Notice{number} of {self.issuer_name or 'another authority'}",
            self.Issuer.HEAD: f"Notice{number} issued by a head teacher",
            self.Issuer.POLICE: f"Notice{number} issued by the police",
        }
        return whose[self.Issuer(self.issuer)]

    @property
    def who(self) -> Who:
        """Whom it names."""
        return Who(self.parent_surname, self.parent_forename, self.parent_dob, self.address, self.postcode)

    @property
    def past(self) -> Past:
        """As the rules look at a notice."""
        state, ended = {
            self.Outcome.PAID: (penalty.PAID, ""),
            self.Outcome.LIVE: (penalty.ISSUED, ""),
            self.Outcome.WITHDRAWN: (penalty.WITHDRAWN, ""),
            self.Outcome.CONVICTED: (penalty.PROSECUTED, penalty.GUILTY),
            self.Outcome.ACQUITTED: (penalty.PROSECUTED, penalty.NOT_GUILTY),
            self.Outcome.PROSECUTED: (penalty.PROSECUTED, ""),
        }[self.Outcome(self.outcome)]
        return Past(0, self.day, state, full=self.amount or 0, outcome=ended, told=self.called)

    @property
    def period(self) -> tuple[dt.date, dt.date] | None:
        """Of the offence, where it is known."""
        return (self.offence_from, self.offence_to) if self.offence_from and self.offence_to else None

    @property
    def takes(self) -> tuple[dt.date, dt.date]:
        """The days whose sessions it relies on: its period; where that is not known every day up to its own, for it can rely on none
        that came after (ours, careful: else one absence might be penalised twice)."""
        return self.period or (dt.date.min, self.day)


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def in_force(self) -> SignOffQuerySet:
        return self.filter(standing=True)


@kept_for_good
class SignOff(models.Model):
    """A manager's word that what was issued before has been loaded, from where, and until when it held."""

    words = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    standing = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=160, blank=True)
    ended_why = models.TextField(blank=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standing"], condition=Q(standing=True), name="sign_off_one_stands"),
            models.CheckConstraint(condition=~Q(words=""), name="sign_off_says_what"),
            models.CheckConstraint(condition=Q(standing=True) | ~Q(ended_why=""), name="sign_off_ends_with_a_reason"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Loaded history, signed off on {penalty.written(self.day)}"
