"""Merebrook's schools, wards, clusters and trusts. All invented; the names stand in a fixed order so that logins can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LA_CODE, LA_NAME, DOMAIN = "999", "Merebrook", "merebrook.example"
FIRST_URN, EXAMPLE_URN = 999101, 999001
PRIMARY, SECONDARY, SPECIAL, PRU, ALL_THROUGH = "primary", "secondary", "special", "pru", "all_through"  # School.Phase
INDEPENDENT = "independent"

CLUSTERS: dict[str, tuple[str, ...]] = {
    "Abbeymere": ("Abbeymere", "Chapel Leys", "Priory Fields"),
    "Brookside": ("Brookside", "Millrace", "Weirbank", "Tanners Reach"),
    "Cotterdale": ("Cotterdale", "Highmoor Edge", "Larkrise"),
    "Harbour": ("Harbourfoot", "Ropewalk", "Saltmarsh", "Sandstrand"),
    "Kingsholt": ("Kingsholt", "Furnace Hill", "Collier Row End"),
    "Northmere": ("Northmere", "Thornlow", "Wilderbank"),
}
TRUSTS = (("The Lantern Learning Trust", "99901"), ("Estuary Schools Partnership", "99902"))

# the proportion of the borough's schools that is of each phase (a borough like Sefton)
PRIMARIES, SECONDARIES, SPECIALS, PRUS, INDEPENDENTS = 76, 16, 3, 1, 1
WHOLE = PRIMARIES + SECONDARIES + SPECIALS + PRUS + INDEPENDENTS

PRIMARY_NAMES = """
Abbeymere Community Primary School|St Aldhelm's Church of England Primary School|Millrace Primary School|Larkrise Primary Academy
Our Lady of the Mere Catholic Primary School|Saltmarsh Primary School|Highmoor Edge Primary School|Thornlow Church of England Primary School
Ropewalk Primary School|Furnace Hill Primary Academy|Weirbank Junior and Infant School|Priory Fields Primary School
St Cuthburga's Catholic Primary School|Chapel Leys Primary School|Harbourfoot Primary School|Tanners Reach Primary School
Wilderbank Primary School|Cotterdale Village School|Collier Row End Primary School|Sandstrand Primary Academy
Northmere Primary School|Kingsholt Church of England Primary School|Otterburn Lane Primary School|Green Withy Primary School
St Osyth's Catholic Primary School|Heron's Reach Primary School|Bellfounders Primary School|Quarry Bank Lane Primary School
Meadowsweet Primary Academy|Lower Mere Primary School|Sheepwash Primary School|Kestrel Rise Primary School
St Chad and St Hild Church of England Primary School|Lantern Street Primary School|Ferry Road Primary School|Pinfold Primary School
Blackthorn Hill Primary School|Orchard Vale Primary School|Holloway Wood Primary School|Woolstaplers Primary Academy
St Ninian's Catholic Primary School|Beck Foot Primary School|Gorse Common Primary School|Old Pier Primary School
Mallard Way Primary School|Hazelgarth Primary School|Limekiln Primary School|St Werburgh's Church of England Primary School
Brook Lodge Primary School|Cinder Path Primary School|Elder Bridge Primary School|Foxglove Primary Academy
Goldfinch Green Primary School|Hopyard Primary School|Ivy Mill Primary School|Jubilee Park Primary School
Kiln Lane Primary School|Longacre Primary School|Moss Side Lane Primary School|Nettlefield Primary School
Oakenshaw Primary School|Packhorse Primary School|Rushmere Primary School|Stonecrop Primary Academy
St Wilfrid of the Brook Catholic Primary School|Teasel Croft Primary School|Upper Weir Primary School|Vicarage Road Primary School
Waterwheel Primary School|Yarrow Street Primary School|Ash Tree Primary School|Bramble Dene Primary School
Clover Hill Infant and Nursery School|Drovers Way Primary School|East Strand Primary School|Fallow Field Primary School
"""
SECONDARY_NAMES = """
Merebrook High School|Abbeymere Academy|St Bede and St Anne Catholic High School|Harbour Academy
Kingsholt School|Cotterdale Community College|Northmere Academy|The Weirbank School
Lady Margery's School|Brookside High School|Thornlow Academy|Furnace Hill School
St Edmund's Church of England High School|Saltmarsh Community School|Larkrise Academy|Highmoor School
"""
SPECIAL_NAMES = "Willow Mere School|The Bridge at Millrace|Sandstrand Special Academy"
PRU_NAME, INDEPENDENT_NAME = "The Compass Centre", "Merebrook Hall School"
EXAMPLE_NAME = "Example High School"
STREETS = """
Abbot's Walk|Alder Close|Anchor Street|Back Lane|Barge Row|Beacon Hill|Beech Avenue|Bellhouse Road|Bobbin Street
Bridge End|Brook Street|Canal Side|Chandler's Yard|Chapel Lane|Church Street|Cobbler's Row|Cooper Street
Corn Mill Lane|Crescent Road|Dyer's Court|Eel Pie Lane|Elm Grove|Farthing Lane|Fern Bank|Ferry Road|Fisher Street
Fuller's Field|Garden Row|Goose Green|Grange Road|Half Moon Lane|Harbour View|Hawthorn Drive|Heath Road|Hedgerow Close
Heron Way|High Street|Hill Top|Holly Road|Keel Row|King's Avenue|Kiln Road|Lark Lane|Lime Tree Walk|Lock Lane
Maltings Close|Manor Drive|Maple Road|Market Street|Meadow View|Mill Lane|Moor Road|Nelson Terrace|New Street
Oak Drive|Orchard Road|Park Road|Pennine View|Pottery Lane|Prospect Terrace|Quay Street|Railway Terrace|Reservoir Road
River Street|Rope Street|Rowan Close|Sail Loft Lane|School Lane|Shepherd's Croft|Shore Road|Silver Street
Spinner's Way|Spring Gardens|Station Road|Strand Road|Swan Lane|Sycamore Road|Tannery Lane|Tenter Hill|The Avenue
The Green|The Paddock|Union Street|Vale Road|Victoria Terrace|Walnut Close|Warren Road|Water Lane|Weaver Street
Well Lane|West View|Wharf Road|Willow Drive|Windmill Hill|Woodland Avenue|Wren Close|Yew Tree Lane
"""


def listed(text: str) -> list[str]:
    return [name.strip() for line in text.strip().splitlines() for name in line.split("|") if name.strip()]


@dataclass(slots=True)
class Place:
    """One school to be: what GIAS would say, and what only the demo knows."""

    urn: int
    estab: str
    name: str
    phase: str
    cluster: str
    ward: str
    trust: int | None
    pupils: int  # on roll this year
    fsm: float
    independent: bool = False
    long_october: bool = False
    effect: float = 0.0  # how much more absent than its pupils explain, in standard deviations


def slug(name: str) -> str:
    words = name.lower().replace("'", "").replace("&", "and").split()
    return "-".join(words)


def contact_email(name: str) -> str:
    return f"contact@{slug(name)}.{DOMAIN}"


def numbers(schools: int) -> dict[str, int]:
    """How many schools of each phase, for a borough of any size from two schools up."""
    secondary = max(1, round(schools * SECONDARIES / WHOLE))
    special = round(schools * SPECIALS / WHOLE) if schools >= 10 else 0
    pru = 1 if schools >= 12 else 0
    independent = 1 if schools >= 20 else 0
    return {
        PRIMARY: max(1, schools - secondary - special - pru - independent),
        SECONDARY: secondary,
        SPECIAL: special,
        PRU: pru,
        INDEPENDENT: independent,
    }


def draw(schools: int, pupils: int, rng: np.random.Generator) -> list[Place]:
    """The borough's schools, primaries first, with sizes and deprivation as schools in England vary (config/demo/data/README.md)."""
    count = numbers(schools)
    names = {
        PRIMARY: listed(PRIMARY_NAMES),
        SECONDARY: listed(SECONDARY_NAMES),
        SPECIAL: listed(SPECIAL_NAMES),
        PRU: [PRU_NAME],
        INDEPENDENT: [INDEPENDENT_NAME],
    }
    sizes = _sizes(count, pupils, rng)
    wards = [(cluster, ward) for cluster, inside in CLUSTERS.items() for ward in inside]
    places: list[Place] = []
    estab_from = {PRIMARY: 2001, SECONDARY: 4001, SPECIAL: 7001, PRU: 1101, INDEPENDENT: 6001}
    for kind, number in count.items():
        fsm = _fsm(kind, sizes[kind], rng)
        effects = _centred(rng.normal(0, 1, number), sizes[kind])
        for i in range(number):
            name = names[kind][i] if i < len(names[kind]) else f"{wards[i % len(wards)][1]} {i + 1} School"
            cluster, ward = _home(name, wards, len(places))
            places.append(
                Place(
                    urn=FIRST_URN + len(places),
                    estab=str(estab_from[kind] + i),
                    name=name,
                    phase=ALL_THROUGH if kind == INDEPENDENT else kind,
                    cluster=cluster,
                    ward=ward,
                    trust=_trust(name),
                    pupils=int(sizes[kind][i]),
                    fsm=float(fsm[i]),
                    independent=kind == INDEPENDENT,
                    effect=float(effects[i]),
                )
            )
    for place in places:
        place.long_october = place.trust == 1
    return places


def _home(name: str, wards: list[tuple[str, str]], position: int) -> tuple[str, str]:
    for cluster, ward in wards:
        if name.startswith(ward):
            return cluster, ward
    return wards[position * 7 % len(wards)]


def _trust(name: str) -> int | None:
    """Academies belong to one of two trusts; the borough's other schools are maintained."""
    if "Academy" not in name:
        return None
    return 1 if name[0] in "FHKMS" else 0


def _sizes(count: dict[str, int], pupils: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Pupils by school. Medians and spread: primary 239 (94-475), secondary 958 (452-1513), special 112, PRU 33."""
    scale = min(1.0, pupils / 34000 * WHOLE / max(sum(count.values()), 1))
    special = np.maximum(20, np.round(np.linspace(80, 160, count[SPECIAL]) * scale)) if count[SPECIAL] else np.zeros(0)
    pru = np.full(count[PRU], max(12, round(33 * scale)))
    independent = np.full(count[INDEPENDENT], max(60, round(240 * scale)))
    rest = max(pupils - special.sum() - pru.sum() - independent.sum(), 24)
    # seven year groups in primary schools and five in secondary schools, cohorts of one size
    return {
        PRIMARY: _lognormal(count[PRIMARY], 0.52, rest * 7 / 12, rng),
        SECONDARY: _lognormal(count[SECONDARY], 0.32, rest * 5 / 12, rng),
        SPECIAL: special.astype(int),
        PRU: pru.astype(int),
        INDEPENDENT: independent.astype(int),
    }


def _lognormal(number: int, sigma: float, total: float, rng: np.random.Generator) -> np.ndarray:
    """`number` sizes spread evenly over a lognormal's quantiles, so that a small borough has small and large schools too."""
    grid = np.sort(rng.normal(0, 1, 20000))
    z = grid[((np.arange(number) + 0.5) / number * len(grid)).astype(int)]
    sizes = np.exp(np.clip(z, -1.7, 1.7) * sigma)
    return rng.permutation(np.maximum(7, np.round(sizes / sizes.sum() * total)).astype(int))


def _fsm(kind: str, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share of pupils eligible for free school meals: 24.7% in primary and 25.8% in secondary schools (January 2025)."""
    if kind in (SPECIAL, PRU):
        return np.full(len(sizes), 0.46 if kind == SPECIAL else 0.6)
    if kind == INDEPENDENT:
        return np.zeros(len(sizes))
    share = rng.beta(2.0, 6.0, 20000)
    share.sort()
    drawn = rng.permutation(share[((np.arange(len(sizes)) + 0.5) / len(sizes) * len(share)).astype(int)])
    target = 0.247 if kind == PRIMARY else 0.258
    return np.clip(drawn * target / np.average(drawn, weights=sizes), 0.02, 0.7)


def _centred(effects: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Effects with mean nought over the phase's pupils and spread one: schools differ, the phase's level does not move."""
    if len(effects) < 2:
        return np.zeros(len(effects))
    effects = effects - np.average(effects, weights=sizes)
    return effects / max(float(np.sqrt(np.average(effects**2, weights=sizes))), 1e-9)
