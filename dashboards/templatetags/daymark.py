"""Words and figures on screen, said the same way on every page. Loaded for every template (settings: builtins)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.permissions import Permission
from attendance import flag_codes, sources
from attendance.codes import BY_CODE
from attendance.rag import PupilVerdict
from dashboards import brand
from dashboards.markup import piece
from dashboards.numbers import Number
from dashboards.reports import FLAG_COLOURS, FLAG_NAMES

register = template.Library()

NOT_KNOWN = "not known"
_NOTHING = "none of none"


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


@register.filter
def count(number: int) -> str:
    """34121 -> "34,121"."""
    return f"{number:,}" if isinstance(number, int) else number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def of(part: int | None, whole: int | None) -> str:
    """`24|of:96` -> "24 of 96"; nothing possible is not 0 of 0."""
    if part is None or not whole:
        return _NOTHING
    return f"{count(part)} of {count(whole)}"


@register.filter
def sessions(figures: Any) -> str:
    """Sessions attended of those possible: "n of m sessions"."""
    return sessions_word(of(_get(figures, "attended"), _get(figures, "possible")))


@register.filter
def missed(figures: Any) -> str:
    """Sessions missed of those possible: "n of m sessions"."""
    possible, attended = _get(figures, "possible"), _get(figures, "attended")
    return sessions_word(of(None if possible is None or attended is None else possible - attended, possible))


@register.filter
def enrolments_word(text: str) -> str:
    """ "12 of 96" -> "12 of 96 enrolments": a pupil who came back, or moved within the authority, has two."""
    return _of_what(text, "enrolment")


@register.filter
def percent(value: float | None) -> str:
    """12.345 -> "12.3%". Unknown is said to be unknown, never 0."""
    return NOT_KNOWN if value is None else f"{value:.1f}%"


@register.filter
def percent_of(share: Fraction) -> str:
    """A share in percent, as a whole number: "31%"."""
    return f"{float(share):.0f}%"


@register.filter
def points(value: Fraction) -> str:
    """ "1.4"."""
    return f"{float(value):.1f}"


@register.filter
def day(value: dt.date | dt.datetime | str | None) -> str:
    """ "Fri 20 Nov 2026"."""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value[:10]) if value else None
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value)
    return NOT_KNOWN if value is None else f"{value:%a} {value.day} {value:%b %Y}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """ "Fri 20 Nov 2026, 09:12"."""
    if value is None:
        return NOT_KNOWN
    local = timezone.localtime(value)
    return f"{day(local)}, {local:%H:%M}"


@register.filter
def saved_at(value: dt.datetime) -> str:
    """ "10:42"; with its day where that is not today."""
    local = timezone.localtime(value)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else moment(value)


@register.filter
def year_name(year: int) -> str:
    """2026 -> "2026/27"."""
    return f"{year}/{(year + 1) % 100:02d}"


@register.filter
def year_group(value: str | None) -> str:
    """ "7" -> "Year 7", "R" -> "Reception"."""
    if not value:
        return NOT_KNOWN
    if value == "R":
        return "Reception"
    if value.upper().startswith("N"):
        return "Nursery"
    return f"Year {value}" if value.isdecimal() else value


@register.filter
def plural_of(number: int | None, word: str) -> str:
    """`1|plural_of:"pupil"` -> "1 pupil"; "child,children" gives both forms. A comma before a space is part of a name."""
    one, many, *_ = [*re.split(r",(?! )", word), ""]
    if number is None:
        return f"{many or one + 's'} {NOT_KNOWN}"
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def code_meaning(code: str) -> str:
    """ "I" -> "Illness"."""
    return BY_CODE[code].meaning if code in BY_CODE else code


@register.filter
def source_name(source: str) -> str:
    """Where an extract came from, in words."""
    return sources.label(source)


@register.filter
def in_part(found: Any, wanted: bool) -> list[Any]:
    """Gaps in supply of schools of which other days are in the figures (True), or none are (False)."""
    return [gap for gap in found if gap.in_part == wanted]


@register.filter
def all_now(found: Any) -> bool:
    """Are all these gaps in supply in force today?"""
    return all(gap.now for gap in found)


@register.filter
def widget_classes(widget: Mapping[str, Any], base: str) -> str:
    """GOV.UK's class of a form control, its error form, and what the form itself asked for."""
    attrs = widget["attrs"]
    found = [base] if base else []
    if base and attrs.get("aria-invalid") == "true" and base in {"govuk-input", "govuk-select", "govuk-textarea"}:
        found.append(f"{base}--error")
    if attrs.get("class"):
        found.append(str(attrs["class"]))
    return " ".join(found)


@register.filter
def brand_version(authority: Any) -> str:
    """Changes when the colours do, so that a browser may keep the stylesheet for ever."""
    return brand.version(authority)


@register.simple_tag(takes_context=True)
def may(context: template.Context, act: str) -> bool:
    """Whether the reader's role may do an act: {% may "work_cases" as works %}."""
    user = context["request"].user
    return bool(user.is_authenticated and user.may(Permission(act)))


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: Any) -> str:
    """This page's address with some of its parameters changed; the page number goes unless it is given."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def sort_header(
    context: template.Context, label: str, key: str, classes: str = "", param: str = "sort", anchor: str = "", default: str = ""
) -> SafeString:
    """A column heading that sorts the list, and says which way it is sorted now. A page with several lists has a `param` for each."""
    now = context["request"].GET.get(param, "") or default or context.get("sort_default", "")
    state = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    to = f"-{key}" if state == "ascending" else key
    hint = "sorted, A to Z or lowest first" if state == "ascending" else "sorted, Z to A or highest first"
    mark = {"ascending": "▲", "descending": "▼", "none": "↕"}[state]
    return format_html(
        '<th scope="col" class="govuk-table__header {}" aria-sort="{}"><a class="dm-sort" href="{}{}">{}'
        '<span class="dm-sort__mark" aria-hidden="true">{}</span>{}</a></th>',
        classes,
        state,
        address_with(context, **{param: to}),
        f"#{anchor}" if anchor else "",
        label,
        mark,
        format_html('<span class="govuk-visually-hidden"> ({})</span>', hint) if state != "none" else "",
    )


@register.filter
def page_numbers(page: Any) -> list[int | None]:
    """Page numbers to offer: the ends and those around this one; None stands for a gap."""
    shown = sorted({1, page.number - 1, page.number, page.number + 1, page.paginator.num_pages})
    numbers: list[int | None] = []
    for number in shown:
        if not 1 <= number <= page.paginator.num_pages:
            continue
        if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
            numbers.append(None)
        numbers.append(number)
    return numbers


@register.simple_tag
def number(counted: Number, *, words: bool = False) -> SafeString:
    """A number as the link to the list it counts; none is no list. Of what it is, is heard, and with `words` also seen: in a
    sentence, which would else say it twice to those who hear it.
    """
    said = plural_of(counted.value, counted.what)
    if not counted.value:
        return piece("{}", said if words else count(0))
    shown, _, what = said.partition(" ")
    tail = piece(" {}", what) if words else piece('<span class="govuk-visually-hidden"> {}</span>', what)
    return piece('<a class="govuk-link dm-number" href="{}">{}{}</a>', counted.address, shown, tail)


@register.simple_tag
def options(groups: Iterable[tuple[str | None, Sequence[Mapping[str, Any]], int]]) -> SafeString:
    """Of a list to choose from, as Django groups them. There may be hundreds, and a template takes many times as long over each."""
    found: list[str] = []
    for name, choices, _ in groups:
        if name:
            found.append(f'<optgroup label="{escape(name)}">')
        for one in choices:
            said = (" selected" if one["selected"] else "") + (" disabled" if one["attrs"].get("disabled") else "")
            found.append(f'<option value="{escape(str(one["value"]))}"{said}>{escape(str(one["label"]))}</option>')
        if name:
            found.append("</optgroup>")
    return mark_safe("".join(found))  # noqa: S308  (every value is escaped above)


@register.filter
def first_control(field: Any) -> str:
    """The id an error summary's link must lead to: of the first control where a field has several."""
    return str(field.id_for_label or (f"{field.auto_id}_0" if field.use_fieldset else field.auto_id))


@register.filter
def date_part(name: str) -> str:
    """ "start_day" -> "Day": the label of one box of a date."""
    return name.rsplit("_", 1)[-1].capitalize()


@register.filter
def flag_name(code: str) -> str:
    return FLAG_NAMES[code]


@register.simple_tag
def flag_tag(code: str, low_data: bool = False) -> SafeString:
    """A flag as a tag; a share of the year that rests on few sessions says so."""
    few = mark_safe(' <span class="dm-quiet">(little data)</span>') if low_data and code in flag_codes.SHARES else ""
    return piece('<strong class="govuk-tag govuk-tag--{}">{}</strong>{}', FLAG_COLOURS[code], FLAG_NAMES[code], few)


@register.simple_tag
def pupil_rating(verdict: PupilVerdict) -> SafeString:
    """A pupil's colour, always with its word and what it means; that it rests on few sessions is said."""
    few = mark_safe(' <span class="dm-quiet">(little data)</span>') if verdict.little_data else ""
    colour = {"red": "red", "amber": "orange", "green": "green"}.get(verdict.colour, "grey")
    return piece('<strong class="govuk-tag govuk-tag--{}">{}</strong> {}{}', colour, verdict.word, verdict.words, few)


@register.filter
def sessions_word(text: str) -> str:
    """ "12 of 96" -> "12 of 96 sessions"."""
    return _of_what(text, "session")


def _of_what(text: str, word: str) -> str:
    return f"no {word}s yet" if text == _NOTHING else f"{text} {word}{'' if text.endswith(' of 1') else 's'}"


@register.filter
def said_session(text: str) -> str:
    """ "2026-11-20 AM=G" -> "Fri 20 Nov 2026 AM: G"; "2026-11-20 AM" without a code."""
    date, _, rest = text.partition(" ")
    half, _, code = rest.partition("=")
    return f"{day(date)} {half}{f': {code}' if code else ''}"
