"""What people do with cases: open one, write to its chronology, agree a plan, and take it to its end."""

from casework.actions.assessments import Found, Understood, assess
from casework.actions.cases import CaseProblem, Overtaken, assign, close_case, move, open_case, record
from casework.actions.contacts import record_contact, write_note
from casework.actions.moving import move_entry
from casework.actions.plans import Agreed, Terms, add_action, close_action, make_plan, review_plan
from casework.actions.safeguarding import consider, say_outcome
from casework.actions.sequences import choose_sequence
from casework.actions.tasks import TaskProblem, ToDo, complete_task, drop_task, keep_tasks, open_task
from casework.actions.worklist import DismissedRows, WorklistProblem, dismiss_rows, put_back

__all__ = [
    "Agreed",
    "CaseProblem",
    "DismissedRows",
    "Found",
    "Overtaken",
    "TaskProblem",
    "Terms",
    "ToDo",
    "Understood",
    "WorklistProblem",
    "add_action",
    "assess",
    "assign",
    "choose_sequence",
    "close_action",
    "close_case",
    "complete_task",
    "consider",
    "dismiss_rows",
    "drop_task",
    "keep_tasks",
    "make_plan",
    "move",
    "move_entry",
    "open_case",
    "open_task",
    "put_back",
    "record",
    "record_contact",
    "review_plan",
    "say_outcome",
    "write_note",
]
