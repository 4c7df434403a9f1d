"""The frame of every page, the authority's colours and how forms are drawn."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from dashboards import brand
from dashboards.markup import piece
from schools.colours import contrast
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_page_says_whose_it_is_and_who_is_signed_in(officer_client: Client) -> None:
    page = officer_client.get("/").content.decode()
    assert '<html lang="en-GB"' in page
    assert "Merebrook Council" in page
    assert "Olive Officer" in page
    assert "Attendance officer" in page
    assert "Skip to main content" in page
    assert 'role="search"' in page


def test_a_page_holds_no_inline_style_or_foreign_script(officer_client: Client) -> None:
    page = officer_client.get("/").content.decode()
    assert " style=" not in page
    assert "onclick" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_menu_shows_only_what_the_role_may_open(officer_client: Client, administrator_client: Client) -> None:
    assert 'href="/pupils/"' in officer_client.get("/").content.decode()
    page = administrator_client.get("/").content.decode()
    assert 'href="/pupils/"' not in page
    assert 'role="search"' not in page


def test_a_managers_menu_is_one_row_and_leads_everywhere_in_two_clicks(manager_client: Client) -> None:
    first = _links(manager_client.get("/").content.decode(), "dm-nav__link")
    assert [text for text, _ in first] == ["Home", "Borough", "Schools", "Registers", "Pupils", "Meetings", "Cases", "Legal", "Settings"]
    reached = {address for _, address in first}
    for text, address in first:
        page = manager_client.get(address).content.decode()
        assert f'<a class="dm-nav__link" href="{address}" aria-current="page">{text}</a>' in page
        reached |= {under for _, under in _links(page, "dm-section-menu__link")}
    places = "areas audit borough cases coverage extracts feeds held home legal letters meetings missing policy postings pupils_at_risk"
    places += " questions ratings school_list sources tasks touch"
    assert reached == {reverse(name) for name in places.split()}


def test_a_page_under_a_section_shows_where_it_stands(manager_client: Client, administrator_client: Client) -> None:
    page = manager_client.get("/registers/extracts/").content.decode()
    assert '<a class="dm-nav__link" href="/registers/" aria-current="true">Registers</a>' in page
    assert '<a class="dm-section-menu__link" href="/registers/extracts/" aria-current="page">All extracts</a>' in page
    assert page.count("dm-section-menu__link") == 6
    short = administrator_client.get("/users/").content.decode()  # all of a short menu stands in one row: there is nothing to fold
    assert '<a class="dm-nav__link" href="/users/" aria-current="page">Users</a>' in short
    assert "dm-section-menu" not in short


def _links(page: str, css: str) -> list[tuple[str, str]]:
    return [(text, address) for address, text in re.findall(rf'<a class="{css}" href="([^"]+)"[^>]*>([^<]+)</a>', page)]


def test_the_colours_are_the_authoritys_and_a_browser_keeps_them_until_they_change(client: Client) -> None:
    factories.make_authority(colour="#5b2d8e")
    first = client.get("/brand.css?v=1")
    assert first.status_code == 200
    assert "#5b2d8e" in first.content.decode()
    assert "immutable" in first["Cache-Control"]
    again = client.get("/brand.css", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    factories.make_authority(colour="#005a30")
    assert client.get("/brand.css", headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(("colour", "text"), [("#0f4c5c", "#ffffff"), ("#ffdd00", "#0b0c0c")])
def test_text_on_the_brand_colour_can_be_read(colour: str, text: str) -> None:
    authority = factories.make_authority(colour=colour)
    assert f"--dm-on-brand:{text};" in brand.stylesheet(authority)
    assert contrast(colour, text) >= 4.5


class Everything(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the birth certificate.", error_messages={"required": "Enter a name"})
    email = forms.EmailField(label="Email")
    password = forms.CharField(widget=forms.PasswordInput, label="Password")
    note = forms.CharField(widget=forms.Textarea, label="Note", required=False)
    kind = forms.ChoiceField(choices=[("a", "First"), ("b", "Second")], label="Kind")
    way = forms.ChoiceField(choices=[("a", "By post"), ("b", "By phone")], widget=forms.RadioSelect, label="How")
    parts = forms.MultipleChoiceField(choices=[("x", "X"), ("y", "Y")], widget=forms.CheckboxSelectMultiple, label="Which")
    agree = forms.BooleanField(label="I have checked this")
    born = forms.DateField(widget=forms.SelectDateWidget, label="Date of birth", help_text="For example, 27 3 2014.")
    seen = forms.DateField(label="Seen on", required=False)
    file = forms.FileField(label="File")


def test_a_form_ties_labels_hints_and_errors_to_their_controls() -> None:
    page = str(Everything({"born_day": "31", "born_month": "2", "born_year": "2014", "way": "b"}))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "an id is used twice"
    for target in re.findall(r'<label[^>]* for="([^"]+)"', page):
        assert target in ids
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert set(described.split()) <= set(ids), described
    for css in (
        "govuk-input--error",
        "govuk-radios__item",
        "govuk-checkboxes__input",
        "govuk-select",
        "govuk-textarea",
        "govuk-date-input__item",
        "govuk-file-upload",
        "govuk-password-input",
        "govuk-error-message",
    ):
        assert css in page
    assert 'value="31"' in page, "what was typed stays"
    assert 'id="id_way_1" class="govuk-radios__input" checked' in page


def test_the_error_summary_leads_to_each_control() -> None:
    form = Everything({})
    summary = render_to_string("components/errors.html", {"form": form})
    page = str(form)
    links = re.findall(r'href="#([^"]+)"', summary)
    assert len(links) == 9
    for target in links:
        assert f'id="{target}"' in page, target
    assert "Enter a name" in summary


def test_three_boxes_make_a_date() -> None:
    class Born(forms.Form):
        born = forms.DateField(widget=forms.SelectDateWidget)

    form = Born({"born_day": "7", "born_month": "9", "born_year": "2013"})
    assert form.is_valid()
    assert form.cleaned_data["born"] == dt.date(2013, 9, 7)
    assert 'name="born_year" value="2013"' in str(form)


@pytest.mark.parametrize("value", ["a<b>&'\"", mark_safe("<b>said</b>"), gettext_lazy("<i>"), 12, None, 1.5])
def test_a_piece_of_a_page_is_escaped_as_everywhere(value: object) -> None:
    assert piece("<td>{}</td>", value) == format_html("<td>{}</td>", value)
    assert piece("{}", piece("<td>{}</td>", value)) == format_html("<td>{}</td>", value)
