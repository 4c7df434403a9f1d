"""One writer at a time for a school's registers and for who is on its roll."""

from django.db import connection

_SCHOOL = 7301  # first key of the advisory locks on schools


def hold_school(school_id: int) -> None:
    """Hold the school until the transaction ends; waits for whoever holds it now."""
    if not connection.in_atomic_block:
        raise RuntimeError("A school is locked inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_SCHOOL, school_id])
