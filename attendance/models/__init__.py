"""Extracts as sent, the registers they become, the deltas they leave, and what is worked out from them."""

from attendance.models.asked import FiguresAsked, FiguresAskedQuerySet
from attendance.models.benchmarks import PublishedArea, PublishedFigure, StatisticalNeighbour
from attendance.models.extracts import Extract, ExtractQuerySet, Load, LoadQuerySet
from attendance.models.feeds import Connection, Cursor, Feed, FeedDay, FeedQuerySet, FeedStudent, Fetch
from attendance.models.flags import Flag, FlagQuerySet, Judged, SchoolFlags
from attendance.models.held import HeldDecision, HeldPerson, HeldPersonQuerySet, HeldRows
from attendance.models.parts import SchoolPart
from attendance.models.publications import Publication, PublishedRating, PublishedRatingQuerySet
from attendance.models.push import PushReceipt, PushToken, PushTokenQuerySet
from attendance.models.questions import Answer, Question, QuestionCheck, QuestionQuerySet
from attendance.models.ratings import Moderation, Rating, RatingQuerySet, RatingRun
from attendance.models.registers import Amendment, Delta, Mark, Register
from attendance.models.rollups import EnrolmentFigures, PeerRange, SchoolCut, SchoolYear
from attendance.models.snapshots import Snapshot, SnapshotQuerySet, SnapshotRow
from attendance.models.sources import Alias, Comparison, RememberedColumns, SourceChoice
from attendance.models.supply import NotSupplying, NotSupplyingQuerySet

__all__ = [
    "Alias",
    "Amendment",
    "Answer",
    "Comparison",
    "Connection",
    "Cursor",
    "Delta",
    "EnrolmentFigures",
    "Extract",
    "ExtractQuerySet",
    "Feed",
    "FeedDay",
    "FeedQuerySet",
    "FeedStudent",
    "Fetch",
    "FiguresAsked",
    "FiguresAskedQuerySet",
    "Flag",
    "FlagQuerySet",
    "HeldDecision",
    "HeldPerson",
    "HeldPersonQuerySet",
    "HeldRows",
    "Judged",
    "Load",
    "LoadQuerySet",
    "Mark",
    "Moderation",
    "NotSupplying",
    "NotSupplyingQuerySet",
    "PeerRange",
    "Publication",
    "PublishedArea",
    "PublishedFigure",
    "PublishedRating",
    "PublishedRatingQuerySet",
    "PushReceipt",
    "PushToken",
    "PushTokenQuerySet",
    "Question",
    "QuestionCheck",
    "QuestionQuerySet",
    "Rating",
    "RatingQuerySet",
    "RatingRun",
    "Register",
    "RememberedColumns",
    "SchoolCut",
    "SchoolFlags",
    "SchoolPart",
    "SchoolYear",
    "Snapshot",
    "SnapshotQuerySet",
    "SnapshotRow",
    "SourceChoice",
    "StatisticalNeighbour",
]
