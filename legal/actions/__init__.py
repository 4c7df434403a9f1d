"""Every change of requests and notices: one verb, one transaction, one audit line."""

from legal.actions.batches import answer_batch, begin_batch, submit_batch
from legal.actions.bulk import ask_for_check, carry_on, confirm, confirm_posting, drop
from legal.actions.confirming import ask_confirmation, confirm_register, dispute_register
from legal.actions.considering import consider, consider_batch
from legal.actions.deadlines import keep_deadlines
from legal.actions.decisions import decide
from legal.actions.notices import let_stand, make_again, prosecute, record_payment, serve_notice, withdraw_notice
from legal.actions.problem import NoticeProblem
from legal.actions.rechecking import recheck
from legal.actions.requests import (
    answer_checklist,
    available_against,
    missing_items,
    override_checklist,
    request_notice,
    submit_request,
    take_back_request,
)

__all__ = [
    "NoticeProblem",
    "answer_batch",
    "answer_checklist",
    "ask_confirmation",
    "ask_for_check",
    "available_against",
    "begin_batch",
    "carry_on",
    "confirm",
    "confirm_posting",
    "confirm_register",
    "consider",
    "consider_batch",
    "decide",
    "dispute_register",
    "drop",
    "keep_deadlines",
    "let_stand",
    "make_again",
    "missing_items",
    "override_checklist",
    "prosecute",
    "recheck",
    "record_payment",
    "request_notice",
    "serve_notice",
    "submit_batch",
    "submit_request",
    "take_back_request",
    "withdraw_notice",
]
