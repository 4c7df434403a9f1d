"""Keeping in touch in the demo: a briefing that went and one drafted, the library, questions, self-checks, events and campaigns."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import numpy as np

from config.demo.dates import ONE
from config.demo.work import touch_words as words
from config.demo.work.cast import Cast
from meetings.models import Advice, BriefingMail, Event, Guide, GuideRead
from meetings.touch import checklist, inbox
from meetings.touch.actions import advice, briefings, checks, events, library
from schools.models import School

_SITE = "http://localhost:8000/"
_READ = 0.6  # share of schools that have opened an item that stands for long
_TOOLKIT = "Attendance toolkit\n\n1. Ask on the first day.\n2. Meet at 8%.\n3. Plan at 10%.\n4. Plan together when half is missed.\n"


class Touch:
    """Each part is told by the actions that people use."""

    def __init__(self, cast: Cast, rng: np.random.Generator) -> None:
        self.cast, self.rng = cast, rng
        self.schools = [
            one for one in cast.schools.values() if one.pk in cast.officer_of and (one.closed is None or one.closed >= cast.today)
        ]
        self.officer = cast.officers[0]

    def tell(self, shown: Sequence[int]) -> None:
        """`shown`: schools whose people the visitor signs in as: each has something to read and to answer."""
        self.library()
        self.questions(shown)
        self.practice(shown)
        self.events(shown)
        self.campaigns()
        self.briefings(shown)

    def at(self, days_ago: int, hour: float = 10.0) -> dt.datetime:
        return self.cast.moment(self.cast.at_work(self.cast.today - days_ago * ONE) if days_ago else self.cast.today, hour)

    def library(self) -> None:
        today = self.cast.today
        for kind, topic, phases, since, left, title, said in words.GUIDES:
            until = None if left is None else today + left * ONE
            found = {"kind": kind, "topic": topic, "phases": phases, "title": title, "words": said, "start": today - since * ONE}
            guide = library.write_guide(by=self.officer, now=self.at(since), until=until, **found)
            if topic == words.Topic.TOOLKIT:
                self._file(guide)
            self._read(guide, since)

    def _file(self, guide: Guide) -> None:
        content = _TOOLKIT.encode()
        library.add_file(by=self.officer, now=self.at(70), guide=guide, name="toolkit.txt", size=len(content), file=io.BytesIO(content))

    def _read(self, guide: Guide, since: int) -> None:
        meant = [one for one in self.schools if (not guide.phases or one.phase in guide.phases) and one.pk in self.cast.contact_of]
        opened = [one for one in meant if self.rng.random() < _READ * min(since / 30, 1.5)]
        GuideRead.objects.bulk_create(
            GuideRead(guide=guide, school=one, user=self.cast.contact_of[one.pk], at=self.at(max(since - 2, 0), 11)) for one in opened
        )

    def questions(self, shown: Sequence[int]) -> None:
        where = [self.cast.schools[key] for key in shown] + self.schools[:: max(len(self.schools) // 5, 1)]
        for number, (topic, how, who, subject, asked, answer, days, later) in enumerate(words.QUESTIONS):
            school = where[number % len(where)]
            officer = self.cast.officer_of[school.pk]
            by = self.cast.contact_of.get(school.pk, officer) if how == Advice.How.LOGIN else officer
            said = {"topic": topic, "how": how, "subject": subject, "words": asked, "asked_for": who}
            made = advice.ask(by=by, now=self.at(days, 9.2), school=school, **said)
            if answer:
                made = advice.reply(by=officer, now=self.at(max(days - later, 0), 15), advice=made, version=None, answer=answer)
            if number == 0:
                found = {"title": subject, "words": f"{asked}\n\n{answer}", "topic": topic, "phases": words.SECONDARY}
                start = self.cast.today - 20 * ONE
                advice.publish(by=officer, now=self.at(20), advice=made, start=start, until=None, **found)

    def practice(self, shown: Sequence[int]) -> None:
        """Some have sent their check, some have begun, some nothing; the schools shown are one of each kind that asks for something."""
        for number, school in enumerate(self.schools):
            drawn = self.rng.random()
            if school.pk in shown:
                drawn = 0.5 if school.pk == shown[0] else 0.1
            if drawn < 0.75:
                self._check(school, send=drawn < 0.55, see=drawn < 0.3)
            if school.pk in shown or number % 12 == 0:
                self._plan(school, signed=school.pk not in shown[1:])
        for school in [self.cast.schools[key] for key in shown[1:]] or self.schools[:1]:
            day = self.cast.before(school.pk, self.cast.today - 9 * ONE) or self.cast.today - 9 * ONE
            officer = self.cast.officer_of[school.pk]
            asked = {"today": self.cast.today, "now": self.cast.moment(day, 16), "school": school, "review": None, "day": day}
            checks.write_review(by=officer, share=True, **asked, **words.REVIEW)  # type: ignore[arg-type]

    def _check(self, school: School, *, send: bool, see: bool) -> None:
        notes = {"closes": "Year 11 until 9.20: from January 30 minutes", "governors": "A governor is to be named in December"}
        answers = {}
        for question in checklist.QUESTIONS if send else checklist.QUESTIONS[:8]:
            drawn = self.rng.random()
            said = checklist.NO if drawn < 0.05 else checklist.PARTLY if drawn < 0.2 else checklist.YES
            answers[question.key] = {"answer": said, "note": notes.get(question.key, "") if said != checklist.YES else ""}
        by = self.cast.contact_of.get(school.pk, self.cast.officer_of[school.pk])
        known = {"today": self.cast.today, "school": school, "version": None}
        made = checks.answer_check(by=by, now=self.at(25, 14), answers=answers, send=send, **known)  # type: ignore[arg-type]
        if see:
            officer = self.cast.officer_of[school.pk]
            checks.see_check(
                by=officer, now=self.at(15, 11), check=made, version=None, words="Thank you. We look at what is open when we meet."
            )

    def _plan(self, school: School, *, signed: bool) -> None:
        by, today = self.cast.contact_of.get(school.pk, self.cast.officer_of[school.pk]), self.cast.today
        began = self.cast.at_work(today - 45 * ONE)
        for aim, owner, days, note, done in words.AIMS:
            due = today + days * ONE
            step = checks.add_step(by=by, today=began, now=self.at(45), school=school, aim=aim, owner=owner, due=due)
            if note:
                checks.tell_step(by=by, today=today - 2 * ONE, now=self.at(2), step=step, version=None, done=done, note=note, due=due)
        if signed:
            said = {"name": "The chair of governors", "signed_as": "governors", "day": today - 30 * ONE}
            checks.sign_plan(by=by, today=today, now=self.at(30), plan=step.plan, **said)  # type: ignore[arg-type]

    def events(self, shown: Sequence[int]) -> None:
        today = self.cast.today
        forum = {"kind": Event.Kind.FORUM, "title": "Attendance network", "phases": [], "minutes": 90, "places": None, "traded": False}
        training = {"kind": Event.Kind.TRAINING, "title": "Codes and registers for office staff", "phases": [], "minutes": 120}
        training |= {"places": 40, "traded": True, "words": "With examples from your own registers."}
        past = self._event(today - 16 * ONE, forum | {"words": "What worked in the first weeks."}, where="Town hall, committee room 2")
        coming = self._event(today + 12 * ONE, forum | {"words": "Plans for severely absent pupils, and questions."}, where="Online")
        self._event(today + 26 * ONE, training, where="Professional development centre")
        for number, school in enumerate(self.schools):
            by = self.cast.contact_of.get(school.pk, self.cast.officer_of[school.pk])
            if number % 3 == 0:
                people = 1 + number % 2
                known = {"today": past.day - 5 * ONE, "now": self.at(21), "school": school}
                events.sign_up(by=by, event=past, people=people, **known)  # type: ignore[arg-type]
                came = {"today": today, "now": self.at(15), "school": school}
                events.note_came(by=self.officer, event=past, came=people if number % 4 else 0, **came)  # type: ignore[arg-type]
            if number % 5 == 0 and school.pk not in shown:
                events.sign_up(by=by, today=today, now=self.at(1), event=coming, school=school, people=1)

    def _event(self, day: dt.date, said: dict[str, object], *, where: str) -> Event:
        day = self.cast.at_work(day)
        known = {"today": min(day, self.cast.today), "now": self.at(35), "event": None, "day": day, "time": dt.time(13, 30)}
        return events.write_event(by=self.officer, where=where, **known, **said)  # type: ignore[arg-type]

    def campaigns(self) -> None:
        today = self.cast.today
        told = {"title": "Back to school: every day counts", "words": "Ready on time, every day, from the first one.", "school": None}
        asked = {
            "channel": "social",
            "start": today - 80 * ONE,
            "end": today - 60 * ONE,
            "reach": 18_400,
            "reach_words": "views, as the channels count them",
        }
        events.write_campaign(by=self.officer, now=self.at(60), campaign=None, **told, **asked)
        told = {"title": "Too ill for school?", "words": "When to keep a child at home, and when not.", "school": None}
        asked = {"channel": "letter", "start": today - 15 * ONE, "end": None, "reach": None, "reach_words": ""}
        events.write_campaign(by=self.officer, now=self.at(15), campaign=None, **told, **asked)

    def briefings(self, shown: Sequence[int]) -> None:
        """One went this morning, with today's figures. Written to files for the schools shown only: hundreds of files help nobody."""
        today, manager = self.cast.today, self.cast.manager
        said = {"subject": "Attendance briefing", "news": words.NEWS, "day": today}
        went = briefings.write_briefing(by=self.officer, today=today, now=self.at(1, 15), **said)
        went = briefings.let_go(by=manager, today=today, now=self.at(0, 7.2), briefing=went, version=None, site=_SITE)
        briefings.make_letters(went, today=today)
        at = self.at(0, 7.3)
        mails = BriefingMail.objects.filter(letter__briefing=went).order_by("pk")
        if inbox.kept():
            for number in mails.filter(letter__school__in=list(shown)).values_list("pk", flat=True):
                briefings.deliver(number, now=at)
        mails.filter(status=BriefingMail.Status.WAITING).update(status=BriefingMail.Status.SENT, sent_at=at)
        back = mails.filter(extra=True).exclude(letter__school__in=list(shown)).first()
        if back:
            briefings.mark_bounced(by=None, now=self.at(0, 8), mail=back, words="smtp; 550 5.1.1 no such mailbox")
        left = mails.filter(extra=True).exclude(letter__school__in=list(shown)).last()
        if left:
            briefings.leave(now=self.at(0, 8.5), school=left.letter.school, email=left.email)
        went.status, went.made_at, went.finished_at = went.Status.SENT, at, at
        went.save()
        following = self.cast.at_work(today + 14 * ONE)
        found = {"subject": "Attendance briefing", "news": words.NEXT_NEWS, "day": following}
        briefings.write_briefing(by=self.officer, today=today, now=self.at(0, 9), **found)
