"""Single values as schools write them: dates, UPNs, sessions, names. Each reader returns a value or raises `Bad`.

They are called once for each different text of a column, not once for each row.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


class Bad(ValueError):
    """A value that cannot be taken. `str()` of it is the reason, as a sentence."""


def tidy(text: str) -> str:
    """A cell without the dress spreadsheets put round it: spaces, ="..." and the apostrophe of a guarded cell."""
    text = text.replace("\u00a0", " ").strip()
    if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r"):
        text = text[1:]
    if text.startswith('="') and text.endswith('"') and len(text) >= 3:
        text = text[2:-1].strip()
    return text


def show(text: str, most: int = 40) -> str:
    """A value as quoted in a message: short, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


# --- dates -----------------------------------------------------------------------------------------------------------

_TIME = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]m)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_DAY_NAME = r"(?:(?P<name>[A-Za-z]{3,9})\.?,?\s+)?"
_YEAR_FIRST = re.compile(rf"(?P<y>\d{{4}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}}){_TIME}", re.I)
_BASIC = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_DAY_FIRST = re.compile(rf"{_DAY_NAME}(?P<d>\d{{1,2}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<y>\d{{4}}){_TIME}", re.I)
_MONTH_NAME = re.compile(
    rf"{_DAY_NAME}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<month>[A-Za-z]{{3,9}})\.?,?[\s-]+(?P<y>\d{{4}}){_TIME}", re.I
)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}")
_SERIAL = re.compile(r"(\d{5})(?:\.0*)?")
SERIAL_ZERO = dt.date(1899, 12, 30)  # day 0 of the serial numbers that spreadsheets hold dates as
_LIKE_A_DATE = re.compile(
    rf"{_DAY_NAME}\d{{1,4}}([-/.])\d{{1,2}}\2\d{{1,4}}|{_DAY_NAME.replace('name', 'other')}\d{{1,2}} [A-Za-z]{{3,9}} \d{{4}}"
)

_HOW = "Write it day first with four digits for the year, as in 15/09/2025, or as 2025-09-15."


def read_date(text: str, *, serial: bool = True) -> dt.date:
    """A date: year first or day first, never month first. With `serial`, a spreadsheet's five-digit number too."""
    text = tidy(text)
    if not text:
        raise Bad("The date is missing.")
    for form in (_YEAR_FIRST, _DAY_FIRST, _MONTH_NAME, _BASIC):
        if found := form.fullmatch(text):
            return _made(text, found)
    if serial and (found := _SERIAL.fullmatch(text)) and 20000 <= int(found[1]) <= 80000:
        return SERIAL_ZERO + dt.timedelta(days=int(found[1]))
    if _SHORT_YEAR.fullmatch(text):
        raise Bad(f"“{show(text)}” has a year of two digits. {_HOW}")
    raise Bad(f"“{show(text)}” is not a date we can read. {_HOW}")


def _made(text: str, found: re.Match[str]) -> dt.date:
    parts = found.groupdict()
    month = _month(parts["month"]) if "month" in parts else int(parts["m"])
    try:
        day = dt.date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        if "month" not in parts and month > 12 >= int(parts["d"]) and month <= 31:
            raise Bad(f"“{show(text)}” seems to have the month first. {_HOW}") from None
        raise Bad(f"“{show(text)}” is not a day in the calendar. {_HOW}") from None
    name = parts.get("name")
    if name and not WEEKDAYS[day.weekday()].lower().startswith(name.lower()[:3]):
        raise Bad(f"“{show(text)}” cannot be right: {long_day(day)} is a {WEEKDAYS[day.weekday()]}.")
    return day


def _month(name: str) -> int:
    name = name.lower()
    if name in _FULL_MONTHS:
        return _FULL_MONTHS.index(name) + 1
    if name == "sept":
        return 9
    return _MONTHS.index(name) + 1 if name in _MONTHS else 0


def long_day(day: dt.date) -> str:
    """15 September 2025."""
    return f"{day.day} {_FULL_MONTHS[day.month - 1].capitalize()} {day.year}"


_MOMENT = re.compile(
    r"(?P<date>.*?\d{4}|\d{4}-\d{1,2}-\d{1,2})[T ,]+(?:at\s+)?(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]m)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.I,
)


def read_moment(text: str) -> dt.datetime:
    """A date with a time of day, in London unless it names its offset. A date alone is no moment: it orders nothing."""
    found = _MOMENT.fullmatch(tidy(text))
    if not found:
        raise Bad(f"“{show(text)}” is not a date with a time.")
    day = read_date(found["date"], serial=False)
    hour = int(found["h"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    try:
        time = dt.time(hour, int(found["m"]), int(found["s"] or 0))
    except ValueError:
        raise Bad(f"“{show(text)}” is not a time of day.") from None
    zone: dt.tzinfo = LONDON
    if found["zone"] and found["zone"].upper() == "Z":
        zone = dt.UTC
    elif found["zone"]:
        sign = -1 if found["zone"][0] == "-" else 1
        digits = found["zone"][1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if minutes >= 24 * 60:
            raise Bad(f"“{show(text)}” is not a time of day.")
        zone = dt.timezone(sign * dt.timedelta(minutes=minutes))
    return dt.datetime.combine(day, time, zone)


# --- pupils ----------------------------------------------------------------------------------------------------------

_UPN = re.compile(r"[A-Z][0-9]{11}[0-9A-Z]")
_IN_EXPONENT = re.compile(r"\d(\.\d+)?E\+?\d+", re.I)


def read_upn(text: str) -> str:
    """A unique pupil number in capitals: a letter, 11 digits, then a digit (permanent) or a letter (temporary)."""
    upn = tidy(text).upper()
    if _UPN.fullmatch(upn):
        return upn
    shown = f"“{show(text.strip())}” is not a UPN"
    if not upn:
        raise Bad("The UPN is missing.")
    if _IN_EXPONENT.fullmatch(upn):
        raise Bad(f"{shown}: a spreadsheet has turned it into a rounded number. Export it again as text.")
    if re.fullmatch(r"\d{12}(\.0)?", upn):
        raise Bad(f"{shown}: its first letter is missing.")
    if re.search(_UPN.pattern, upn):
        raise Bad(f"{shown}: there is something before or after it.")
    if len(upn) != 13:
        raise Bad(f"{shown}: it has {len(upn)} characters and a UPN has 13.")
    raise Bad(f"{shown}: a UPN is a letter, 11 digits, then a digit or letter.")


_YEAR_WORDS = {"reception": "R", "r": "R", "rec": "R", "nursery": "N2", "n": "N2", "0": "R", "-1": "N2", "-2": "N1"}


def read_year_group(text: str) -> str:
    """ "Year 10", "Yr10", "10", "R", "N2"; "" where it is none of these: never a reason to refuse a row."""
    text = tidy(text).lower()
    text = re.sub(r"^(nc\s*)?(year\s*group|year|yr|y)\.?\s*(?=\w)", "", text)
    text = re.sub(r"\.0$", "", text)
    if text in _YEAR_WORDS:
        return _YEAR_WORDS[text]
    if re.fullmatch(r"n[12]", text):
        return text.upper()
    if re.fullmatch(r"0?\d|1[0-4]", text):
        return str(int(text))
    return ""


def read_name(text: str) -> tuple[str, str]:
    """(surname, forename) of a full name: "Example, Alex" or "Alex Example"."""
    text = " ".join(tidy(text).split())
    if "," in text:
        surname, forename = text.split(",", 1)
        return surname.strip(), forename.strip()
    forename, _, surname = text.partition(" ")
    return (surname, forename) if surname else (forename, "")


def read_urn(text: str) -> str:
    return re.sub(r"\.0$", "", tidy(text))


# --- sessions --------------------------------------------------------------------------------------------------------

_AM = frozenset({"am", "a", "morning", "1", "amsession", "sessionam", "session1", "morningsession", "am1", "1am"})
_PM = frozenset({"pm", "p", "afternoon", "2", "pmsession", "sessionpm", "session2", "afternoonsession", "pm1", "2pm"})


def read_session(text: str) -> bool:
    """True for the afternoon."""
    key = re.sub(r"[^a-z0-9]", "", re.sub(r"\.0$", "", tidy(text).lower()))
    if key in _AM:
        return False
    if key in _PM:
        return True
    if not key:
        raise Bad("The session is missing. Give AM or PM.")
    raise Bad(f"“{show(text.strip())}” is not a session. Give AM or PM.")


_SESSION_IN_HEADING = re.compile(r"(?<![a-z])(am|pm|a\.m\.?|p\.m\.?|morning|afternoon)(?![a-z])", re.I)


@lru_cache(16_384)  # a wide file's headings are looked at many times
def date_heading(text: str) -> tuple[str, bool | None]:
    """A heading that is a date, cut into the date's text and the session it names (None if none); ("", None) if no date.

    The text may still be an impossible date, such as 31/02/2025: whoever reads the column says so.
    """
    text = tidy(text)
    if len(text) > 60:
        return "", None
    named = _SESSION_IN_HEADING.search(text)
    rest = text if named is None else text[: named.start()] + " " + text[named.end() :]
    rest = rest.strip(" ()[]_-:|,;\t\r\n")
    try:
        read_date(rest, serial=False)
    except Bad:
        if not _LIKE_A_DATE.fullmatch(rest):
            return "", None
    pm = named[1].lower() == "afternoon" or named[1].lower().startswith("p") if named else None
    return rest, pm
