"""England's distributions, as the demo draws from them, come to the published levels."""

import numpy as np
import pytest

from config.demo import calibration

RANKS = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize("level", list(calibration.LEVELS))
def test_england_comes_to_the_published_level(level: str) -> None:
    phase = "special" if level == "pru" else level
    absence = persistent = severe = 0.0
    for (_, group, fsm, sen), share in calibration.composition(phase).items():
        rates = calibration.absence_rate(level, group, bool(fsm), bool(sen), RANKS)
        absence += share * rates.mean()
        persistent += share * (rates >= 0.1).mean()
        severe += share * (rates >= 0.5).mean()
    aim = calibration.LEVELS[level]
    assert absence == pytest.approx(aim.absence, abs=0.006)
    assert persistent == pytest.approx(aim.persistent, abs=0.002)
    assert severe == pytest.approx(aim.severe, abs=0.001)


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_poorer_pupils_and_those_with_needs_miss_more(phase: str) -> None:
    group = 4 if phase == "primary" else 9
    rates = [calibration.absence_rate(phase, group, fsm, sen, RANKS) for fsm, sen in ((False, False), (True, False), (True, True))]
    means = [rate.mean() for rate in rates]
    assert means == sorted(means)
    assert all((np.diff(rate) >= 0).all() for rate in rates)  # a higher rank never misses less


def test_the_shares_of_pupils_are_those_of_2025() -> None:
    cells = calibration.composition("secondary")
    assert sum(cells.values()) == pytest.approx(1)
    assert sum(share for cell, share in cells.items() if cell[2]) == pytest.approx(calibration.FSM["secondary"], abs=1e-6)
    assert sum(share for cell, share in cells.items() if cell[3]) == pytest.approx(calibration.SEN["secondary"], abs=1e-6)
