"""Who did, or looked at, what. The only writer of the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts import clock
from accounts.models import AuditEvent, User

COMMAND = "Command line"


def record(
    act: str,
    *,
    by: User | None,
    subject: models.Model | None = None,
    kind: str = AuditEvent.Kind.CHANGE,
    **detail: Any,
) -> AuditEvent:
    """Write one line in the caller's transaction. `by=None` means a command or the night's work.

    A batch is one line: pass `count=` in the detail and no subject.
    """
    return AuditEvent.objects.create(
        at=clock.now(),
        kind=kind,
        act=act,
        by=by,
        by_name=by.name if by else COMMAND,
        subject_type=(subject._meta.model_name or "") if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        subject=str(subject)[:200] if subject is not None else "",
        detail=detail,
    )
