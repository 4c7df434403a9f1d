"""What a curious or careless insider could learn or undo: addresses kept from somebody, other schools' children, files left open."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from accounts import audit, clock
from accounts.models import AuditEvent, User
from attendance import actions
from attendance.imports import load, preview
from attendance.models import Extract
from casework.actions import record_contact
from schools import names
from schools.actions import roll as roll_actions
from schools.importers import roll as roll_file
from schools.models import Enrolment, Parent, Pupil, Responsibility, School
from tests import factories
from tests.casework import make_case
from tests.conftest import Browse
from tests.flows.doors.casework import DOORS as CASES
from tests.flows.doors.casework import things_of as doors_of_cases
from tests.flows.doors.legal import DOORS as NOTICES
from tests.flows.doors.legal import things_of
from tests.flows.doors.meetings import DOORS as MEETINGS
from tests.flows.doors.meetings import things_of as doors_of_meetings
from tests.flows.extracts import MONDAY, csv_text, days_text

pytestmark = pytest.mark.django_db

# How often a school is met, what was offered to it and its answer: of the school, with numbers of children and no name.
NAMES_NO_CHILD = {"year_plan", "offer", "offer_answer", "offer_judge", "offer_follow_up", "bulk_progress", "bulk_posted"}
PRESENT = {MONDAY: ("/", "\\")}


@pytest.fixture
def hidden(school_a: School) -> Responsibility:
    """Ewa lives with a mother whose address the father must not learn."""
    child = factories.make_pupil("Hidden", "Ewa", upn=factories.valid_upn(12345), address="8 Quiet Close", postcode="MB7 9QX")
    child.search_text = names.pupil_search_text(child)
    child.save()
    factories.enrol(child, school_a)
    factories.write_marks(child.enrolments.get(), MONDAY, "OOOOOOOOOO")
    mother = factories.make_parent(child, forename="Maria", phone="07700 900111", address="8 Quiet Close", postcode="MB7 9QX")
    mother.hidden_from.add(factories.make_parent(child, forename="Karl", phone="07700 900222", address="1 Loud Street", postcode="MB1 1AA"))
    Responsibility.objects.filter(parent__forename="Karl").update(lives_with=False)
    return Responsibility.objects.get(parent=mother)


class TestHiddenAddresses:
    @pytest.mark.parametrize("typed", ["MB7 9QX", "mb79qx", "9qx", "mb7", "79"])
    def test_the_list_s_filter_does_not_answer_to_a_postcode(
        self, typed: str, hidden: Responsibility, contact_a_client: Client, school_a: School, today: dt.date
    ) -> None:
        factories.refresh(school_a, today=today)
        page = contact_a_client.get(reverse("pupils_at_risk"), {"flag": "all", "low_data": "shown", "q": "hidden"}).content.decode()
        assert "Ewa" in page
        page = contact_a_client.get(reverse("pupils_at_risk"), {"flag": "all", "low_data": "shown", "q": typed}).content.decode()
        assert "Ewa" not in page

    @pytest.mark.parametrize("page", ["requests", "notices", "cases"])
    def test_nor_do_those_of_cases_and_notices(
        self, page: str, hidden: Responsibility, contact_a_client: Client, school_a: School, legal: User
    ) -> None:
        things_of(school_a, hidden.pupil, hidden.parent)
        make_case(hidden.pupil, school_a)
        for typed, found in (("hidden", True), (str(hidden.pupil.upn), True), ("mb79qx", False), ("9qx", False), ("mb7", False)):
            answer = contact_a_client.get(reverse(page), {"q": typed}).content.decode()
            assert ("Ewa" in answer) is found, typed

    def test_a_school_cannot_say_that_the_child_lives_elsewhere(self, hidden: Responsibility, contact_a_client: Client) -> None:
        said = {"forename": "Maria", "surname": "Hidden", "relationship": "mother", "parental_responsibility": "yes"}
        contact_a_client.post(reverse("parent_edit", args=[hidden.pk]), said)  # "lives with" is not ticked
        assert "Quiet Close" not in contact_a_client.get(reverse("pupil", args=[hidden.pupil_id])).content.decode()
        assert "Quiet Close" not in contact_a_client.get(reverse("pupil_edit", args=[hidden.pupil_id])).content.decode()

    def test_a_school_cannot_take_the_parent_away(self, hidden: Responsibility, contact_a_client: Client, officer_client: Client) -> None:
        page = contact_a_client.get(reverse("parent_edit", args=[hidden.pk])).content.decode()
        assert reverse("parent_unlink", args=[hidden.pk]) not in page
        page = contact_a_client.post(reverse("parent_unlink", args=[hidden.pk]), follow=True).content.decode()
        assert "Ask the authority" in page
        assert "Quiet Close" not in page
        officer_client.post(reverse("parent_unlink", args=[hidden.pk]))
        assert not Responsibility.objects.filter(pk=hidden.pk).exists()

    @pytest.mark.parametrize(("address", "postcode"), [("99 Old Road", "MB2 2BB"), ("8 Quiet Close", "MB7 9QX")])
    def test_a_school_s_roll_neither_changes_nor_confirms_it(
        self, address: str, postcode: str, hidden: Responsibility, contact_a: User, school_a: School, today: dt.date
    ) -> None:
        header = [
            "UPN",
            "Surname",
            "Forename",
            "Address",
            "Postcode",
            *(f"Parent1 {n}" for n in ("surname", "forename", "address", "postcode")),
        ]
        text = csv_text([header, [hidden.pupil.upn, "Hidden", "Ewa", address, postcode, "Hidden", "Maria", address, postcode]])
        rows = roll_file.read(text.encode(), today=today).rows
        receipt = roll_actions.load_roll(by=contact_a, today=today, rows=rows, school=school_a)
        assert (receipt.pupils_corrected, receipt.parents_corrected, receipt.parents_added) == (0, 0, 0)
        assert Pupil.objects.get(pk=hidden.pupil_id).address == "8 Quiet Close"
        assert Parent.objects.get(pk=hidden.parent_id).address == "8 Quiet Close"

    def test_the_authority_s_roll_does(self, hidden: Responsibility, today: dt.date, school_a: School) -> None:
        header = ["UPN", "Surname", "Forename", "Address", "Parent1 surname", "Parent1 forename", "Parent1 address"]
        text = csv_text([header, [hidden.pupil.upn, "Hidden", "Ewa", "9 New Road", "Hidden", "Maria", "9 New Road"]])
        roll_actions.load_roll(by=None, today=today, rows=roll_file.read(text.encode(), today=today).rows, school=school_a)
        assert Pupil.objects.get(pk=hidden.pupil_id).address == "9 New Road"
        assert Parent.objects.get(pk=hidden.parent_id).address == "9 New Road"

    def test_naming_a_parent_by_the_address_does_not_confirm_it(
        self, hidden: Responsibility, contact_b: User, contact_b_client: Client, school_b: School, today: dt.date
    ) -> None:
        """Somebody else's school tries a name with an address: were it right, the parent's telephone would appear."""
        other, third = factories.make_pupil("Other"), factories.make_pupil("Third")
        factories.enrol(other, school_b)
        factories.enrol(third, school_b)
        said = {"forename": "Maria", "surname": "Hidden", "relationship": "mother", "address": "8 Quiet Close", "postcode": "MB7 9QX"}
        contact_b_client.post(reverse("parent_add", args=[other.pk]), said)
        assert "07700 900111" not in contact_b_client.get(reverse("pupil", args=[other.pk])).content.decode()
        header = ["UPN", "Surname", "Forename", "Parent1 surname", "Parent1 forename", "Parent1 address", "Parent1 postcode"]
        text = csv_text([header, [third.upn, "Third", "Alex", "Hidden", "Maria", "8 Quiet Close", "MB7 9QX"]])
        roll_actions.load_roll(by=contact_b, today=today, rows=roll_file.read(text.encode(), today=today).rows, school=school_b)
        assert not Responsibility.objects.filter(pupil=third, parent=hidden.parent).exists()

    def test_a_school_finds_no_parent_of_another_school_s_child(
        self, contact_b: User, contact_b_client: Client, officer_client: Client, school_a: School, school_b: School, today: dt.date
    ) -> None:
        """A name with a telephone number would open the rest of what is written about somebody, and let it be changed."""
        theirs, ours, third = factories.make_pupil("Theirs"), factories.make_pupil("Ours"), factories.make_pupil("Third")
        factories.enrol(theirs, school_a)
        factories.enrol(ours, school_b)
        factories.enrol(third, school_b)
        parent = factories.make_parent(
            theirs, forename="Ina", surname="Both", phone="07700 900333", address="5 Far Lane", postcode="MB9 9ZZ"
        )
        said = {"forename": "Ina", "surname": "Both", "relationship": "mother", "phone": "07700 900333", "lives_with": "on"}
        contact_b_client.post(reverse("parent_add", args=[ours.pk]), said)
        assert "Far Lane" not in contact_b_client.get(reverse("pupil", args=[ours.pk])).content.decode()
        header = ["UPN", "Surname", "Forename", "Parent1 surname", "Parent1 forename", "Parent1 phone"]
        text = csv_text([header, [third.upn, "Third", "Alex", "Both", "Ina", "07700 900333"]])
        roll_actions.load_roll(by=contact_b, today=today, rows=roll_file.read(text.encode(), today=today).rows, school=school_b)
        assert list(Responsibility.objects.filter(parent=parent).values_list("pupil", flat=True)) == [theirs.pk]
        # within its own pupils it finds them, and the authority finds everybody
        assert Responsibility.objects.filter(pupil__in=[ours, third]).values("parent").distinct().count() == 1
        sibling = factories.make_pupil("Sibling")
        factories.enrol(sibling, school_a)
        officer_client.post(reverse("parent_add", args=[sibling.pk]), said | {"phone": "", "address": "5 Far Lane", "postcode": "MB9 9ZZ"})
        assert Responsibility.objects.filter(parent=parent, pupil=sibling).exists()

    def test_whom_it_is_hidden_from_is_named_to_those_who_may_see_them(
        self, hidden: Responsibility, contact_a_client: Client, school_b: School
    ) -> None:
        """The father has children at another school only: this school is not told who he is."""
        edit, page = reverse("parent_edit", args=[hidden.pk]), reverse("pupil", args=[hidden.pupil_id])
        assert "Address hidden from Karl" in contact_a_client.get(edit).content.decode()
        elsewhere = factories.make_pupil("Elsewhere")
        factories.enrol(elsewhere, school_b)
        Responsibility.objects.filter(parent__forename="Karl").update(pupil=elsewhere)
        for address in (edit, page):
            seen = contact_a_client.get(address).content.decode()
            assert "Address hidden from somebody else" in seen
            assert "Karl" not in seen

    def test_saving_keeps_it_hidden_from_those_whom_the_officer_may_not_see(
        self, hidden: Responsibility, officer: User, officer_client: Client
    ) -> None:
        stranger = factories.make_parent(factories.make_pupil("Elsewhere"), forename="Unseen")
        hidden.parent.hidden_from.add(stranger)
        assert not Parent.objects.visible_to(officer).filter(pk=stranger.pk).exists()
        edit = reverse("parent_edit", args=[hidden.pk])
        assert "Unseen" not in officer_client.get(edit).content.decode()
        said = {"forename": "Maria", "surname": "Hidden", "relationship": "mother", "address": "8 Quiet Close", "postcode": "MB7 9QX"}
        officer_client.post(edit, said)  # Karl is not ticked
        assert list(hidden.parent.hidden_from.all()) == [stranger]


class TestOtherSchoolsChildren:
    def loaded(self, by: User, school: School, text: str, today: dt.date) -> Extract:
        now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
        extract = actions.receive_extract(by=by, today=today, now=now, content=[text.encode()], filename="r.csv", school=school)
        sniffed, _, _ = preview.look(load.stored(extract))
        assert sniffed.draft is not None
        extract = actions.queue_extract(by=by, today=today, extract=extract, mapping=sniffed.draft.to_json(), create_pupils=True)
        load.load(extract, today=today)
        extract.refresh_from_db()
        return extract

    def test_a_upn_tried_out_in_a_register_brings_nobody_s_child(
        self, contact_a: User, school_a: School, school_b: School, today: dt.date
    ) -> None:
        """The page and the roll ask for a surname or a birthday that fits; a register is no way round them."""
        child = factories.make_pupil("Elsewhere", dob=dt.date(2012, 5, 5))
        factories.enrol(child, school_b)
        assert child.upn
        extract = self.loaded(contact_a, school_a, days_text({(school_a.urn, child.upn): PRESENT}), today)
        assert not Pupil.objects.visible_to(contact_a).exists()
        assert extract.rows_rejected == 1
        assert "date of birth" in extract.rejected[0]["message"]

    def test_a_name_that_is_not_theirs_is_said_so(self, contact_a: User, school_a: School, school_b: School, today: dt.date) -> None:
        """Nor does the placeholder for a name that nobody gave open anything."""
        child, nameless = factories.make_pupil("Elsewhere", dob=dt.date(2012, 5, 5)), factories.make_pupil(names.NOT_KNOWN, dob=None)
        for pupil in (child, nameless):
            factories.enrol(pupil, school_b)
        rows = [
            ["UPN", "Surname", "Date", "AM", "PM"],
            [child.upn, "Somebody", MONDAY, "/", "/"],
            [nameless.upn, names.NOT_KNOWN, MONDAY, "/", "/"],
        ]
        extract = self.loaded(contact_a, school_a, csv_text(rows), today)
        assert not Pupil.objects.visible_to(contact_a).exists()
        assert {row["message"][:52] for row in extract.rejected} == {"This UPN belongs to a pupil of another school whose "}

    def test_the_authority_is_asked_whether_it_is_the_same_child(
        self, officer: User, school_a: School, school_b: School, today: dt.date
    ) -> None:
        child = factories.make_pupil("Elsewhere", dob=dt.date(2012, 5, 5))
        factories.enrol(child, school_b)
        extract = self.loaded(
            officer, school_a, csv_text([["UPN", "Surname", "Date", "AM", "PM"], [child.upn, "Somebody", MONDAY, "/", "/"]]), today
        )
        assert Enrolment.objects.filter(school=school_a, pupil=child).exists()
        assert any(str(child.upn) in question and "another surname" in question for question in extract.questions)

    def test_a_child_who_is_plainly_meant_is_put_on_roll(self, contact_a: User, school_a: School, school_b: School, today: dt.date) -> None:
        child = factories.make_pupil("Sample", dob=dt.date(2012, 5, 5))
        born = factories.make_pupil("Married-Since", dob=dt.date(2014, 11, 11))
        for pupil in (child, born):
            factories.enrol(pupil, school_b)
        assert child.upn
        assert born.upn
        self.loaded(contact_a, school_a, days_text({(school_a.urn, child.upn): PRESENT, (school_a.urn, born.upn): PRESENT}), today)
        assert Enrolment.objects.filter(school=school_a).count() == 2

    def test_the_authority_need_not_prove_it(self, officer: User, school_a: School, school_b: School, today: dt.date) -> None:
        child = factories.make_pupil("Elsewhere", dob=dt.date(2012, 5, 5))
        factories.enrol(child, school_b)
        assert child.upn
        self.loaded(officer, school_a, days_text({(school_a.urn, child.upn): PRESENT}), today)
        assert Enrolment.objects.filter(school=school_a, pupil=child).exists()

    def test_a_file_of_the_authority_is_not_previewed_to_the_school(
        self, officer_client: Client, contact_a_client: Client, school_a: School, school_b: School
    ) -> None:
        """It may hold rows of other schools, which will be turned away: their children are nobody's at this one."""
        text = days_text({(school_b.urn, factories.valid_upn(4711)): PRESENT, (school_a.urn, factories.valid_upn(4712)): PRESENT})
        address = reverse("school_upload", args=[school_a.urn])
        token = officer_client.get(address).context["form"]["form_token"].value()
        officer_client.post(address, {"file": SimpleUploadedFile("r.csv", text.encode()), "form_token": str(token)})
        extract = Extract.objects.get()
        assert factories.valid_upn(4711) in officer_client.get(reverse("extract_mapping", args=[extract.pk])).content.decode()
        answer = contact_a_client.get(reverse("extract_mapping", args=[extract.pk]), follow=True)
        assert answer.status_code == 200
        assert factories.valid_upn(4711) not in answer.content.decode()
        assert "This file waits for" in answer.content.decode()


class TestTheAdministrator:
    def test_home_names_no_child(self, administrator: User, contact_a_client: Client, school_a: School, browse) -> None:  # type: ignore[no-untyped-def]
        child = factories.make_pupil("Unsaid", "Ida")
        factories.enrol(child, school_a)
        contact_a_client.get(reverse("pupil", args=[child.pk]))
        page = browse(administrator).get(reverse("home")).content.decode()
        assert "looked at a pupil" in page
        assert "Unsaid" not in page


class TestLooks:
    """Who looked at what of a child can be told, whichever page it was."""

    @pytest.mark.parametrize("part", ["officer", "legal", "contact_a"])
    def test_each_page_about_a_child_leaves_a_line(
        self, part: str, cast: dict[str, User], school_a: School, browse: Browse, legal: User
    ) -> None:
        child = factories.make_pupil()
        factories.enrol(child, school_a)
        things = things_of(school_a, child, factories.make_parent(child))
        things |= doors_of_meetings(school_a, child) | doors_of_cases(school_a, child)
        doors = {name: door for name, door in (MEETINGS | NOTICES | CASES).items() if door.of in things and part in door.roles}
        client, silent = browse(cast[part]), []
        for name, door in doors.items():
            before = AuditEvent.objects.count()
            answer = client.get(reverse(name, kwargs=things[door.of] | door.arguments))
            if name not in NAMES_NO_CHILD and answer.status_code == 200 and AuditEvent.objects.count() == before:
                silent.append(name)
        assert silent == []


class TestLeftOpen:
    def test_no_page_stays_in_the_browser_after_signing_out(self, contact_a_client: Client, school_a: School) -> None:
        """School offices share computers: the way back must not show a child to whoever sits there next."""
        child = factories.make_pupil()
        factories.enrol(child, school_a)
        for address in (reverse("pupil", args=[child.pk]), reverse("home"), reverse("search") + "?q=smith"):
            assert "no-store" in contact_a_client.get(address)["Cache-Control"]
        assert "immutable" in contact_a_client.get(reverse("brand") + "?v=1")["Cache-Control"]

    def test_registers_on_disk_are_for_the_service_alone(self) -> None:
        name = default_storage.save("extracts/aa/some-register", ContentFile(b"UPN,Marks"))
        path = Path(default_storage.path(name))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in list(path.parents)[:2]] == [0o700, 0o700]

    def test_the_audit_trail_cannot_be_changed(self) -> None:
        """Not even by code of ours that is wrong: the database refuses."""
        event = audit.record("tried", by=None)
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            AuditEvent.objects.filter(pk=event.pk).update(act="never happened")
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            event.delete()


class TestOrder:
    def test_a_school_does_not_learn_of_contacts_by_their_order(
        self, contact_a_client: Client, officer_client: Client, officer: User, school_a: School
    ) -> None:
        met = []
        for surname, day in (("Zephyr", dt.date(2026, 11, 5)), ("Quillon", dt.date(2026, 11, 12))):
            child = factories.make_pupil(surname, "Robin")
            factories.enrol(child, school_a, start=dt.date(2026, 9, 1))
            case = make_case(child, school_a, officer=officer)
            record_contact(
                by=officer, today=day, now=clock.now(), case=case, day=day, kind="phone", parent=None, result="spoke", words="Spoke."
            )
            met.append(surname)

        def order(client: Client, sort: str) -> list[str]:
            page = client.get(reverse("cases"), {"sort": sort}).content.decode()
            return sorted(met, key=page.index)

        assert order(officer_client, "contact") == met
        assert order(officer_client, "-contact") == met[::-1]
        assert order(contact_a_client, "contact") == order(contact_a_client, "-contact")


class TestOddInput:
    @pytest.mark.parametrize(
        ("page", "query"),
        [
            ("school_list", {"q": "²"}),
            ("school_list", {"q": "99999999"}),
            ("search", {"q": "ab\0cd"}),
            ("search", {"q": "²²²²"}),
            ("search", {"q": "١٢٣٤٥٦"}),
            ("pupils_at_risk", {"q": "a\0b"}),
            ("pupils_at_risk", {"sort": "-" * 50, "page": "²"}),
            ("audit", {"before": "²"}),
        ],
    )
    def test_no_page_breaks(self, page: str, query: dict[str, str], manager_client: Client) -> None:
        assert manager_client.get(reverse(page), query).status_code == 200

    def test_a_roll_with_an_odd_urn(self, today: dt.date) -> None:
        text = f"URN,UPN,Surname,Forename\r\n²,{factories.valid_upn(4711)},Sample,Bo\r\n"
        found = roll_file.read(text.encode(), today=today)
        assert [problem.field for problem in found.problems] == ["urn"]
