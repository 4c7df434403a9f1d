"""Places, people, who works with whom, when school is open, and the authority's own values."""

from schools import lookups as lookups
from schools.models.authority import Authority, PolicyValue
from schools.models.days import Closure, Term
from schools.models.enquiries import EnquiryStep, JointEnquiry
from schools.models.links import SchoolLink
from schools.models.merging import Merge
from schools.models.people import (
    Characteristic,
    Enrolment,
    FormerName,
    FormerUpn,
    Parent,
    Pupil,
    Responsibility,
)
from schools.models.places import Area, School, Trust
from schools.models.postings import Posting
from schools.models.team import TeamMember

__all__ = [
    "Area",
    "Authority",
    "Characteristic",
    "Closure",
    "EnquiryStep",
    "Enrolment",
    "FormerName",
    "FormerUpn",
    "JointEnquiry",
    "Merge",
    "Parent",
    "PolicyValue",
    "Posting",
    "Pupil",
    "Responsibility",
    "School",
    "SchoolLink",
    "TeamMember",
    "Term",
    "Trust",
]
