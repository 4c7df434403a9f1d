"""What legal keeps: a thing a file, with its QuerySet and its constraints."""

from legal.models.batches import BulkIssue, BulkLine, HolidayBatch
from legal.models.considerations import Considerations
from legal.models.evidence import Attachment
from legal.models.notices import Document, Notice, NoticeQuerySet, Payment, Review, Withdrawal
from legal.models.requests import Answer, Decision, Request, RequestQuerySet
from legal.models.routes import RouteChoice

__all__ = [
    "Answer",
    "Attachment",
    "BulkIssue",
    "BulkLine",
    "Considerations",
    "Decision",
    "Document",
    "HolidayBatch",
    "Notice",
    "NoticeQuerySet",
    "Payment",
    "Request",
    "RequestQuerySet",
    "Review",
    "RouteChoice",
    "Withdrawal",
]
