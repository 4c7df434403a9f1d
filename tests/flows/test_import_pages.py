"""A school sends its registers through the pages, and sees what became of them."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEvent
from attendance.models import Extract, Load
from config import pipeline
from schools.models import Pupil
from tests.factories import enrol, make_pupil, valid_upn, write_marks
from tests.flows.extracts import MONDAY, csv_text, days_text, importing, marks_of, weeks_text

pytestmark = pytest.mark.django_db

WEEK = r"/\/\II/\OO"


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


def post_file(client, school, text, *, token=None, name="register.csv"):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text, content_type="text/csv")
    return client.post(reverse("school_upload", args=[school.urn]), {"file": file, "form_token": token or uuid.uuid4()})


def form_of(response):
    """What a browser would send back: the values the page was filled with."""
    values = {}
    for form in (response.context["form"], response.context["codes"]):
        for bound in form:
            value = bound.value()
            if value not in (None, "") and value is not False:
                values[bound.name] = value
    return values


def confirm(client, extract, **changes):
    page = client.get(reverse("extract_mapping", args=[extract.pk]))
    return client.post(reverse("extract_mapping", args=[extract.pk]), form_of(page) | {"load": "1"} | changes)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_from_the_file_to_the_receipt(contact_a_client, contact_a, school_a, bo, today, django_capture_on_commit_callbacks):
    text = weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, r"/\/?II/\OO"), (school_a.urn, valid_upn(70010), MONDAY, WEEK)])
    sent = post_file(contact_a_client, school_a, text)
    extract = Extract.objects.get()
    assert sent.url == reverse("extract_mapping", args=[extract.pk])
    assert (extract.status, extract.received_by, extract.school) == (Extract.Status.RECEIVED, contact_a, school_a)
    page = contact_a_client.get(sent.url)
    seen = words(page)
    assert "Mon 7 Sep 2026: AM /" in seen
    assert bo.pupil.upn in seen
    assert "Absent in other or unknown circumstances" in seen
    assert "“?”" in seen
    assert f"1 of 2 pupils in the file is not on roll at {school_a}" in seen
    assert marks_of(bo) == "." * 10
    confirmed = confirm(contact_a_client, extract)
    assert confirmed.url == reverse("extract", args=[extract.pk])
    assert "Waiting for its turn" in words(contact_a_client.get(confirmed.url))
    pipeline.load_extract(extract.pk, today=today)
    receipt = words(contact_a_client.get(confirmed.url))
    assert "9 new marks are in the register" in receipt
    assert "2 rows to correct" in receipt
    assert f"No pupil with UPN {valid_upn(70010)} is on roll at {school_a}" in receipt
    assert marks_of(bo) == r"/\/.II/\OO"


def test_own_codes_and_new_pupils_are_the_senders_to_say(contact_a_client, school_a, today):
    text = weeks_text([(school_a.urn, valid_upn(70011), MONDAY, r"/\/;II/\OO")])
    post_file(contact_a_client, school_a, text)
    extract = Extract.objects.get()
    name = f"own_code_{b';'.hex()}"
    confirm(contact_a_client, extract, create_pupils="on", **{name: "C2"})
    extract = pipeline.load_extract(extract.pk, today=today)
    assert (extract.rows_rejected, extract.pupils_created) == (0, 1)
    assert marks_of(Pupil.objects.get().enrolments.get()) == r"/\/C2II/\OO"
    # the next file of the same headings is read as this one was (test_remembered.py)
    went = post_file(contact_a_client, school_a, text.replace("II", "MM"))
    assert went.url == reverse("extract", args=[Extract.objects.latest("pk").pk])


def test_ambiguous_columns_are_chosen_on_the_page(contact_a_client, school_a, bo, today):
    text = csv_text([["UPN", "UPN", "WeekStart", "WeekMarks"], ["", bo.pupil.upn, MONDAY, WEEK]])
    post_file(contact_a_client, school_a, text)
    extract = Extract.objects.get()
    page = contact_a_client.get(reverse("extract_mapping", args=[extract.pk]))
    assert "UPN (column 1)" in words(page)
    refused = confirm(contact_a_client, extract)
    assert "Choose the column that holds: UPN" in words(refused)
    assert Extract.objects.get().status == Extract.Status.RECEIVED
    confirm(contact_a_client, extract, upn="1")
    pipeline.load_extract(extract.pk, today=today)
    assert marks_of(bo) == WEEK


def test_check_again_loads_nothing(contact_a_client, school_a, bo):
    post_file(contact_a_client, school_a, weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK)]))
    extract = Extract.objects.get()
    page = contact_a_client.get(reverse("extract_mapping", args=[extract.pk]))
    values = form_of(page) | {"first_day": "6", "check": "1"}
    again = contact_a_client.post(reverse("extract_mapping", args=[extract.pk]), values)
    assert again.status_code == 200
    assert "would come back" in words(again)
    assert Extract.objects.get().status == Extract.Status.RECEIVED


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "This file is empty"),
        (b"PK\x03\x04 a workbook", "This workbook is damaged or was cut short"),
        (b"%PDF-1.7", "This is a PDF"),
        (b"one,two\r\n1,2\r\n", "No line of headings was found"),
    ],
)
def test_what_is_no_register_is_said_where_it_was_chosen(content, expected, contact_a_client, school_a):
    response = post_file(contact_a_client, school_a, content)
    assert response.status_code == 200
    assert expected in words(response)
    assert not Extract.objects.exclude(status=Extract.Status.FAILED).exists()
    assert not Load.objects.exists()


def test_after_a_refusal_the_next_file_is_another_one(contact_a_client, school_a, bo):
    token = uuid.uuid4()
    response = post_file(contact_a_client, school_a, b"one,two\r\n1,2\r\n", token=token)
    assert str(token) not in response.content.decode()


@pytest.mark.parametrize("over", [1, 1024 * 1024 + 1])  # measured as it is kept; left at the door
def test_a_file_that_is_too_large_is_refused(over, contact_a_client, school_a, settings):
    settings.MAX_EXTRACT_BYTES = 1024 * 1024
    response = post_file(contact_a_client, school_a, b"x" * (1024 * 1024 + over))
    assert "larger than 1 MB" in words(response)
    assert not Extract.objects.exists()


def test_sending_the_form_twice_is_one_extract(contact_a_client, school_a, bo):
    token, text = uuid.uuid4(), weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK)])
    first, second = post_file(contact_a_client, school_a, text, token=token), post_file(contact_a_client, school_a, text, token=token)
    assert first.url == second.url
    assert Extract.objects.count() == 1
    extract = Extract.objects.get()
    assert confirm(contact_a_client, extract).url == contact_a_client.post(first.url, {"load": "1"}).url
    assert AuditEvent.objects.filter(act="Register extract queued").count() == 1


def test_the_same_form_with_another_file_is_another_extract(contact_a_client, school_a, bo):
    """Who goes back and chooses another file must not be shown what became of the first."""
    token = uuid.uuid4()
    first, second = weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK)]), weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, "O" * 10)])
    addresses = [post_file(contact_a_client, school_a, text, token=token).url for text in (first, second, first, second)]
    assert addresses[:2] == addresses[2:]
    assert len(set(addresses)) == Extract.objects.count() == 2


def test_two_people_with_one_form_are_two_extracts(contact_a_client, officer_client, school_a, bo):
    token, text = uuid.uuid4(), weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK)])
    addresses = {post_file(client, school_a, text, token=token).url for client in (contact_a_client, officer_client)}
    assert len(addresses) == Extract.objects.count() == 2


def loaded(tmp_path, school, enrolment, *, by=None, marks=WEEK):
    importing(tmp_path, weeks_text([(school.urn, enrolment.pupil.upn, MONDAY, marks)]), school=school.urn)
    extract = Extract.objects.latest("pk")
    Extract.objects.filter(pk=extract.pk).update(received_by=by)
    extract.loads.update(by=by)
    extract.refresh_from_db()
    return extract


PAGES = ["extract", "extract_mapping", "extract_progress", "extract_original", "extract_rejected", "extract_undo"]


@pytest.mark.parametrize("page", PAGES)
def test_another_schools_extract_is_not_there(page, tmp_path, school_a, bo, contact_a, contact_b_client, stranger_client):
    extract = loaded(tmp_path, school_a, bo, by=contact_a)
    for client in (contact_b_client, stranger_client):
        assert client.get(reverse(page, args=[extract.pk])).status_code == 404


def test_who_may_do_what(tmp_path, school_a, bo, contact_a, cast, browse):
    extract = loaded(tmp_path, school_a, bo, by=contact_a, marks=WEEK)
    expected = {
        "school_upload": {"officer": 200, "manager": 200, "legal": 403, "contact_a": 200, "staff_a": 403, "administrator": 403},
        "school_extracts": {"officer": 200, "manager": 200, "legal": 200, "contact_a": 200, "staff_a": 200, "administrator": 403},
        "extract": {"officer": 200, "manager": 200, "legal": 200, "contact_a": 200, "staff_a": 200, "administrator": 403},
        "extract_original": {"officer": 200, "manager": 200, "legal": 403, "contact_a": 200, "staff_a": 403, "administrator": 403},
        "extract_undo": {"officer": 200, "manager": 200, "legal": 403, "contact_a": 200, "staff_a": 403, "administrator": 403},
    }
    for page, codes in expected.items():
        address = reverse(page, args=[school_a.urn if page.startswith("school_") else extract.pk])
        for who, code in codes.items():
            response = browse(cast[who]).get(address)
            assert response.status_code == code, (page, who)
            if response.streaming:
                assert b"".join(response.streaming_content)


def test_downloads_are_attachments_and_are_recorded(tmp_path, school_a, bo, contact_a, contact_a_client):
    extract = loaded(tmp_path, school_a, bo, by=contact_a, marks=r"/\/?II/\OO")
    for page, act in (("extract_original", "Register extract downloaded"), ("extract_rejected", "Rejected rows downloaded")):
        response = contact_a_client.get(reverse(page, args=[extract.pk]))
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert bo.pupil.upn in b"".join(response.streaming_content).decode()
        assert AuditEvent.objects.filter(act=act, kind="export", by=contact_a).exists()


def test_rows_of_a_file_the_authority_sent_are_not_for_the_school(tmp_path, school_a, school_b, bo, officer, contact_a_client):
    """It may hold rows of other schools, which were turned away."""
    text = weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK), (school_b.urn, valid_upn(70012), MONDAY, WEEK)])
    importing(tmp_path, text, school=school_a.urn)
    extract = Extract.objects.get()
    page = contact_a_client.get(reverse("extract", args=[extract.pk]))
    assert str(school_b) not in words(page)
    for name in ("extract_original", "extract_rejected"):
        assert contact_a_client.get(reverse(name, args=[extract.pk])).status_code == 403


def test_undo_is_shown_before_it_is_done(tmp_path, school_a, bo, contact_a, contact_a_client):
    extract = loaded(tmp_path, school_a, bo, by=contact_a)
    address = reverse("extract_undo", args=[extract.pk])
    preview = words(contact_a_client.get(address))
    assert "10 marks go back" in preview
    assert "Bo Sample" in preview
    assert marks_of(bo) == WEEK
    assert contact_a_client.post(address).url == reverse("extract", args=[extract.pk])
    assert marks_of(bo) == "." * 10
    page = words(contact_a_client.get(reverse("extract", args=[extract.pk])))
    assert "This load was undone" in page
    assert "Figures and flags are being brought up to date" in page
    assert contact_a_client.get(address).status_code == 404
    assert "undone already" in words(contact_a_client.post(address, follow=True))


def test_an_officer_sees_of_a_borough_file_what_is_theirs(tmp_path, school_a, school_b, bo, officer_client, manager_client):
    ann = enrol(make_pupil("Elsewhere", "Ann"), school_b)
    rows = [
        (school_a.urn, bo.pupil.upn, MONDAY, WEEK),
        (school_b.urn, ann.pupil.upn, MONDAY, WEEK),
        (school_b.urn, valid_upn(70013), MONDAY, WEEK),
    ]
    importing(tmp_path, weeks_text(rows))
    extract = Extract.objects.get()
    address = reverse("extract", args=[extract.pk])
    assert valid_upn(70013) in words(manager_client.get(address))
    page = words(officer_client.get(address))
    assert "10 new marks" in page
    assert str(school_b) not in page
    assert valid_upn(70013) not in page
    assert officer_client.get(reverse("extract_original", args=[extract.pk])).status_code == 403


def test_a_school_does_not_undo_what_the_authority_loaded(tmp_path, school_a, bo, officer, contact_a_client, officer_client):
    extract = loaded(tmp_path, school_a, bo, by=officer)
    assert contact_a_client.get(reverse("extract_undo", args=[extract.pk])).status_code == 404
    assert "Undo this load" not in words(contact_a_client.get(reverse("extract", args=[extract.pk])))
    assert officer_client.get(reverse("extract_undo", args=[extract.pk])).status_code == 200


def test_lists_say_what_became_of_a_file(tmp_path, school_a, school_b, bo, contact_a, contact_a_client, officer_client):
    extract = loaded(tmp_path, school_a, bo, by=contact_a)
    of_school = [reverse("school_extracts", args=[school_a.urn]), reverse("school", args=[school_a.urn])]

    def tags(client, pages):
        found = [
            re.findall(
                r'<strong class="govuk-tag[^"]*">([^<]*)</strong>\s*<span class="dm-list__meta">[^<]*Received',
                client.get(page).content.decode(),
            )
            for page in pages
        ]
        assert all(each == found[0] for each in found)
        return found[0]

    own = [*of_school, reverse("home")]
    assert tags(contact_a_client, own) == ["Loaded"]
    contact_a_client.post(reverse("extract_undo", args=[extract.pk]))
    assert tags(contact_a_client, own) == ["Undone"]
    assert "<title>Undone: register.csv" in contact_a_client.get(reverse("extract", args=[extract.pk])).content.decode()
    importing(tmp_path, weeks_text([(school_b.urn, bo.pupil.upn, MONDAY, WEEK)]), school=school_a.urn)
    assert tags(officer_client, of_school) == ["Nothing loaded", "Undone"]


def test_an_undo_of_one_school_of_several_is_in_part(tmp_path, school_a, school_b, bo, officer_client, manager_client):
    ann = enrol(make_pupil("Elsewhere", "Ann"), school_b)
    importing(tmp_path, weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK), (school_b.urn, ann.pupil.upn, MONDAY, WEEK)]))
    officer_client.post(reverse("extract_undo", args=[Extract.objects.get().pk]))
    assert "Undone in part" in words(manager_client.get(reverse("school_extracts", args=[school_a.urn])))


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ("O" * 10, "8 changed marks are in the register"),
        (r"/\/\II/\/O", "1 changed mark is in the register"),
        (WEEK, "nothing was changed"),
    ],
)
def test_the_receipt_counts_only_what_there_is(marks, said, tmp_path, school_a, bo, contact_a, contact_a_client):
    write_marks(bo, MONDAY, WEEK)
    extract = loaded(tmp_path, school_a, bo, by=contact_a, marks=marks)
    page = words(contact_a_client.get(reverse("extract", args=[extract.pk])))
    assert said in page
    assert "0 new" not in page


def test_the_preview_counts_the_rows_that_the_receipt_gives_back(contact_a_client, school_a, school_b, bo, today):
    text = weeks_text(
        [
            (school_a.urn, bo.pupil.upn, MONDAY, r"/\/?II/\OO"),
            (school_b.urn, bo.pupil.upn, MONDAY + dt.timedelta(weeks=1), WEEK),
            (school_a.urn, valid_upn(70014), MONDAY, WEEK),
            ("12A", bo.pupil.upn, MONDAY + dt.timedelta(weeks=2), WEEK),
        ]
    )
    post_file(contact_a_client, school_a, text)
    extract = Extract.objects.get()
    seen = words(contact_a_client.get(reverse("extract_mapping", args=[extract.pk])))
    assert "3 rows would come back to you to correct, and 1 row of a pupil not on roll unless you add them below" in seen
    assert f"This row is from {school_b}" in seen
    confirm(contact_a_client, extract)
    assert pipeline.load_extract(extract.pk, today=today).rows_rejected == 4


def test_a_file_of_another_school_is_seen_before_it_is_loaded(contact_a_client, school_a, school_b, bo):
    post_file(contact_a_client, school_a, weeks_text([(school_b.urn, bo.pupil.upn, MONDAY, WEEK)]))
    seen = words(contact_a_client.get(reverse("extract_mapping", args=[Extract.objects.get().pk])))
    assert "No row of this file could be loaded as it stands" in seen
    assert "known at" not in seen


def test_an_unknown_urn_is_said_to_each_in_their_terms(contact_a_client, officer_client, school_a, bo, today):
    for client, expected, not_said in (
        (contact_a_client, f"This is not {school_a}’s URN, which is {school_a.urn}", "import_gias"),
        (officer_client, "manage.py import_gias", "not your"),
    ):
        post_file(client, school_a, weeks_text([(555555, bo.pupil.upn, MONDAY, WEEK)]))
        extract = Extract.objects.latest("pk")
        seen = words(client.get(reverse("extract_mapping", args=[extract.pk])))
        assert expected in seen
        assert not_said not in seen
        confirm(client, extract)
        pipeline.load_extract(extract.pk, today=today)
        said = words(client.get(reverse("extract", args=[extract.pk])))
        assert expected in said
        assert not_said not in said


def test_a_failed_file_offers_what_can_be_done(contact_a_client, school_a, bo, today):
    post_file(contact_a_client, school_a, weeks_text([(555555, bo.pupil.upn, MONDAY, WEEK)]))
    extract = Extract.objects.get()
    confirm(contact_a_client, extract)
    pipeline.load_extract(extract.pk, today=today)
    page = words(contact_a_client.get(reverse("extract", args=[extract.pk])))
    assert "This file was not loaded" in page
    assert "555555" in page
    assert "No mark was changed" in page
    type(school_a).objects.filter(pk=school_a.pk).update(urn=555555)
    assert contact_a_client.post(reverse("extract_retry", args=[extract.pk])).status_code == 302
    assert pipeline.load_extract(extract.pk, today=today).status == Extract.Status.LOADED


def test_progress_asks_for_the_whole_page_once_it_is_done(tmp_path, school_a, bo, contact_a, contact_a_client):
    extract = loaded(tmp_path, school_a, bo, by=contact_a)
    address = reverse("extract_progress", args=[extract.pk])
    assert contact_a_client.get(address)["HX-Refresh"] == "true"
    Extract.objects.update(status=Extract.Status.LOADING)
    assert "HX-Refresh" not in contact_a_client.get(address)
    page = contact_a_client.get(reverse("extract", args=[extract.pk])).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_new_flags_lead_to_the_child(contact_a_client, school_a, bo, today):
    days = {dt.date(2026, 11, 9) + dt.timedelta(days=n): ("G", "G") for n in range(5)}
    post_file(contact_a_client, school_a, days_text({(school_a.urn, bo.pupil.upn): days}))
    extract = Extract.objects.get()
    confirm(contact_a_client, extract)
    pipeline.load_extract(extract.pk, today=today)
    page = contact_a_client.get(reverse("extract", args=[extract.pk]))
    assert "Penalty notice threshold" in words(page)
    assert "Persistent absence (little data)" in words(page)
    assert reverse("pupil", args=[bo.pupil_id]) in page.content.decode()


def test_pages_take_few_queries(tmp_path, school_a, bo, contact_a, contact_a_client, django_assert_max_num_queries):
    extract = loaded(tmp_path, school_a, bo, by=contact_a, marks=r"/\/?II/\OO")
    for name, key in (
        ("extract", extract.pk),
        ("extract_undo", extract.pk),
        ("school_extracts", school_a.urn),
        ("school_upload", school_a.urn),
    ):
        with django_assert_max_num_queries(20):
            assert contact_a_client.get(reverse(name, args=[key])).status_code == 200
