"""Children of one family: what the data suggests, what a person says, and what must not be told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import family
from casework.actions import CaseProblem
from casework.actions import family as actions
from casework.models import FamilyLink
from schools import names
from schools.models import Parent, Pupil, School
from tests import factories
from tests.casework import make_case
from tests.casework.ways import make_referral
from tests.flows.reading import said

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)
HOME = {"address": "7 Mill Lane", "postcode": "MB2 2BB"}


def child(school: School, surname: str, **fields: Any) -> Pupil:
    pupil = factories.make_pupil(surname, "Ash", **fields)
    Pupil.objects.filter(pk=pupil.pk).update(search_text=names.pupil_search_text(pupil))
    factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    return pupil


def parent(*pupils: Pupil, **fields: Any) -> Parent:
    found = factories.make_parent(*pupils, **fields)
    Parent.objects.filter(pk=found.pk).update(search_text=names.parent_search_text(found))
    return found


def seen(pupil: Pupil, user: User) -> dict[str, tuple[str, ...]]:
    return {str(one.pupil): one.why for one in family.of(pupil, user, today=TODAY).candidates}


class TestCandidates:
    def test_a_shared_parent_and_a_shared_address(self, manager: User, school_a: School, school_b: School) -> None:
        teal, same, far = (child(school_a, surname) for surname in ("Teal", "Same", "Far"))
        child(school_b, "Near", **HOME)
        parent(teal, same, surname="Teal", address="7, Mill Lane", postcode="mb22bb")
        parent(far, address="8 Mill Lane", postcode="MB2 2BB")
        assert seen(teal, manager) == {"Ash Same": ("Same parent: Sam Teal", "Same address"), "Ash Near": ("Same address",)}

    def test_without_an_address_nobody_is_at_the_same(self, manager: User, school_a: School) -> None:
        teal, other = child(school_a, "Teal"), child(school_a, "Other")
        parent(teal, address="", postcode="")
        parent(other, address="", postcode="")
        assert seen(teal, manager) == {}

    def test_a_hidden_address_is_never_matched(self, manager: User, school_a: School) -> None:
        teal, other = child(school_a, "Teal", **HOME), child(school_a, "Other", **HOME)
        mother, father = parent(teal, **HOME), parent(surname="Gone")
        mother.hidden_from.add(father)
        assert seen(teal, manager) == {}
        assert seen(other, manager) == {}  # nor from the other side

    def test_a_child_elsewhere_is_not_named(
        self, officer: User, officer_client: Client, manager: User, school_a: School, school_b: School
    ) -> None:
        teal, secret = child(school_a, "Teal"), child(school_b, "Secret")
        parent(teal, secret)
        case = make_case(teal, school_a, officer=officer)
        words = said(officer_client.get(reverse("case", args=[case.pk])))
        assert "Another child is at a school you do not work with." in words
        assert "Secret" not in words
        assert "Birch" not in words
        assert seen(teal, manager) == {"Ash Secret": ("Same parent: Sam Teal", "Same address")}
        assert officer_client.get(reverse("family_link", args=[teal.pk, secret.pk])).status_code == 404

    def test_a_school_is_shown_none_of_it(self, officer: User, contact_a_client: Client, contact_a: User, school_a: School) -> None:
        teal, other = child(school_a, "Teal"), child(school_a, "Zephyr")
        parent(teal, other)
        case, referral = make_case(teal, school_a, officer=officer), make_referral(teal, school_a, by=contact_a)
        for address in (reverse("case", args=[case.pk]), reverse("referral", args=[referral.pk])):
            assert "Zephyr" not in said(contact_a_client.get(address))


class TestSaying:
    def test_a_person_links_them_with_a_reason_and_both_cases_say_so(
        self, officer: User, officer_client: Client, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        teal, other = child(school_a, "Teal"), child(school_a, "Other")
        parent(teal, other)
        cases = [make_case(one, school_a, officer=officer) for one in (teal, other)]
        address = reverse("family_link", args=[other.pk, teal.pk])
        assert "Same parent: Sam Teal; Same address: so the schools’ data says." in said(officer_client.get(address))
        assert "Enter how you know" in said(officer_client.post(address, {"verdict": "sibling", "why": " "}))
        for _ in range(2):  # a double click says it once
            officer_client.post(address, {"verdict": "sibling", "why": "Their mother told me."})
        link = FamilyLink.objects.get()
        assert (link.one, link.other, link.day, link.by) == (teal, other, TODAY, officer)
        for case in cases:
            note = case.entries.get(kind="note")
            assert note.words.endswith("brother or sister. Their mother told me.")
            assert not note.shared
        with django_assert_max_num_queries(15):
            words = said(officer_client.get(reverse("case", args=[cases[0].pk])))
        assert "Ash Other , brother or sister, open case of Ash Other Alder High School, Year 8. Olive Officer, Fri 20 Nov 2026" in words

    def test_not_linked_is_kept_apart_and_may_change(self, officer: User, manager: User, school_a: School) -> None:
        teal, other = child(school_a, "Teal"), child(school_a, "Other")
        parent(teal, other)
        given = {"today": TODAY, "now": clock.now(), "pupil": teal, "other": other}
        first = actions.judge(by=officer, verdict="none", why="Two people of one name.", **given)
        found = family.of(other, officer, today=TODAY)
        assert [one.link for one in found.apart] == [first]
        assert not found.candidates
        with pytest.raises(CaseProblem, match=r"Olive Officer said .* not linked. “Two people of one name.”"):
            actions.judge(by=manager, verdict="sibling", why="Seen the papers.", **given)
        second = actions.judge(by=manager, verdict="sibling", why="Seen the papers.", known=first.pk, **given)
        assert list(FamilyLink.objects.standing()) == [second]
        assert FamilyLink.objects.count() == 2


def test_what_was_said_of_a_record_found_to_be_the_same_child_s_is_shown_from_both_sides(
    officer: User, manager: User, school_a: School
) -> None:
    kept, twice, brother = child(school_a, "Teal"), child(school_a, "Teale"), child(school_a, "Brother")
    Pupil.objects.filter(pk=kept.pk).update(upn=None)
    words = {"verdict": "sibling", "why": "Their mother said so.", "known": None}
    actions.judge(by=officer, today=TODAY, now=clock.now(), pupil=twice, other=brother, **words)  # type: ignore[arg-type]
    Pupil.objects.filter(pk=twice.pk).update(merged_into=kept)
    for one, other in ((kept, brother), (brother, kept)):
        (linked,) = family.of(one, manager, today=TODAY).linked
        assert (linked.pupil, linked.link.why if linked.link else "") == (other, "Their mother said so.")
    actions.judge(by=manager, today=TODAY, now=clock.now(), pupil=kept, other=brother, verdict="household", why="Cousins.", known=None)
    (linked,) = family.of(kept, manager, today=TODAY).linked
    assert linked.link
    assert (linked.link.verdict, linked.link.why) == ("household", "Cousins.")
    Pupil.objects.filter(pk=twice.pk).update(merged_into=None)  # undone: each says what was said of it
    assert [one.link.why for one in family.of(twice, manager, today=TODAY).linked if one.link] == ["Their mother said so."]
