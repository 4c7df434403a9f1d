"""The borough's children as arrays: cohorts, families, deprivation, needs, and how prone each is to be absent.

A child belongs to a home: the neighbourhood of a primary school, whoever's roll the child is on. Siblings share a family.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from config.demo import calibration, names
from config.demo.places import PRIMARY, SECONDARY, SPECIAL, Place

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RECEPTION_AGE = 4
STAY = 1.014  # for each who is on roll today: some moved away since last year began
COHORTS = 13  # Reception to year 11 this year, and those who were in year 11 last year
# families by number of children of school age; same-year siblings other than twins are parted afterwards
FAMILY_SIZES, FAMILY_SHARES = (1, 2, 3, 4, 5), (0.36, 0.40, 0.16, 0.06, 0.02)
TWINS = 0.2


@dataclass(slots=True)
class Children:
    """Arrays by child. `entry` is the academic year of Reception, so the year group in year Y is Y - entry."""

    entry: Ints
    home: Ints  # index of a primary school
    family: Ints
    heritage: Ints
    girl: Bools
    born: Ints  # ordinal date
    fsm: Bools
    sen: Bools  # SEN support, or a plan
    ehcp: Bools
    school: Ints  # secondary school chosen by the family, index into places
    elsewhere: Ints  # index of a special or independent school; -1: none
    prone: Floats  # to be absent, standard normal before what social care adds
    known: dict[str, Bools] = field(default_factory=dict)  # kind of characteristic -> which children

    def __len__(self) -> int:
        return len(self.entry)

    def year_group(self, year: int) -> Ints:
        return year - self.entry


def draw(places: list[Place], pupils: int, year: int, rng: np.random.Generator) -> Children:
    """Everyone on roll this academic year, and last year's year 11."""
    primaries = [i for i, place in enumerate(places) if place.phase == PRIMARY]
    entry, home = _cohorts(places, primaries, pupils, year, rng)
    family = _families(entry, home, rng)
    count = int(family.max()) + 1
    first = np.full(count, -1, np.int64)
    first[family[::-1]] = np.arange(len(family))[::-1]  # any child of the family: all share the home
    shares = np.array([places[i].fsm for i in primaries])
    heritage = _heritage(home[first], len(primaries), rng)
    poor = rng.random(count) < shares[home[first]]
    fsm = np.where(rng.random(len(entry)) < 0.03, rng.random(len(entry)) < 0.25, poor[family])
    secondary = _secondary(places, primaries, home[first], rng)
    sen = _sen(entry, fsm, year, rng)
    prone = np.sqrt(0.3) * rng.normal(size=count)[family] + np.sqrt(0.7) * rng.normal(size=len(entry))
    children = Children(
        entry=entry,
        home=home,
        family=family,
        heritage=heritage[family],
        girl=rng.random(len(entry)) < 0.49,
        born=_births(entry, family, rng),
        fsm=fsm,
        sen=sen,
        ehcp=sen & (rng.random(len(entry)) < 0.2),
        school=secondary[family],
        elsewhere=np.full(len(entry), -1, np.int64),
        prone=prone,
    )
    _elsewhere(children, places, year, rng)
    _characteristics(children, year, rng)
    return children


def _cohorts(places: list[Place], primaries: list[int], pupils: int, year: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    weights = np.array([places[i].pupils for i in primaries], float)
    weights /= weights.sum()
    wanted = pupils * STAY / 12 * weights[:, None] * (1 + 0.06 * rng.normal(size=(len(primaries), COHORTS)))
    numbers = np.maximum(1, np.floor(wanted + rng.random(wanted.shape))).astype(np.int64)
    home = np.repeat(np.repeat(np.arange(len(primaries)), COHORTS), numbers.ravel())
    entry = np.repeat(np.tile(year - np.arange(COHORTS), len(primaries)), numbers.ravel())
    return entry, home


def _families(entry: Ints, home: Ints, rng: np.random.Generator) -> Ints:
    """Family by child. Children of a home are shuffled and cut into families."""
    order = np.lexsort((rng.random(len(home)), home))
    sizes = rng.choice(FAMILY_SIZES, len(home), p=FAMILY_SHARES)
    dealt = np.repeat(np.arange(len(sizes)), sizes)[: len(home)]
    # a family does not straddle two homes
    key = dealt * (int(home.max()) + 1) + home[order]
    family = np.empty(len(home), np.int64)
    family[order] = np.unique(key, return_inverse=True)[1]
    by_age = np.lexsort((entry, family))
    same = np.zeros(len(home), np.bool_)
    pairs = (family[by_age][1:] == family[by_age][:-1]) & (entry[by_age][1:] == entry[by_age][:-1])
    same[by_age[1:]] = pairs & (rng.random(len(pairs)) > TWINS)
    family[same] = family.max() + 1 + np.arange(same.sum())
    return np.unique(family, return_inverse=True)[1]


def _heritage(home: Ints, homes: int, rng: np.random.Generator) -> Ints:
    """Heritage by family. Neighbourhoods differ."""
    shares = np.array([heritage.share for heritage in names.heritages()])
    local = np.array([rng.dirichlet(shares * 9) for _ in range(homes)])
    local = 0.5 * local + 0.5 * shares
    chosen = rng.random(len(home))[:, None] > np.cumsum(local, axis=1)[home]
    return np.minimum(chosen.sum(axis=1), len(shares) - 1)


def _secondary(places: list[Place], primaries: list[int], home: Ints, rng: np.random.Generator) -> Ints:
    """The secondary school a family chooses: near ones first, in proportion to their size."""
    schools = [i for i, place in enumerate(places) if place.phase == SECONDARY]
    near = np.array([[4.0 if places[p].cluster == places[s].cluster else 1.0 for s in schools] for p in primaries])
    rows = np.array([places[p].pupils for p in primaries], float)
    columns = np.array([places[s].pupils for s in schools], float)
    for _ in range(40):  # so that schools come to their sizes though near ones are preferred
        near *= (rows / rows.sum() / near.sum(axis=1))[:, None]
        near *= columns / columns.sum() / near.sum(axis=0)
    reached = np.cumsum(near / near.sum(axis=1, keepdims=True), axis=1)
    chosen = (rng.random(len(home))[:, None] > reached[home]).sum(axis=1)
    return np.array(schools)[np.minimum(chosen, len(schools) - 1)]


def _births(entry: Ints, family: Ints, rng: np.random.Generator) -> Ints:
    """A birthday in the year of the cohort; twins share it."""
    first = np.array([dt.date(int(e) - RECEPTION_AGE - 1, 9, 1).toordinal() for e in np.unique(entry)])
    spread = rng.integers(0, 365, size=int(family.max()) + 1)
    single = rng.integers(0, 365, size=len(entry))
    order = np.lexsort((entry, family))
    twin = np.zeros(len(entry), np.bool_)
    pairs = (family[order][1:] == family[order][:-1]) & (entry[order][1:] == entry[order][:-1])
    twin[order[1:]] |= pairs
    twin[order[:-1]] |= pairs
    return first[np.searchsorted(np.unique(entry), entry)] + np.where(twin, spread[family], single)


def _sen(entry: Ints, fsm: Bools, year: int, rng: np.random.Generator) -> Bools:
    primary = year - entry < 7
    share = np.where(
        primary,
        np.where(fsm, calibration.sen_share("primary", True), calibration.sen_share("primary", False)),
        np.where(fsm, calibration.sen_share("secondary", True), calibration.sen_share("secondary", False)),
    )
    return rng.random(len(entry)) < share


def _elsewhere(children: Children, places: list[Place], year: int, rng: np.random.Generator) -> None:
    """Special schools and the independent school take children from everywhere, last year's year 11 too."""
    for index, place in enumerate(places):
        if place.phase != SPECIAL and not place.independent:
            continue
        weight = np.where(children.elsewhere >= 0, 0.0, 1.0)
        if place.phase == SPECIAL:
            weight *= np.where(children.fsm, 2.0, 0.8)
        else:
            weight *= np.where(children.fsm | children.sen, 0.0, 1.0)
        taken = min(round(place.pupils * COHORTS / 12), int((weight > 0).sum()))
        chosen = rng.choice(len(children), taken, replace=False, p=weight / weight.sum())
        children.elsewhere[chosen] = index
        if place.phase == SPECIAL:
            children.sen[chosen] = children.ehcp[chosen] = True


# who social care or the school knows more of, as shares of all children, and how much more absent that makes them
# (England 2024/25: children in need miss 17.4% of sessions, on a protection plan 21.8%, looked after 9.0%)
_KINDS: tuple[tuple[str, float, float, float], ...] = (
    # kind, share of those without and with free school meals, and what it adds to `prone`
    ("cin", 0.010, 0.075, 1.1),
    ("cp", 0.001, 0.012, 0.6),
    ("cla", 0.004, 0.014, 0.1),
    ("previously_cla", 0.006, 0.006, 0.0),
    ("social_worker_ever", 0.03, 0.14, 0.25),
    ("young_carer", 0.008, 0.03, 0.35),
    ("medical", 0.006, 0.008, 0.9),
    ("service_child", 0.004, 0.001, -0.1),
)


def _characteristics(children: Children, year: int, rng: np.random.Generator) -> None:
    n = len(children)
    known = children.known
    for kind, without, having, adds in _KINDS:
        known[kind] = rng.random(n) < np.where(children.fsm, having, without)
        children.prone += adds * known[kind]
    known["cin"] |= known["cp"]  # a child on a protection plan is a child in need
    known["social_worker_ever"] |= known["cin"] | known["cla"]
    eal = np.array([heritage.eal for heritage in names.heritages()])
    known["eal"] = rng.random(n) < eal[children.heritage]
    known["new_arrival"] = known["eal"] & (rng.random(n) < 0.04)
    known["yjs"] = (children.year_group(year) >= 8) & (rng.random(n) < 0.004)
    known["fsm"] = children.fsm
    known["ehcp"] = children.ehcp
    known["sen_support"] = children.sen & ~children.ehcp
