"""Questions to schools about their registers: by school, of one school, and one with its answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import matrix, questions
from attendance.models import Answer, Question, QuestionCheck
from attendance.questions import AnswerProblem
from schools.forms.fields import TokenField, WordsField, show
from schools.models import Enrolment, School

PER_PAGE = 50
_RULES = dict(Question.Rule.choices)


class AnswerForm(forms.Form):
    words = WordsField(
        label="What the school says",
        longest=4000,
        rows=4,
        needed="Write what the school says",
        help_text="Kept as you write it, with your name. If the marks are wrong, send the right ones: the question then goes by itself.",
    )
    form_token = TokenField()


@needs(Permission.SEE_PUPILS)
@require_safe
def schools(request: HttpRequest) -> HttpResponse:
    """Schools with something to answer, the most open questions first. Three queries, however many schools."""
    user, today = user_of(request), clock.today()
    seen = Question.objects.visible_to(user).filter(year=matrix.academic_year(today)).standing()
    counts: dict[int, dict[str, Any]] = {}
    for school, rule, answered, number in seen.order_by().values_list("school", "rule", "answered").annotate(n=Count("pk")):
        of = counts.setdefault(school, {"open": 0, "answered": 0, "rules": {}})
        of["answered" if answered else "open"] += number
        of["rules"][rule] = of["rules"].get(rule, 0) + number
    found = School.objects.visible_to(user).filter(pk__in=list(counts)).order_by("sort_name")
    rows = [(school, counts[school.pk], [(_RULES[r], n) for r, n in sorted(counts[school.pk]["rules"].items())]) for school in found]
    rows.sort(key=lambda row: -row[1]["open"])
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "total": len(rows),
        "open": sum(of["open"] for of in counts.values()),
        "answered": sum(of["answered"] for of in counts.values()),
        "looked": QuestionCheck.objects.filter(school__in=School.objects.visible_to(user)).exists(),
    }
    return render(request, "attendance/questions.html", context)


@needs(Permission.SEE_PUPILS)
@require_safe
def of_school(request: HttpRequest, urn: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user).select_related("question_check"), urn=urn)
    answers = Prefetch("answers", Answer.objects.select_related("by").order_by("-at", "-pk"))
    mine = Question.objects.visible_to(user).filter(school=school, year=matrix.academic_year(today))
    gone = Q(gone_at__isnull=False) & Q(answers__isnull=True)  # what nobody had answered leaves nothing to show
    rows = list(mine.exclude(gone).distinct().select_related("enrolment__pupil").prefetch_related(answers).order_by("asked_at", "pk"))
    order = list(_RULES)
    rows.sort(key=lambda q: (order.index(q.rule), q.enrolment.pupil.sort_name if q.enrolment else q.key))
    context = {
        "school": school,
        "states": [(name, [q for q in rows if q.state == state]) for state, name in _STATES],
        "any": any(q.state != "gone" for q in rows),
        "check": getattr(school, "question_check", None),
        "may_answer": user.may(Permission.ANSWER_QUESTIONS),
    }
    return render(request, "attendance/school_questions.html", context)


_STATES = (("open", "To answer"), ("answered", "Answered, and still so"), ("gone", "Answered, and gone since the marks changed"))


@needs(Permission.SEE_PUPILS)
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """The sessions behind a question and what was answered; and the form for an answer."""
    user = user_of(request)
    found = get_object_or_404(Question.objects.visible_to(user).select_related("school", "enrolment__pupil"), pk=pk)
    may_answer = user.may(Permission.ANSWER_QUESTIONS)
    if request.method == "POST" and not may_answer:
        raise PermissionDenied
    form = AnswerForm(request.POST or None) if may_answer and found.gone_at is None else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            questions.answer(by=user, today=clock.today(), now=clock.now(), question=found, **form.cleaned_data)
        except AnswerProblem as problem:
            show(form, problem)
        else:
            return redirect("school_questions", urn=found.school.urn)
    answers = list(found.answers.select_related("by").order_by("-at", "-pk"))
    context = {"question": found, "school": found.school, "form": form, "answers": answers, "behind": _behind(found)}
    return render(request, "attendance/question.html", context)


def _behind(found: Question) -> list[dict[str, Any]]:
    """The sessions behind a question, with the pupil of each."""
    names = Enrolment.objects.filter(pk__in={row[0] for row in found.behind}).select_related("pupil").in_bulk()
    return [{"pupil": names[pk].pupil, "session": session, "due": due} for pk, session, due in found.behind if pk in names]
