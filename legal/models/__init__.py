"""What legal keeps: a thing a file, with its QuerySet and its constraints."""

from legal.models.notices import Document, Notice, NoticeQuerySet, Payment, Review, Withdrawal
from legal.models.requests import Answer, Decision, Request, RequestQuerySet

__all__ = [
    "Answer",
    "Decision",
    "Document",
    "Notice",
    "NoticeQuerySet",
    "Payment",
    "Request",
    "RequestQuerySet",
    "Review",
    "Withdrawal",
]
