"""A seeded supply of files no parser wants: whole registers bent in one to three ways, and things that are no registers.

The same seed gives the same file, so a failure names the file that made it.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from collections.abc import Callable

from tests.imports import writers

MARKS = ["/", "\\", "L", "I", "O", "U", "M", "C2", "Y1", "#", "-", "", "?", "H", "J"]
LAYOUTS = [writers.sessions, writers.days, writers.dates, writers.dates_two_lines, writers.weeks]
Bend = Callable[[random.Random, bytes], bytes]


def make(seed: int) -> bytes:
    rng = random.Random(seed)
    if rng.random() < 0.12:
        return rng.choice(_NO_TABLES)(rng)
    data = _register(rng)
    for bend in rng.sample(_BENDS, rng.randint(1, 3)):
        data = bend(rng, data)
    return data


def _register(rng: random.Random) -> bytes:
    start = dt.date(2025, 9, 1) + dt.timedelta(days=rng.randint(-500, 60))
    register = {
        (writers.upn(pupil), start + dt.timedelta(days=day), pm): rng.choice(MARKS)
        for pupil in range(rng.randint(1, 6))
        for day in range(rng.randint(1, 9))
        for pm in (False, True)
    }
    return writers.table(rng.choice(LAYOUTS)(register), delimiter=rng.choice(",,,;\t|"), ending=rng.choice(["\n", "\r\n", "\r"]))


def _at(rng: random.Random, data: bytes, put: bytes, take: int = 0) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + put + data[place + take :]


def _lines(change: Callable[[random.Random, list[bytes]], list[bytes]]) -> Bend:
    def bend(rng: random.Random, data: bytes) -> bytes:
        return b"\n".join(change(rng, data.split(b"\n")))

    return bend


def _cell(value: bytes) -> Bend:
    """Put `value` in place of one cell somewhere below the headings."""

    def bend(rng: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        number = rng.randrange(min(1, len(lines) - 1), len(lines))
        cells = lines[number].split(b",")
        cells[rng.randrange(len(cells))] = value
        lines[number] = b",".join(cells)
        return b"\n".join(lines)

    return bend


def _recoded(encoding: str) -> Bend:
    return lambda _rng, data: data.decode("utf-8", "replace").encode(encoding, "replace")


def _shuffled(rng: random.Random, lines: list[bytes]) -> list[bytes]:
    return rng.sample(lines, len(lines))


def _zip(rng: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 1000 * rng.randint(1, 20))
    return out.getvalue()


_CELLS = [
    b"=1+1", b"=HYPERLINK(\"http://x\")", b"1.23E+12", b"999900115001", b"00/00/0000", b"31/02/2025", b"09/25/2025", b"1900-01-00",
    b"9999-12-31", b"0001-01-01", b"45915", b"99999999999", b"-1", b"\xc3\xa9", b"\xe2\x80\x9c", b"\xff", b"'", b'"', b'"""', b"\t",
    b" ", b"\xc2\xa0", b"\xe2\x80\x8b", b"NULL", b"#N/A", b"#REF!", b"NaN", b"inf", b"TRUE", b"x" * 5000, b"/" * 13, b"/" * 15,
    b"\xf0\x9f\x98\x80" * 14, b"<script>", b"../../etc", b"%s%n", b"{0}",
]  # fmt: skip
_BENDS: list[Bend] = [
    *(_cell(value) for value in _CELLS),
    lambda rng, data: _at(rng, data, b"\0" * rng.randint(1, 50)),
    lambda rng, data: _at(rng, data, b'"'),
    lambda rng, data: _at(rng, data, b'",""'),
    lambda rng, data: _at(rng, data, b",,,,,"),
    lambda rng, data: _at(rng, data, b"\r"),
    lambda rng, data: _at(rng, data, b"\n\n\n"),
    lambda rng, data: _at(rng, data, b"\x1a"),
    lambda rng, data: _at(rng, data, b"", rng.randint(1, 40)),
    lambda rng, data: _at(rng, data, rng.randbytes(rng.randint(1, 30))),
    lambda rng, data: data[: rng.randint(0, len(data))],
    lambda rng, data: b"\xef\xbb\xbf" + data,
    lambda rng, data: b"\xef\xbb\xbf\xef\xbb\xbf" + data,
    lambda rng, data: b"\xff\xfe" + data,
    lambda rng, data: data + data,
    lambda rng, data: data.replace(b"/", b"\\"),
    lambda rng, data: data.replace(b",", b";", rng.randint(1, 30)),
    lambda rng, data: data.replace(b"UPN", rng.choice([b"", b"UPN,UPN", b"U P N", b"Pupil ref"])),
    lambda rng, data: data.replace(b"20", b"19", rng.randint(1, 5)),
    lambda rng, data: b"Register\n" * rng.randint(1, 40) + data,
    lambda rng, data: b"sep=" + rng.choice([b",", b";"]) + b"\n" + data,
    _lines(_shuffled),
    _lines(lambda rng, lines: [line + b"," * rng.randint(0, 9) for line in lines]),
    _lines(lambda rng, lines: [line[: rng.randint(0, len(line))] if rng.random() < 0.2 else line for line in lines]),
    _lines(lambda rng, lines: lines[1:]),
    _lines(lambda rng, lines: lines[:1]),
    _lines(lambda rng, lines: [b'"' + line + b'"' for line in lines]),
    _lines(lambda rng, lines: lines + [rng.choice(lines) for _ in range(5)]),
    *(_recoded(encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-7", "cp037")),
]
_NO_TABLES: list[Callable[[random.Random], bytes]] = [
    lambda rng: b"",
    lambda rng: rng.randbytes(rng.randint(1, 5000)),
    lambda rng: b"\0" * rng.randint(1, 5000),
    lambda rng: bytes(rng.choices(range(32, 127), k=rng.randint(1, 5000))),
    lambda rng: "".join(chr(rng.randint(1, 0xD7FF)) for _ in range(rng.randint(1, 2000))).encode(),
    lambda rng: b"\n" * rng.randint(1, 5000),
    lambda rng: b"," * rng.randint(1, 20_000),
    lambda rng: b'"' * rng.randint(1, 5000),
    lambda rng: b"UPN,Date,Session,Mark\n" + b"x" * rng.randint(1_000_001, 1_200_000),
    lambda rng: b",".join([b"UPN", b"Date", b"Session", b"Mark"] * 2_500),
    lambda rng: b"%PDF-1.7\n" + rng.randbytes(500),
    lambda rng: b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    lambda rng: b'[{"UPN": "x"}]',
    _zip,
]
