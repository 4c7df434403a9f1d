"""The board of deadlines: everything that runs in legal matters, by the day it is due. It reads casework's tasks of that kind, whose days
are kept by whoever asked for them (legal.actions.deadlines): nothing is worked out row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import django_filters as filters
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from attendance.tables import Column, Kind, Table
from casework.models import Task
from legal.clocks import last_safe
from legal.models import Improvement
from schools import names
from schools.forms.fields import say_plainly
from schools.models import Posting, School

WEEK = dt.timedelta(days=7)
SOON = 14  # days before a last safe day at which it is shown as pressing

# what runs, by how its task is named: `legal:notice:12:unpaid`
KINDS: dict[str, tuple[str, Q]] = {
    "information": ("Last safe date to lay the information", Q(source_key__endswith=":information")),
    "unpaid": ("Notice: prosecute or withdraw", Q(source_key__endswith=":unpaid")),
    "review": ("Notice: legal review", Q(source_key__startswith="legal:notice:", source_key__endswith=":review")),
    "public": ("Public-place notice", Q(source_key__startswith="legal:public:")),
    "improve": ("Notice to improve", Q(source_key__startswith="legal:improve")),
    "order": ("Orders and directions", Q(source_key__startswith="legal:order:")),
}


def kind_of(task: Task) -> str:
    """In words, as the filter says it: by what is to be done, else by what it is about."""
    app, _, rest = task.source_key.partition(":")
    about, _, name = rest.partition(":")
    last = name.rpartition(":")[2]
    for key in (last, about) if app == "legal" else ():
        if key in KINDS:
            return KINDS[key][0]
    return "Penalty notice" if about == "notice" else "Other"


class BoardFilter(filters.FilterSet):
    q = filters.CharFilter(label="Pupil’s name or UPN", method="named")
    kind = filters.ChoiceFilter(
        label="What runs", choices=[(key, words) for key, (words, _) in KINDS.items()], method="of_kind", empty_label="Everything"
    )
    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    when = filters.ChoiceFilter(
        label="Due",
        choices=[("overdue", "Overdue"), ("week", "Within 7 days"), ("later", "Later")],
        method="due",
        empty_label="At any time",
    )

    class Meta:
        model = Task
        fields = ["q", "kind", "school", "officer", "when"]

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today = user, today
        self.filters["school"].queryset = School.objects.visible_to(user).to_choose()
        leads = Posting.objects.on(today).filter(school__in=School.objects.visible_to(user), part=Posting.Part.LEAD)
        self.filters["officer"].extra["choices"] = list(leads.order_by("user__name").values_list("user", "user__name").distinct())

    @property
    def form(self) -> Any:
        built = super().form
        say_plainly(built)
        return built

    @property
    def chosen(self) -> bool:
        self.form.full_clean()
        return any(self.form.cleaned_data.get(name) for name in self.filters)

    def named(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        for word in names.fold(value).split():
            numbered = any(c.isdigit() for c in word)
            rows = rows.filter(pupil__upn__contains=word.upper()) if numbered else rows.filter(pupil__search_text__contains=word)
        return rows

    def of_kind(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows.filter(KINDS[value][1])

    def worked_by(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows.filter(school__in=Posting.objects.on(self.today).filter(user=int(value), part=Posting.Part.LEAD).values("school"))

    def due(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows.filter(spans(self.today)[value])

    def without_when(self) -> QuerySet[Task]:
        """What the other choices leave: for the counts by when it is due."""
        left = self.data.copy()
        left.pop("when", None)
        return type(self)(left, queryset=self.queryset, user=self.user, today=self.today).qs


def spans(today: dt.date) -> dict[str, Q]:
    return {
        "overdue": Q(due__lt=today),
        "week": Q(due__gte=today, due__lt=today + WEEK),
        "later": Q(due__gte=today + WEEK),
    }


def counts(rows: QuerySet[Task], today: dt.date) -> dict[str, int]:
    """How many are overdue, due within a week, later; one query."""
    return rows.order_by().aggregate(**{name: Count("pk", filter=span) for name, span in spans(today).items()})


_KEPT = {"notice": "legal:notice", "public_place": "legal:public"}  # whose last safe day is a task of its own


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that runs, as the board shows it."""

    task: Task
    today: dt.date
    safe: dt.date | None  # the last safe day to lay the information, where it rests on sessions that could be charged

    @property
    def kind(self) -> str:
        return kind_of(self.task)

    @property
    def days(self) -> int:
        return (self.task.due - self.today).days

    @property
    def overdue(self) -> bool:
        return self.days < 0

    @property
    def pressing(self) -> bool:
        return self.safe is not None and (self.safe - self.today).days <= SOON

    @property
    def when(self) -> str:
        if self.days == 0:
            return "today"
        number = abs(self.days)
        said = f"{number} day{'' if number == 1 else 's'}"
        return f"{said} overdue" if self.overdue else f"in {said}"


def lines(tasks: Iterable[Task], today: dt.date) -> list[Line]:
    """With the last safe day of each notice, of either kind, and notice to improve that the tasks are about; at most two queries."""
    tasks = list(tasks)
    keys = {
        f"{_KEPT[task.address_name]}:{task.address_pk}:information": (task.address_name, task.address_pk)
        for task in tasks
        if task.address_name in _KEPT
    }
    safe: dict[tuple[str, int | None], dt.date] = {}
    if keys:
        for key, due in Task.objects.open().filter(source_key__in=keys).values_list("source_key", "due"):
            safe[keys[key]] = due
    if improvements := {task.address_pk for task in tasks if task.address_name == "improvement"}:
        for pk, sessions in Improvement.objects.filter(pk__in=improvements).values_list("pk", "sessions"):
            if found := last_safe(sessions, today):
                safe["improvement", pk] = found.next.last if found.next else found.end
    return [Line(task, today, safe.get((task.address_name, task.address_pk))) for task in tasks]


TABLE: Table[Line] = Table(
    "legal-deadlines",
    "Legal deadlines",
    (
        Column("due", "Due", lambda line: line.task.due, Kind.DAY),
        Column("days", "Days to go, overdue below 0", lambda line: line.days, Kind.COUNT),
        Column("kind", "What runs", lambda line: line.kind),
        Column("title", "What is to be done", lambda line: line.task.title),
        Column("why", "Why", lambda line: line.task.why),
        Column("pupil", "Pupil", lambda line: str(line.task.pupil or "")),
        Column("upn", "UPN", lambda line: line.task.pupil.upn if line.task.pupil else ""),
        Column("school", "School", lambda line: line.task.school.name if line.task.school else ""),
        Column("safe", "Last safe day to lay the information", lambda line: line.safe, Kind.DAY),
    ),
)
