"""Contacts with a school outside meetings: what was done, as what it was."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from accounts.models import User
from accounts.permissions import Permission
from schools.models import Pupil, School


class SchoolContactQuerySet(models.QuerySet["SchoolContact"]):
    def visible_to(self, user: User) -> SchoolContactQuerySet:
        """The authority's own record of its contacts: those with the user's schools, for whoever plans meetings with them."""
        if not user.may(Permission.SEE_CONTACTS):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))


class SchoolContact(models.Model):
    """One contact with a school, or an attempt at one. Written, never changed: what was wrong is put right by another."""

    class How(models.TextChoices):
        PHONE = "phone", "Phone call"
        EMAIL = "email", "E-mail"
        VIDEO = "video", "Video call"
        VISIT = "visit", "Visit to the school"
        LETTER = "letter", "Letter"
        OTHER = "other", "Something else"

    class About(models.TextChoices):
        PUPILS = "pupils", "Pupils"
        ATTENDANCE = "attendance", "The school’s attendance"
        REGISTERS = "registers", "Registers and codes"
        ADVICE = "advice", "Advice on policy or practice"
        TRAINING = "training", "Training"
        OTHER = "other", "Something else"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="contacts_made")
    day = models.DateField()
    how = models.CharField(max_length=6, choices=How)
    reached = models.BooleanField()  # somebody spoke or answered; False: tried
    with_whom = models.CharField(max_length=160)
    about = models.CharField(max_length=10, choices=About)
    # The four core functions are free to every school; other work may be traded ("Working together to improve school attendance").
    traded = models.BooleanField(default=False)
    pupils = models.ManyToManyField(Pupil, related_name="school_contacts", blank=True)
    words = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice writes once

    objects = SchoolContactQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-day"], name="school_contact_by_school")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_how_display()}, {self.day:%-d %B %Y}"
