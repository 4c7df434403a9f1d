"""One box for everything: pupils, parents and schools by name, number, telephone or postcode, however it was spelt.

Names are found by PostgreSQL's trigrams (pg_trgm) over the folded text of `schools.names`, former names included; numbers
and postcodes exactly or by a part. Only what `visible_to` lets the user see is searched at all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.functions import Greatest
from django.urls import reverse

from accounts.models import User
from dashboards.templatetags.daymark import year_group
from schools import names
from schools.models import Enrolment, Parent, Pupil, Responsibility, School

MOST = 20  # of each kind on the page; one more is fetched to know that there are more
# "smyth" and "smith" share half their trigrams; much lower and the list fills with strangers
_ALIKE = 0.42
_BELOW_BEST = 0.3
_UPN = re.compile(r"[A-Z]\d{11}[\dA-Z]")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?(?:\d(?:[A-Z]{2})?)?")
_O_APART = re.compile(r"\bo (?=[a-z])")  # "o neill": the names themselves are folded to "oneill"
_DATE = re.compile(r"(?<!\d)(?:(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2}))(?!\d)")


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, and what it may be."""

    text: str
    folded: str
    digits: str
    upn: str
    postcode: str
    born: dt.date | None

    @property
    def too_short(self) -> bool:
        return len(self.folded) < 2 and self.born is None

    @property
    def is_number(self) -> bool:
        """Digits only: a telephone, a URN; never a name."""
        return len(self.digits) >= 4 and not re.search(r"[A-Za-z]", self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, why it matched, and what tells it from its namesakes."""

    title: str
    address: str
    why: str
    facts: list[str]
    related: list[tuple[str, str]] = field(default_factory=list)  # (text, address): a parent's children


@dataclass(frozen=True, slots=True)
class Found:
    kind: str
    hits: list[Hit]
    more: bool


def understand(text: str) -> Query:
    text = " ".join(text.split())[:100]
    upper = text.upper()
    tight = upper.replace(" ", "")
    born = None
    if date := _DATE.search(text):
        try:
            born = dt.date(int(date[3] or date[4]), int(date[2] or date[5]), int(date[1] or date[6]))
            text = " ".join((text[: date.start()] + " " + text[date.end() :]).split())
        except ValueError:
            born = None
    digits = names.digits(text) if not re.search(r"[A-Za-z]", text) else ""
    return Query(
        text=text,
        folded=_O_APART.sub("o", names.fold(text)),
        digits=digits,
        upn=tight if _UPN.fullmatch(tight) else "",
        postcode=names.postcode_key(text) if _POSTCODE.fullmatch(upper) else "",
        born=born,
    )


def find(user: User, query: Query, *, today: dt.date) -> list[Found]:
    """Everything that matches, by kind; each kind best first."""
    if query.too_short:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:  # for this transaction only: what counts as alike to the index
            cursor.execute("select set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(_ALIKE)])
        found = [_pupils(user, query, today), _parents(user, query), _schools(user, query)]
    return [group for group in found if group.hits]


def _by_name(rows: QuerySet[Any], query: Query, *, many: bool = True) -> list[Any]:
    """Rows whose text is alike, best first; those far behind the best are left out. `many`: there may be hundreds of thousands.

    A word that begins as it was typed is as alike as can be. Where more of them are found than are shown, nothing else is looked
    for: what is only somehow like "smi" would not be shown.
    """
    rows = rows.annotate(
        now_named=TrigramWordSimilarity(query.folded, "sort_name"),
        likeness=Greatest(TrigramWordSimilarity(query.folded, "search_text"), F("now_named")),
    )
    if many and len(begun := _beginning(rows, query.folded)) > MOST:
        return begun
    alike = rows.filter(search_text__trigram_word_similar=query.folded)
    best = list(alike.order_by("-likeness", "-now_named", "sort_name", "pk")[: MOST + 1])
    return [row for row in best if row.likeness >= best[0].likeness - _BELOW_BEST]


def _beginning(rows: QuerySet[Any], said: str) -> list[Any]:
    """Those with a word that begins like this: whole words first, then names of today before former ones."""
    begins = Q(search_text__startswith=said) | Q(search_text__contains=f" {said}")
    whole = Q(search_text__startswith=f"{said} ") | Q(search_text__contains=f" {said} ") | Q(search_text__endswith=f" {said}")
    today = Q(search_text__startswith=said) | Q(sort_name__startswith=said) | Q(sort_name__contains=f" {said}")
    found = rows.filter(begins).annotate(whole=whole | Q(search_text=said), today=today)
    return list(found.order_by("-whole", "-today", "sort_name", "pk")[: MOST + 1])


def _pupils(user: User, query: Query, today: dt.date) -> Found:
    mine = Enrolment.objects.visible_to(user).select_related("school").order_by("-start")
    if user.as_role.in_authority:
        mine = Enrolment.objects.select_related("school").order_by("-start")
    rows = Pupil.objects.visible_to(user).filter(merged_into=None)
    rows = rows.prefetch_related(Prefetch("enrolments", queryset=mine, to_attr="spells"), "former_names")
    if query.born:
        rows = rows.filter(dob=query.born)
    found: Sequence[Pupil]
    if query.upn:
        found = list(rows.filter(Q(upn=query.upn) | Q(pk__in=_formerly(query.upn))).order_by("sort_name")[: MOST + 1])
    elif query.postcode:
        there = rows.filter(search_text__contains=query.postcode)
        if not user.as_role.in_authority:
            there = there.exclude(pk__in=_living_hidden())
        found = list(there.order_by("sort_name", "pk")[: MOST + 1])
    elif query.is_number or not _may_be_name(user, query):
        found = []
    elif query.born and len(query.folded) < 2:
        found = list(rows.order_by("sort_name", "pk")[: MOST + 1])
    else:
        found = _by_name(rows, query)
    hits = [_pupil_hit(pupil, query, today) for pupil in found[:MOST]]
    return Found("Pupils", hits, len(found) > MOST)


def _may_be_name(user: User, query: Query) -> bool:
    """Names hold no digits. For a school this shuts the way to a hidden postcode by half of it, typed as if it were a name."""
    return user.as_role.in_authority or not any(c.isdigit() for c in query.folded)


def _living_hidden() -> QuerySet[Any, Any]:
    """Pupils who live with a parent whose address is hidden from somebody: their postcode would give it away."""
    return Responsibility.objects.filter(lives_with=True, parent__hidden_from__isnull=False).values("pupil")


def _formerly(upn: str) -> QuerySet[Any, Any]:
    return Pupil.objects.filter(former_upns__upn=upn).values("pk")


def _pupil_hit(pupil: Any, query: Query, today: dt.date) -> Hit:
    spells = [s for s in pupil.spells if s.end is None or s.end >= today] or pupil.spells[:1]
    facts = [f"born {pupil.dob:%-d %B %Y}" if pupil.dob else "date of birth not known"]
    for spell in spells:
        left = f", left {spell.end:%-d %B %Y}" if spell.end and spell.end < today else ""
        group = f", {year_group(spell.year_group)}" if spell.year_group else ""
        facts.append(f"{spell.school.name}{group}{left}")
    return Hit(_shown(pupil), reverse("pupil", args=[pupil.pk]), _why_pupil(pupil, query), facts)


def _shown(pupil: Pupil) -> str:
    known = f" (known as {pupil.known_as})" if pupil.known_as and pupil.known_as != pupil.forename else ""
    return f"{pupil}{known}"


def _why_pupil(pupil: Any, query: Query) -> str:
    if query.upn:
        return f"UPN {query.upn}" if pupil.upn == query.upn else f"former UPN {query.upn}"
    if query.postcode and query.postcode in pupil.search_text:
        return f"postcode {pupil.postcode}"
    if query.born and len(query.folded) < 2:
        return "date of birth"
    if not hasattr(pupil, "likeness") or pupil.likeness <= pupil.now_named + 0.05:
        return _named(query, f"{pupil.forename} {pupil.surname}")
    if pupil.known_as and _shares(query.folded, pupil.known_as):
        return f"known as {pupil.known_as}"
    former = [f for f in pupil.former_names.all() if _shares(query.folded, f"{f.forename} {f.surname}")]
    if former:
        one = max(former, key=lambda f: _likeness(query.folded, names.fold(f"{f.forename} {f.surname}")))
        return f"former name {one.forename} {one.surname}"
    return _named(query, f"{pupil.forename} {pupil.surname}")


def _named(query: Query, name: str) -> str:
    """Whether the name is what was typed or only like it: a near miss must be seen to be one."""
    said, known = set(query.folded.split()), set(names.fold(name).split())
    return "name" if said <= known or any(k.startswith(s) for s in said for k in known) else "similar name"


def _trigrams(text: str) -> set[str]:
    return {f"  {word} "[i : i + 3] for word in text.split() for i in range(len(word) + 1)}


def _likeness(one: str, other: str) -> float:
    """Share of `one`'s trigrams found in `other`: what word_similarity measures, for telling why after the fact."""
    said = _trigrams(one)
    return len(said & _trigrams(other)) / len(said) if said else 0.0


def _shares(folded: str, name: str) -> bool:
    return _likeness(folded, names.fold(name)) >= _ALIKE


def _parents(user: User, query: Query) -> Found:
    theirs = Responsibility.objects.filter(pupil__in=Pupil.objects.visible_to(user)).select_related("pupil")
    rows = Parent.objects.filter(pk__in=Parent.objects.visible_to(user).values("pk"))
    rows = rows.prefetch_related(Prefetch("responsibilities", queryset=theirs, to_attr="children"))
    found: list[Any] = []
    if query.postcode:
        if not user.as_role.in_authority:
            # where a parent may not be told of, a school must not learn it by trying postcodes
            rows = rows.filter(hidden_from=None)
        found = list(rows.filter(search_text__contains=query.postcode).order_by("sort_name", "pk")[: MOST + 1])
    elif query.is_number:
        found = list(rows.filter(search_text__contains=query.digits).order_by("sort_name", "pk")[: MOST + 1])
    elif not query.upn and len(query.folded) >= 2 and _may_be_name(user, query):
        found = _by_name(rows, query)
    return Found("Parents", [_parent_hit(parent, query) for parent in found[:MOST]], len(found) > MOST)


def _parent_hit(parent: Any, query: Query) -> Hit:
    children = [(str(r.pupil), reverse("pupil", args=[r.pupil_id])) for r in parent.children]
    if query.postcode:
        why = f"postcode {parent.postcode}"
    elif query.is_number:
        why = f"telephone {parent.phone}"
    else:
        why = _named(query, f"{parent.forename} {parent.surname}")
    facts = [f"telephone {parent.phone}"] if parent.phone else ["no telephone number"]
    return Hit(str(parent), children[0][1] if len(children) == 1 else "", why, facts, children)


def _schools(user: User, query: Query) -> Found:
    rows = School.objects.visible_to(user)
    found: list[School]
    if query.is_number:
        exact = Q(urn=int(query.digits)) if len(query.digits) == 6 and query.digits[0] != "0" else Q(pk=None)
        found = list(rows.filter(exact | Q(telephone__contains=query.text)).order_by("sort_name")[: MOST + 1])
    elif query.postcode:
        found = [s for s in rows.exclude(postcode="").order_by("sort_name") if query.postcode in names.postcode_key(s.postcode)]
    elif query.upn or len(query.folded) < 2:
        found = []
    else:
        found = _by_name(rows, query, many=False)
    hits = [
        Hit(
            school.name,
            reverse("school", args=[school.urn]),
            f"URN {school.urn}" if query.is_number else f"postcode {school.postcode}" if query.postcode else "name",
            [f"URN {school.urn}", school.get_phase_display(), *([f"closed {school.closed:%-d %B %Y}"] if school.closed else [])],
        )
        for school in found[:MOST]
    ]
    return Found("Schools", hits, len(found) > MOST)
