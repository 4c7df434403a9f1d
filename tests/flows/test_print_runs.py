"""Print runs: chosen, made, killed and taken up, posted on one day; and who is left out, with the reason."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework.actions import print_runs as actions
from casework.letters import making, paper
from casework.letters.fields import LetterProblem
from casework.models import Contact, Entry, Letter, PrintRun
from schools.models import Parent, Pupil, Responsibility, School
from tests import factories
from tests.casework import make_case
from tests.flows.letter_things import TODAY, child, pages_of, parents, read, template, write
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def four(school_a: School) -> list[Pupil]:
    """Children with two parents each."""
    found = [child(school_a, name) for name in ("Ash", "Beech", "Cedar", "Damson")]
    for pupil in found:
        parents(pupil)
    return found


def ask(by: User, pupils: list[Pupil], **more: Any) -> PrintRun:
    given = {"version": template(), "chosen": "All", **more}
    return actions.ask_for_run(by=by, today=TODAY, now=clock.now(), pupils=pupils, **given)


def carry_out(run: PrintRun) -> PrintRun:
    making.make_run(run.pk, now=clock.now())
    return PrintRun.objects.get(pk=run.pk)


class TestMade:
    def test_each_letter_begins_on_a_sheet_of_its_own(self, manager: User, four: list[Pupil]) -> None:
        run = carry_out(ask(manager, four))
        assert run.status == "made", run.error
        letters = list(run.letters.order_by("pk"))
        assert [(letter.pupil.surname, letter.parent.forename) for letter in letters] == [
            (name, who) for name in ("Ash", "Beech", "Cedar", "Damson") for who in ("Pat", "Kim")
        ]
        pages = pages_of(run.stored)
        assert run.sheets == len(pages) == 16
        for number, letter in enumerate(letters):
            assert letter.reference in pages[2 * number]
            assert pages[2 * number + 1] == ""  # the back of the sheet
            assert (pages[2 * number],) == tuple(pages_of(letter.stored))

    def test_killed_while_it_makes_letters_it_goes_on(self, manager: User, four: list[Pupil], monkeypatch: pytest.MonkeyPatch) -> None:
        run = ask(manager, four)
        made: list[int] = []
        whole = paper.pdf

        def dies_at_the_fourth(letter: Letter, over: Any) -> bytes:
            if len(made) == 3:
                made.append(0)
                raise KeyboardInterrupt  # as if the worker were killed
            made.append(letter.pk)
            return whole(letter, over)

        monkeypatch.setattr(paper, "pdf", dies_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            making.make_run(run.pk, now=clock.now())
        kept = {letter.pk: letter.sha256 for letter in Letter.objects.exclude(sha256="")}
        assert len(kept) == 3
        assert making.forgotten_runs() == [run.pk]
        run = carry_out(run)
        assert run.status == "made"
        assert Letter.objects.count() == 8
        assert sorted(made) == [0, *sorted(Letter.objects.values_list("pk", flat=True))]  # none was made twice
        assert all(Letter.objects.get(pk=pk).sha256 == sha for pk, sha in kept.items())
        assert making.forgotten_runs() == []
        assert making.make_run(run.pk, now=clock.now()) is None

    def test_killed_while_it_writes_letters_nobody_gets_two(
        self, manager: User, four: list[Pupil], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = ask(manager, four)
        monkeypatch.setattr(making, "_AT_ONCE", 1)
        some, calls = making._write_some, []

        def dies_at_the_third(*args: Any) -> None:
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            some(*args)

        monkeypatch.setattr(making, "_write_some", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            making.make_run(run.pk, now=clock.now())
        assert Letter.objects.count() == 4
        run = carry_out(run)
        assert sorted(Letter.objects.values_list("pupil", "parent")) == sorted(Responsibility.objects.values_list("pupil", "parent"))

    def test_who_is_left_out_and_why(self, manager: User, manager_client: Client, four: list[Pupil], school_a: School) -> None:
        ash, beech, cedar, damson = four
        hidden = Parent.objects.get(responsibilities__pupil=ash, forename="Kim")
        hidden.hidden_from.add(Parent.objects.get(responsibilities__pupil=ash, forename="Pat"))
        Responsibility.objects.filter(pupil=beech, parent__forename="Pat").update(parental_responsibility=None)
        Responsibility.objects.filter(pupil=beech, parent__forename="Kim").update(parental_responsibility=False)
        write(manager, cedar, Parent.objects.get(responsibilities__pupil=cedar, forename="Pat"))
        Parent.objects.filter(responsibilities__pupil=damson, forename="Pat").update(address="", postcode="")
        alone, silent = child(school_a, "Elm"), child(school_a, "Fir", marks="## ##")
        parents(silent)
        run = carry_out(ask(manager, [*four, alone, silent]))
        assert {(letter.pupil.surname, letter.parent.forename) for letter in run.letters.all()} == {
            ("Ash", "Pat"), ("Cedar", "Kim"), ("Damson", "Kim"),
        }  # fmt: skip
        page = said(manager_client.get(reverse("print_run", args=[run.pk])))
        for words in (
            "Robin Ash : Kim Ash The address is hidden",
            "Robin Beech : Pat Beech Whether they have parental responsibility is not known.",
            "Robin Beech : Kim Beech They have no parental responsibility.",
            "Robin Cedar : Pat Cedar They were written the same letter on 20 November 2026.",
            "Robin Damson : Pat Damson No address is recorded.",
            "Robin Elm No parent is recorded.",
            "Robin Fir : Pat Fir Sessions missed in the school year so far is not known",
        ):
            assert words in page
        assert "Far Road" not in " ".join(page for letter in run.letters.filter(pupil=ash) for page in pages_of(letter.stored))

    def test_the_same_letter_is_not_written_again_by_another_run(self, manager: User, four: list[Pupil]) -> None:
        carry_out(ask(manager, four))
        again = carry_out(ask(manager, four))
        assert again.letters.count() == 0
        assert again.status == "failed"
        assert "no letter in this run" in again.error
        assert len(again.left_out) == 8

    def test_a_letter_that_cannot_be_printed_does_not_hold_the_others(self, manager: User, four: list[Pupil]) -> None:
        Pupil.objects.filter(pk=four[0].pk).update(forename="\U0010fabc")
        run = carry_out(ask(manager, four[:2]))
        assert run.status == "made"
        assert {letter.pupil.surname for letter in run.letters.filter(status="made")} == {"Beech"}
        assert all("no font" in letter.error for letter in run.letters.filter(status="failed"))
        assert run.sheets == 4

    def test_a_letter_that_names_a_meeting_is_none_for_a_run(self, manager: User, four: list[Pupil]) -> None:
        with pytest.raises(LetterProblem, match=r"\{meeting_day\}, \{meeting_place\}, \{meeting_time\}, which differs from child to child"):
            ask(manager, four, version=template("Invitation to a meeting"))


class TestPosted:
    def test_one_day_for_all_and_each_case_told(
        self, manager: User, manager_client: Client, four: list[Pupil], school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        cases = [make_case(pupil, school_a) for pupil in four[:2]]
        run = ask(manager, four)
        address = reverse("print_run_posted", args=[run.pk])
        assert "not all made yet" in said(manager_client.post(address, date("day", TODAY)))
        run = carry_out(run)
        answer = manager_client.get(reverse("print_run_file", args=[run.pk]))
        assert read(b"".join(answer.streaming_content)).count("Dear") == 8  # type: ignore[attr-defined]
        assert set(run.letters.values_list("state", flat=True)) == {"printed"}
        gone = run.letters.filter(pupil=four[0]).first()
        assert gone is not None
        manager_client.post(reverse("letter_withdraw", args=[gone.pk]), {"why": "Moved away"})
        with django_assert_max_num_queries(25):  # however many letters there are
            manager_client.post(address, date("day", TODAY))
        manager_client.post(address, date("day", TODAY))
        assert run.letters.filter(state="sent", sent=TODAY, sent_by=manager).count() == 7
        told = Entry.objects.filter(kind=Entry.Kind.CONTACT).order_by("pk")
        assert [entry.case for entry in told] == [cases[0], cases[1], cases[1]]
        assert Contact.objects.filter(result="sent", kind="letter").count() == 3
        run.refresh_from_db()
        assert (run.posted, run.posted_by) == (TODAY, manager)
        with pytest.raises(LetterProblem, match="cannot be called off"):
            actions.cancel_run(by=manager, today=TODAY, run=run, why="Late")

    def test_an_address_hidden_since_is_not_handed_out(self, manager: User, manager_client: Client, four: list[Pupil]) -> None:
        run = carry_out(ask(manager, four[:1]))
        pat, kim = (Parent.objects.get(responsibilities__pupil=four[0], forename=name) for name in ("Pat", "Kim"))
        kim.hidden_from.add(pat)
        letter = run.letters.get(parent=kim)
        answer = manager_client.get(reverse("print_run_file", args=[run.pk]), follow=True)
        assert f"The address on {letter.reference} to Kim Ash has been hidden since" in said(answer)
        answer = manager_client.get(reverse("letter_file", args=[letter.pk]), follow=True)
        assert "This address has been hidden since the letter was written" in said(answer)
        manager_client.post(reverse("letter_withdraw", args=[letter.pk]), {"why": "Address hidden"})
        manager_client.post(reverse("print_run_again", args=[run.pk]))
        run = carry_out(run)
        (pages,) = {read(b"".join(manager_client.get(reverse("print_run_file", args=[run.pk])).streaming_content))}  # type: ignore[attr-defined]
        assert "Pat Ash" in pages
        assert "Far Road" not in pages
        manager_client.post(reverse("print_run_posted", args=[run.pk]), date("day", TODAY))
        assert run.letters.filter(state="sent").get().parent == pat

    def test_called_off_nothing_is_posted(self, manager: User, manager_client: Client, four: list[Pupil]) -> None:
        run = carry_out(ask(manager, four))
        address = reverse("print_run_cancel", args=[run.pk])
        assert "Enter why it is not sent" in said(manager_client.post(address, {}))
        manager_client.post(address, {"why": "The wrong letter"})
        assert set(run.letters.values_list("state", flat=True)) == {"withdrawn"}
        assert "was called off on 20 November 2026" in said(
            manager_client.post(reverse("print_run_posted", args=[run.pk]), date("day", TODAY))
        )
        assert manager_client.get(reverse("print_run_file", args=[run.pk])).status_code == 404


class TestChosen:
    def test_from_the_flagged_of_one_school(
        self, officer: User, officer_client: Client, school_a: School, school_b: School, django_assert_max_num_queries: Any
    ) -> None:
        absent, other = child(school_a, "Ash", "OO " * 20), child(school_a, "Beech", "OO " * 20)
        elsewhere, present = child(school_b, "Cedar", "OO " * 20), child(school_a, "Damson", r"/\ " * 20)
        for pupil in (absent, other, elsewhere, present):
            parents(pupil)
        factories.refresh(school_a, school_b, today=TODAY)
        address = reverse("print_run_new")
        chosen = {"of": "flag", "flag": "severe_absence", "school": school_a.urn, "template": template().pk}
        with django_assert_max_num_queries(15):
            answer = officer_client.get(address, chosen)
        assert "2 pupils" in said(answer)
        assert "Cedar" not in said(answer)
        sent = {"digest": answer.context["digest"], "form_token": str(answer.context["token"]), "leave": [str(other.pk)]}
        query = "?" + "&".join(f"{name}={value}" for name, value in chosen.items())
        stale = officer_client.post(address + query, sent | {"digest": "0"})
        assert "The list has changed since you looked at it" in said(stale)
        for _ in range(2):
            officer_client.post(address + query, sent)
        run = PrintRun.objects.get()
        assert run.pupils == [absent.pk]
        assert run.chosen == "Pupils with an open flag: Severe absence, Alder High School; 1 left out by hand"

    def test_no_letter_chosen_is_said(self, officer_client: Client, four: list[Pupil], school_a: School) -> None:
        make_case(four[0], school_a)
        answer = officer_client.get(reverse("print_run_new"), {"of": "case"})
        assert "1 pupil" in said(answer)
        sent = {"digest": answer.context["digest"], "form_token": str(uuid.uuid4())}
        assert "Choose a letter" in said(officer_client.post(reverse("print_run_new") + "?of=case", sent))

    def test_a_run_is_its_askers_and_the_managers(
        self, officer: User, officer_client: Client, manager: User, manager_client: Client, four: list[Pupil], school_a: School
    ) -> None:
        own, managers = ask(officer, four[:1]), ask(manager, four[1:])
        address = [reverse("print_run", args=[run.pk]) for run in (own, managers)]
        assert [officer_client.get(one).status_code for one in address] == [200, 404]
        assert [manager_client.get(one).status_code for one in address] == [200, 200]
        carry_out(own)
        officer.postings.update(end=dt.date(2026, 11, 19))  # the school is theirs no longer, nor are its children
        assert officer_client.get(address[0]).status_code == 404


def test_pages_ask_few_questions(manager: User, manager_client: Client, four: list[Pupil], django_assert_max_num_queries: Any) -> None:
    run = carry_out(ask(manager, four))
    for name, args in (
        ("print_runs", []),
        ("print_run", [run.pk]),
        ("letter_templates", []),
        ("letter_template", [run.version.template_id]),
    ):
        with django_assert_max_num_queries(15):
            assert manager_client.get(reverse(name, args=args)).status_code == 200
