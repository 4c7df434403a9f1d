"""Loaded history, same persons and other authorities in a real browser: loaded with a preview, answered, signed off, looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from legal.models import HistoricRecord, HistoryEnquiry
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.notice_things import on_holiday, submitted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_loads_and_everybody_in_doubt_is_answered(
    manager: User, contact_a: User, school_a: School, live_server: Any, page: Page, tmp_path: Path
) -> None:
    onlooker = Onlooker(page)

    def visit(name: str, *args: Any) -> None:
        page.goto(live_server.url + reverse(name, args=args))
        onlooker.look()

    pupil = on_holiday(school_a)
    pat = factories.make_parent(pupil, forename="Pat", address="4 Weir Road", postcode="MB2 2BB")
    factories.make_parent(forename="P", surname="Example", address="4 Weir Road", postcode="MB2 2BB", phone="")
    asked = submitted(contact_a, pupil, school_a, pat)
    sign_in(page, live_server.url, manager)
    visit("legal")
    visit("history")
    file = tmp_path / "before.csv"
    head = "upn,parent_surname,parent_forename,issued,outcome,issued_by,issuer_name"
    lines = [f"{pupil.upn},Exampel,P,03/03/2025,paid,other authority,Weir Council", "A12345,Sample,Kim,03/03/2025,paid,police,"]
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    visit("history_load")
    page.get_by_label("Penalty notices").check()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("1 row is rejected")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Load 1 row").click()
    onlooker.look()
    visit("history")
    record = HistoricRecord.objects.get()
    visit("historic_record", record.pk)
    visit("historic_correct", record.pk)
    visit("historic_set_aside", record.pk)
    visit("request", asked.pk)
    expect(page.get_by_text("To whom was it?")).to_be_visible()
    expect(page.get_by_text("One person or two?")).to_be_visible()
    visit("historic_whose", record.pk)
    page.get_by_role("button", name="Keep the answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose to whom it was")
    onlooker.look()
    page.get_by_label("Pat Example").check()
    page.get_by_label("How you know").fill("The letter is on file.")
    page.get_by_role("button", name="Keep the answer").click()
    visit("same_persons")
    page.get_by_role("link", name="Look at both").click()
    onlooker.look()
    page.get_by_label("The same person").check()
    page.get_by_label("How you know").fill("She says so.")
    page.get_by_role("button", name="Keep the answer").click()
    expect(page.get_by_text("Nothing to answer")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Take it back").click()
    onlooker.look()
    visit("request", asked.pk)
    expect(page.get_by_text("Second: £160")).to_be_visible()
    visit("history_sign_off")
    page.get_by_role("link", name="Take that back").click()
    onlooker.look()
    page.get_by_label("Why the sign-off is taken back").fill("The police’s list is missing.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("History not loaded")).to_be_visible()
    onlooker.look()
    visit("request", asked.pk)
    visit("other_authorities")
    page.get_by_role("link", name="Write down a question").first.click()
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who asked")
    onlooker.look()
    page.get_by_label("We asked").check()
    page.get_by_label("The other authority").fill("Weir Council")
    page.get_by_label("UPN of the child").fill(pupil.upn or "")
    page.get_by_role("button", name="Write it down").click()
    onlooker.look()
    enquiry = HistoryEnquiry.objects.get()
    visit("other_authority_reply", enquiry.pk)
    visit("other_authority_notice", enquiry.pk)
    visit("other_authorities")
    other = factories.make_pupil(pupil.surname, pupil.forename)
    factories.enrol(other, school_a)
    visit("two_children", pupil.pk, other.pk)
