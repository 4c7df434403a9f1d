"""The filters of lists, read from the address: a filtered list can be kept as a bookmark and shared with a colleague."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import F, Q, QuerySet

from accounts import clock
from accounts.models import User
from accounts.permissions import Permission
from attendance import flag_codes
from attendance.cuts import Kind
from attendance.matrix import academic_year
from attendance.models import Flag, FlagQuerySet, SchoolCut
from casework.models import Case, Plan
from dashboards.loads import workers
from schools import groups, names
from schools.forms.fields import say_plainly
from schools.models import Area, Characteristic, Enrolment, Posting, Pupil, School, Trust
from schools.models.people import EnrolmentQuerySet


def lies_in(area: Area) -> Q:
    """Schools of an area: their ward, or the cluster or locality they are worked with in."""
    return Q(ward=area) | Q(cluster=area)


class _AreaField(filters.fields.ModelChoiceField):
    def label_from_instance(self, area: Area) -> str:
        return f"{area.name} ({area.get_kind_display().lower()})"


class _AreaFilter(filters.ModelChoiceFilter):
    field_class = _AreaField


def area_choice() -> filters.Filter:
    return _AreaFilter(label="Cluster or ward", queryset=Area.objects.none(), method="in_area", empty_label="All areas")


def trust_choice() -> filters.Filter:
    return filters.ModelChoiceFilter(label="Trust", queryset=Trust.objects.none(), method="in_trust", empty_label="Any or no trust")


def offer_places(chosen: filters.FilterSet, schools: QuerySet[School]) -> None:
    """The areas and trusts that there are among these schools."""
    of = schools.order_by().values("pk")
    areas = Area.objects.filter(Q(ward_schools__in=of) | Q(cluster_schools__in=of))
    chosen.filters["area"].queryset = areas.distinct().order_by("kind", "name")
    chosen.filters["trust"].queryset = Trust.objects.filter(schools__in=of).distinct().order_by("name")


class SchoolFilter(filters.FilterSet):
    q = filters.CharFilter(label="School name or URN", method="named")
    phase = filters.ChoiceFilter(label="Phase", choices=School.Phase.choices, empty_label="All phases")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    area = area_choice()
    trust = trust_choice()
    cohort = filters.ChoiceFilter(
        label="With pupils who are", choices=Characteristic.Kind.choices, method="with_cohort", empty_label="All schools"
    )
    silent = filters.ChoiceFilter(label="Registers", choices=[("behind", "Missing registers")], method="kept", empty_label="All schools")

    class Meta:
        model = School
        fields = ["q", "phase", "area", "trust", "officer", "cohort", "silent"]

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if not user.may(Permission.SEE_PUPILS):  # of one school the answer would be about a child
            del self.filters["cohort"]
        mine = self.queryset
        offer_places(self, mine)
        leads = Posting.objects.on(self.today).filter(school__in=mine, part=Posting.Part.LEAD)
        officers = leads.order_by("user__name").values_list("user", "user__name").distinct()
        self.filters["officer"].extra["choices"] = list(officers)
        say_plainly(self.form)

    def named(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        if value.strip().isdecimal():
            return rows.filter(urn=int(value)) if len(value.strip()) < 9 else rows.none()
        return rows.filter(search_text__contains=names.fold(value))

    def in_area(self, rows: QuerySet[School], name: str, value: Area) -> QuerySet[School]:
        return rows.filter(lies_in(value))

    def in_trust(self, rows: QuerySet[School], name: str, value: Trust) -> QuerySet[School]:
        return rows.filter(trust=value)

    def worked_by(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        return rows.filter(pk__in=Posting.objects.on(self.today).filter(user=int(value), part=Posting.Part.LEAD).values("school"))

    def with_cohort(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        """Schools that have enrolments of the cohort with sessions this year, as the cohort's page counts them."""
        cuts = SchoolCut.objects.filter(year=academic_year(self.today), kind=Kind.COHORT, value=value, judged__gt=0)
        return rows.filter(pk__in=cuts.values("school"))

    def kept(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        return rows  # known only once the figures are read: the view keeps the silent ones


_BANDS = {
    "any": ("Any share, of one session or more", 0, None),
    "persistent": ("10% or more: persistently absent", 10, None),
    "5": ("Less than 5%", None, 5),
    "10": ("5% to less than 10%", 5, 10),
    "20": ("10% to less than 20%", 10, 20),
    "50": ("20% to less than 50%", 20, 50),
    "100": ("50% or more: severely absent", 50, None),
}
YEAR_GROUPS = [("N2", "Nursery"), ("R", "Reception"), *((str(n), f"Year {n}") for n in range(1, 14))]
EVERYONE = "all"
_FLAGS = [*((code, dict(Flag.Code.choices)[code]) for code in flag_codes.URGENT), (EVERYONE, "All pupils, flagged or not")]


_OF_FLAGS = {"flag", "new", "stood", "low_data"}  # choices about flags: one question, asked in `PupilFilter.flags`


class PupilFilter(filters.FilterSet):
    """Pupils at risk. Without a choice of flag: those with any open flag to act on that rests on enough sessions. A choice
    that is not offered is left out, with words beside it; the other choices stand.
    """

    q = filters.CharFilter(label="Name or UPN", method="named")
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", method="at_school", empty_label="All schools"
    )
    area = area_choice()
    trust = trust_choice()
    officer = filters.ModelChoiceFilter(label="Officer’s schools", queryset=workers(), method="of_officer", empty_label="Whoever’s schools")
    flag = filters.ChoiceFilter(label="Flag", choices=_FLAGS, method="leave", empty_label="Any flag to act on")
    year_group = filters.ChoiceFilter(label="Year group", choices=YEAR_GROUPS, method="in_year", empty_label="All year groups")
    characteristic = filters.ChoiceFilter(
        label="Characteristic", choices=groups.COHORTS, method="with_characteristic", empty_label="Any or none"
    )
    sex = filters.ChoiceFilter(label="Sex", choices=groups.SEXES, method="of_sex", empty_label="Any")
    absence = filters.ChoiceFilter(
        label="Sessions missed", choices=[(k, v[0]) for k, v in _BANDS.items()], method="missing", empty_label="Any share"
    )
    plan = filters.ChoiceFilter(
        label="Plan in a case",
        choices=[("without", "No current plan"), ("with", "A current plan")],
        method="planned",
        empty_label="With or without",
    )
    new = filters.ChoiceFilter(
        label="Flag noticed",
        choices=[("7", "In the last 7 days"), ("28", "In the last 28 days")],
        method="leave",
        empty_label="At any time",
    )
    stood = filters.ChoiceFilter(label="Flag open", choices=[("year", "At any time this school year")], method="leave", empty_label="Today")
    low_data = filters.ChoiceFilter(label="Pupils with few sessions", choices=[("shown", "Shown")], method="leave", empty_label="Hidden")

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today = user, today
        self._schools = School.objects.visible_to(user).open_on(today)
        self.filters["school"].queryset = self._schools.to_choose()
        offer_places(self, self._schools)
        if not user.may(Permission.SEE_CASES):
            del self.filters["plan"]
        if not user.as_role.in_authority:
            del self.filters["officer"]
        say_plainly(self.form)

    def over(self, rows: QuerySet[Pupil]) -> PupilFilter:
        """The same choices over other rows."""
        return PupilFilter(self.data, queryset=rows, user=self.user, today=self.today)

    def _on_roll(self) -> EnrolmentQuerySet:
        return Enrolment.objects.visible_to(self.user).on_roll(self.today)

    def named(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        for word in names.fold(value).split():
            # Digits are a UPN's: the text searched also ends with a postcode (in capitals, so no word without digits meets
            # it), and that may be one nobody may learn by trying.
            numbered = any(c.isdigit() for c in word)
            rows = rows.filter(upn__contains=word.upper()) if numbered else rows.filter(search_text__contains=word)
        return rows

    def at_school(self, rows: QuerySet[Pupil], name: str, value: School) -> QuerySet[Pupil]:
        return rows.filter(pk__in=self._on_roll().filter(school=value).values("pupil"))

    def in_area(self, rows: QuerySet[Pupil], name: str, value: Area) -> QuerySet[Pupil]:
        return rows.filter(pk__in=self._on_roll().filter(school__in=self._schools.filter(lies_in(value))).values("pupil"))

    def in_trust(self, rows: QuerySet[Pupil], name: str, value: Trust) -> QuerySet[Pupil]:
        return rows.filter(pk__in=self._on_roll().filter(school__in=self._schools.filter(trust=value)).values("pupil"))

    def of_officer(self, rows: QuerySet[Pupil], name: str, value: User) -> QuerySet[Pupil]:
        posted = Posting.objects.on(self.today).filter(user=value, part__in=[Posting.Part.LEAD, Posting.Part.COVER])
        return rows.filter(pk__in=self._on_roll().filter(school__in=self._schools.filter(pk__in=posted.values("school"))).values("pupil"))

    def in_year(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        groups = ["N1", "N2"] if value == "N2" else [value]
        return rows.filter(pk__in=self._on_roll().filter(year_group__in=groups).values("pupil"))

    def with_characteristic(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        return rows.filter(pk__in=groups.in_cohort(value, self.today).values("pk"))

    def of_sex(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        return rows.filter(pk__in=groups.of_sex(value).values("pk"))

    def missing(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        _, low, high = _BANDS[value]
        # whole numbers: a share is compared exactly, never as it is rounded on screen
        if low is not None:
            rows = rows.filter(possible__gt=0, absent__gte=F("possible") * low / 100.0)
        return rows if high is None else rows.filter(possible__gt=0, absent__lt=F("possible") * high / 100.0)

    def planned(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        with_plan = Plan.objects.current().filter(case__in=Case.objects.visible_to(self.user).open()).values("case__pupil")
        return rows.filter(pk__in=with_plan) if value == "with" else rows.exclude(pk__in=with_plan)

    def leave(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        return rows  # the choices about flags are one question, asked in `flags`

    def _chosen(self) -> dict[str, Any]:
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def code(self) -> str:
        """The flag chosen; "" for any to act on."""
        return self._chosen().get("flag") or ""

    @property
    def of_the_year(self) -> bool:
        """Are flags asked for that stood at any time of the year, not those open today?"""
        return bool(self._chosen().get("stood"))

    @property
    def narrowed(self) -> bool:
        """Is anything chosen that leaves some pupils out whatever their flags?"""
        chosen = self._chosen()
        return any(chosen.get(name) for name in self.filters if name not in _OF_FLAGS)

    @property
    def sums(self) -> bool:
        """Can it be said only from the pupils' sums who is listed?"""
        return bool(self._chosen().get("absence"))

    def flags(self) -> FlagQuerySet:
        """The open flags that the choices about flags leave; which flag was chosen is left out, for the counts by flag."""
        chosen = self._chosen()
        found = Flag.objects.stood_in(academic_year(self.today)) if self.of_the_year else Flag.objects.open()
        if not chosen.get("low_data"):
            found = found.well_founded()
        if chosen.get("new"):
            found = found.filter(noticed_at__gte=clock.start_of(self.today - dt.timedelta(days=int(chosen["new"]))))
        return found

    def pupils(self) -> QuerySet[Pupil]:
        """The list: what every choice leaves."""
        chosen = self._chosen().get("flag")
        if chosen == EVERYONE:
            return self.qs
        flags = self.flags().filter(code=chosen) if chosen else self.flags().exclude(code__in=flag_codes.WATCHED)
        return self.qs.filter(pk__in=flags.values("pupil"))
