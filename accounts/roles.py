"""Each role: a sentence that a head of service can check, and what it may do.

A role is stored on the user as a short stable word, never as a path in the code.
`every_school` answers "which rows?" together with the user's postings: see `School.objects.visible_to`.
"""

from dataclasses import dataclass

from accounts.permissions import Permission as P


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    name: str
    sentence: str
    in_authority: bool
    every_school: bool
    permissions: frozenset[P]


_REGISTERS = {P.UPLOAD_REGISTER, P.UNDO_LOAD, P.ANSWER_QUESTIONS}
_SEE = {P.SEE_SCHOOLS, P.SEE_PUPILS, P.SEE_PARENTS, P.SEARCH}
_WORK = {
    P.SEE_MEETINGS,
    P.PLAN_MEETINGS,
    P.LOG_PROGRESS,
    P.SEE_CONTACTS,
    P.SEE_TERM_PLAN,
    P.ANSWER_OFFERS,
    P.KEEP_IN_TOUCH,
    P.READ_GUIDANCE,
    P.SEE_ADVICE,
    P.KEEP_PRACTICE,
    P.SIGN_UP,
    P.SEE_CASES,
    P.REFER_PUPIL,
    P.WORK_CASES,
    P.SEE_SAFEGUARDING,
    P.DO_TASKS,
    P.SEE_LETTERS,
    P.WRITE_LETTERS,
    P.SEE_NOTICES,
    P.REQUEST_NOTICE,
    P.KEEP_IMPROVEMENTS,
    P.KEEP_CONTRACTS,
    P.CONFIRM_REGISTER,
}

ROLES = {
    role.code: role
    for role in (
        Role(
            "officer",
            "Attendance officer",
            "Is the authority's single point of contact for the schools they are posted to: sees those schools, "
            "their pupils and families, loads registers for them, says which of them supplies none for a time, and corrects "
            "who is on roll, keeps the directory of the people around them, plans their meetings, writes down contacts with them, "
            "writes briefings and guidance, answers their questions, works their cases, writes letters "
            "to parents, writes down that safeguarding was considered, draws up attendance contracts, issues notices to improve, asks "
            "other authorities for earlier notices, asks for penalty notices and writes down what a school says of its register before "
            "one is issued.",
            in_authority=True,
            every_school=False,
            permissions=frozenset(
                _SEE
                | _WORK
                | _REGISTERS
                | {
                    P.SET_SUPPLY,
                    P.EDIT_PEOPLE,
                    P.EDIT_CALENDAR,
                    P.KEEP_TEAMS,
                    P.SEE_AUTHORITY_FIGURES,
                    P.SEE_RATINGS,
                    P.SEE_PUBLISHED_RATINGS,
                    P.ASK_AUTHORITIES,
                }
            ),
        ),
        Role(
            "manager",
            "Attendance manager",
            "Leads the team: sees every school and pupil, does whatever an officer does anywhere, decides which "
            "officer works with which school, cohort or case, who stands in for whom, and from which source a school's marks are taken, "
            "moves pupils over when a school becomes another, says which two records are of one child or one person, loads what happened "
            "before Daymark and signs it off, looks after live feeds, sets the "
            "authority's policy values, keeps the templates of letters, sets how many meetings a school is due, sends "
            "briefings to every school, has schools rated, moderates a rating and publishes a term's ratings to the schools, "
            "keeps the list of who may sign what, and lets an incomplete notice request go on, each with a reason; decides no notice.",
            in_authority=True,
            every_school=True,
            permissions=frozenset(
                _SEE
                | _WORK
                | _REGISTERS
                | {
                    P.SET_SUPPLY,
                    P.CHOOSE_SOURCES,
                    P.EDIT_PEOPLE,
                    P.EDIT_CALENDAR,
                    P.KEEP_TEAMS,
                    P.SEE_AUTHORITY_FIGURES,
                    P.SEE_BOROUGH,
                    P.SEE_RATINGS,
                    P.RATE_SCHOOLS,
                    P.SET_TERM_PLAN,
                    P.SEND_BRIEFINGS,
                    P.SEE_SENT_MAIL,
                    P.SEE_PUBLISHED_RATINGS,
                    P.KEEP_TEMPLATES,
                    P.OVERRIDE_CHECKLIST,
                    P.KEEP_AUTHORISATIONS,
                    P.KEEP_HISTORY,
                    P.SAY_SAME_PERSON,
                    P.ASK_AUTHORITIES,
                    P.ALLOCATE_CASES,
                    P.MERGE_PUPILS,
                    P.CONVERT_SCHOOLS,
                    P.SET_POLICY,
                    P.MANAGE_FEEDS,
                    P.MANAGE_POSTINGS,
                    P.SEE_AUDIT,
                    P.SEE_MOVED_ENTRIES,
                }
            ),
        ),
        Role(
            "legal",
            "Legal officer",
            "Sees every school, pupil and family, and where safeguarding was considered, in order to decide on and prove legal action: "
            "says which two records are of one person, asks other authorities for earlier notices, decides on requests, issues and "
            "withdraws penalty notices and records what is paid, writes down orders of courts, and keeps notes of legal advice that "
            "nobody else reads; changes no register.",
            in_authority=True,
            every_school=True,
            permissions=frozenset(
                _SEE
                | {
                    P.SEE_AUTHORITY_FIGURES,
                    P.SEE_BOROUGH,
                    P.SEE_RATINGS,
                    P.SEE_PUBLISHED_RATINGS,
                    P.SEE_MEETINGS,
                    P.SEE_CONTACTS,
                    P.SEE_TERM_PLAN,
                    P.SEE_CASES,
                    P.SEE_SAFEGUARDING,
                    P.DO_TASKS,
                    P.SEE_LETTERS,
                    P.SEE_NOTICES,
                    P.DECIDE_NOTICE,
                    P.KEEP_ORDERS,
                    P.KEEP_LEGAL_ADVICE,
                    P.SAY_SAME_PERSON,
                    P.ASK_AUTHORITIES,
                    P.SEE_MOVED_ENTRIES,
                }
            ),
        ),
        Role(
            "school_contact",
            "School single point of contact",
            "Speaks for one or more schools: sees its own pupils, uploads its registers, undoes its own uploads, answers "
            "questions about its marks and corrects its pupils' details, says who its own attendance people are, refers a pupil, "
            "answers offers of meetings, says how agreed actions go and what came of tasks it was given, reads the authority's guidance, "
            "asks it for advice, checks its own practice and signs up for events, draws up attendance contracts, issues notices to improve "
            "where the authority leaves that to schools, asks for penalty notices, confirms its register before one is issued and reads "
            "its own rating once it is published; sees no other school.",
            in_authority=False,
            every_school=False,
            permissions=frozenset(
                _SEE
                | _REGISTERS
                | {
                    P.EDIT_PEOPLE,
                    P.EDIT_CALENDAR,
                    P.KEEP_TEAMS,
                    P.SEE_PUBLISHED_RATINGS,
                    P.SEE_MEETINGS,
                    P.LOG_PROGRESS,
                    P.ANSWER_OFFERS,
                    P.READ_GUIDANCE,
                    P.SEE_ADVICE,
                    P.KEEP_PRACTICE,
                    P.SIGN_UP,
                    P.SPEAK_FOR_SCHOOL,
                    P.SEE_CASES,
                    P.DO_TASKS,
                    P.REFER_PUPIL,
                    P.SEE_NOTICES,
                    P.REQUEST_NOTICE,
                    P.KEEP_IMPROVEMENTS,
                    P.KEEP_CONTRACTS,
                    P.CONFIRM_REGISTER,
                }
            ),
        ),
        Role(
            "school_staff",
            "Other school staff",
            "Sees the pupils and figures of their own school, reads what the authority tells schools, and changes nothing.",
            in_authority=False,
            every_school=False,
            permissions=frozenset(_SEE | {P.READ_GUIDANCE}),
        ),
        Role(
            "administrator",
            "Administrator",
            "Looks after the system, not children: invites and disables users, gives roles and postings, keeps school "
            "contacts, live feeds and the authority's name and colours, reads the audit trail; opens no pupil's page.",
            in_authority=True,
            every_school=True,
            permissions=frozenset(
                {
                    P.SEE_SCHOOLS,
                    P.MANAGE_USERS,
                    P.MANAGE_POSTINGS,
                    P.MANAGE_AUTHORITY,
                    P.MANAGE_FEEDS,
                    P.SEE_AUDIT,
                    P.SEE_SENT_MAIL,
                    P.SEE_MOVED_ENTRIES,
                    P.EDIT_CALENDAR,
                }
            ),
        ),
    )
}
