"""That what happened before Daymark is signed off in the demo: without it no notice could be issued."""

from __future__ import annotations

from config.demo.dates import ONE
from config.demo.work.cast import Cast
from legal.actions import history

_SIGNED = "A new authority: no notice was issued before Daymark, by us, by head teachers or by the police."


def sign_off(cast: Cast) -> None:
    day = cast.at_work(cast.today - 75 * ONE)
    history.sign_off(by=cast.manager, today=day, now=cast.moment(day, 16), words=_SIGNED)
