"""What legal keeps: a thing a file, with its QuerySet and its constraints."""

from legal.models.advice import AdviceNote
from legal.models.authorised import Authorised
from legal.models.batches import BulkIssue, BulkLine, HolidayBatch
from legal.models.confirmations import AskedQuerySet, Confirmation, ConfirmationAsked
from legal.models.considerations import Considerations
from legal.models.contracts import Contract, ContractQuerySet, ContractReview, Party
from legal.models.evidence import Attachment
from legal.models.history import HistoricRecord, HistoricRecordQuerySet, HistoryLoad, Kind, SignOff
from legal.models.improvements import Improvement, ImprovementDecision, ImprovementQuerySet
from legal.models.income import IncomeFile, IncomeLine, Refund
from legal.models.letters import EmailService, LegalLetter
from legal.models.notice_decisions import NoticeDecision
from legal.models.notices import Document, Notice, NoticeQuerySet, Payment, Review, Withdrawal
from legal.models.orders import Order
from legal.models.others import HistoryEnquiry, HistoryEnquiryQuerySet
from legal.models.papers import Paper
from legal.models.persons import ChildrenApart, PersonAnswer
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
    "ChildrenApart",
    "Confirmation",
    "ConfirmationAsked",
    "Considerations",
    "Contract",
    "ContractQuerySet",
    "ContractReview",
    "Decision",
    "Document",
    "EmailService",
    "HistoricRecord",
    "HistoricRecordQuerySet",
    "HistoryEnquiry",
    "HistoryEnquiryQuerySet",
    "HistoryLoad",
    "HolidayBatch",
    "Improvement",
    "ImprovementDecision",
    "ImprovementQuerySet",
    "IncomeFile",
    "IncomeLine",
    "Kind",
    "LegalLetter",
    "Notice",
    "NoticeDecision",
    "NoticeQuerySet",
    "Order",
    "Paper",
    "Party",
    "Payment",
    "PersonAnswer",
    "PublicPlaceNotice",
    "Refund",
    "Request",
    "RequestQuerySet",
    "Review",
    "RouteChoice",
    "SignOff",
    "Withdrawal",
]
