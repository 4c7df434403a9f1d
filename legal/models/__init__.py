"""What legal keeps: a thing a file, with its QuerySet and its constraints."""

from legal.models.advice import AdviceNote
from legal.models.authorised import Authorised
from legal.models.batches import BulkIssue, BulkLine, HolidayBatch
from legal.models.confirmations import AskedQuerySet, Confirmation, ConfirmationAsked
from legal.models.considerations import Considerations
from legal.models.contracts import Contract, ContractQuerySet, ContractReview, Party
from legal.models.evidence import Attachment
from legal.models.improvements import Improvement, ImprovementDecision, ImprovementQuerySet
from legal.models.income import IncomeFile, IncomeLine, Refund
from legal.models.letters import EmailService, LegalLetter
from legal.models.notices import Document, Notice, NoticeQuerySet, Payment, Review, Withdrawal
from legal.models.orders import Order
from legal.models.papers import Paper
from legal.models.public_place import PublicPlaceNotice
from legal.models.requests import Answer, Decision, Request, RequestQuerySet
from legal.models.routes import RouteChoice

__all__ = [
    "AdviceNote",
    "Answer",
    "AskedQuerySet",
    "Attachment",
    "Authorised",
    "BulkIssue",
    "BulkLine",
    "Confirmation",
    "ConfirmationAsked",
    "Considerations",
    "Contract",
    "ContractQuerySet",
    "ContractReview",
    "Decision",
    "Document",
    "EmailService",
    "HolidayBatch",
    "Improvement",
    "ImprovementDecision",
    "ImprovementQuerySet",
    "IncomeFile",
    "IncomeLine",
    "LegalLetter",
    "Notice",
    "NoticeQuerySet",
    "Order",
    "Paper",
    "Party",
    "Payment",
    "PublicPlaceNotice",
    "Refund",
    "Request",
    "RequestQuerySet",
    "Review",
    "RouteChoice",
    "Withdrawal",
]
