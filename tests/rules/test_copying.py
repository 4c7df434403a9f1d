"""Whole columns to and from the database: what comes back is what went."""

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance import copying

pytestmark = pytest.mark.django_db

COLUMNS = {"id": "i8", "year": "i2", "yes": "i1", "marks": "4u1"}

ROWS = st.tuples(st.integers(-(2**15), 2**15 - 1), st.booleans(), st.binary(min_size=4, max_size=4))


@pytest.fixture
def table():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("create temporary table held (id bigint, year smallint, yes boolean, marks bytea) on commit drop")
        yield
        cursor.execute("drop table held")


def copy_out():
    return copying.copy_out("select id, year, yes, marks from held where id > %s order by id", [-(2**63)], COLUMNS)


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(
        st.integers(-(2**62), 2**62), st.tuples(st.integers(-(2**15), 2**15 - 1), st.booleans(), st.binary(min_size=4, max_size=4))
    )
)
def test_columns_come_back_as_they_went(django_db_blocker, rows):
    ids = np.array(sorted(rows), np.int64)
    kept = [rows[pk] for pk in ids.tolist()]
    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("create temporary table held (id bigint, year smallint, yes boolean, marks bytea)")
        marks = np.frombuffer(b"".join(mark for *_, mark in kept), np.uint8).reshape(-1, 4)
        years, yes = np.array([year for year, _, _ in kept], np.int16), np.array([one for _, one, _ in kept], np.bool_)
        copying.copy_in("held", {"id": ids, "year": years, "yes": yes, "marks": marks})
        found = copy_out()
        cursor.execute("drop table held")
    assert (found["id"] == ids).all()
    assert (found["year"] == years).all()
    assert (found["yes"] == yes).all()
    assert (found["marks"] == marks).all()


def test_a_vector_of_another_width_is_no_row(table):
    with connection.cursor() as cursor:
        cursor.execute("insert into held values (1, 1, true, %s), (2, 1, true, %s)", [b"123", b"12345"])
    with pytest.raises(ValueError, match="another width"):
        copy_out()


def test_bytes_go_beside_a_statement(table):
    copying.run("insert into held select 1, 1, true, %b::bytea", [b"\x00%s\xff'"])
    with connection.cursor() as cursor:
        cursor.execute("select marks from held")
        assert bytes(cursor.fetchone()[0]) == b"\x00%s\xff'"
