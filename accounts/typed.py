"""What somebody typed into a long form whose session ended before it was sent: kept until they have signed in again.

Kept with the session of the browser that sent it, shown only to the same person, on the same page, once, and not saved by itself.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, QueryDict

from accounts.models import User

FIELD = "typed_by"  # a form that has it is kept
_SALT, _KEY, _MOST = "daymark.typed", "typed", 200_000  # characters
_LONGEST = 24 * 60 * 60  # seconds since the page was made


def mark(user: User, path: str) -> str:
    """For the hidden field: whose form it is, and of which page. Signed: nobody can put words before somebody else."""
    return signing.dumps([user.pk, path], salt=_SALT)


def keep(request: HttpRequest) -> None:
    """Of somebody who is not signed in any more."""
    try:
        whose, path = signing.loads(request.POST.get(FIELD, ""), salt=_SALT, max_age=_LONGEST)
    except signing.BadSignature:
        return
    said = request.POST.urlencode()
    if path == request.path and len(said) <= _MOST:
        request.session[_KEY] = {"by": whose, "path": path, "said": said}


def take(request: HttpRequest, user: User) -> QueryDict | None:
    """What this person typed on this page, once; what somebody else typed is dropped."""
    kept = request.session.get(_KEY)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[_KEY]
    return QueryDict(kept["said"]) if kept["by"] == user.pk else None
