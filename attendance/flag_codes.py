"""The names of the flags, in the order in which they are told. Pure."""

from __future__ import annotations

PERSISTENT, SEVERE, THRESHOLD, CONTINUOUS = "persistent_absence", "severe_absence", "penalty_threshold", "continuous_absence"
TWENTY_DAYS, SICKNESS, NOT_STARTED, FIRST = "absent_20_days", "sickness_15_days", "not_started", "first_absence"
PART_TIME, FALL, NEAR, CARRIED = "part_time_timetable", "sharp_fall", "near_persistent", "severe_last_year"
CODES = (PERSISTENT, SEVERE, THRESHOLD, CONTINUOUS, TWENTY_DAYS, SICKNESS, NOT_STARTED, FIRST, PART_TIME, FALL, NEAR, CARRIED)

# What somebody must look at first, first.
URGENT = (FIRST, SEVERE, TWENTY_DAYS, CONTINUOUS, NOT_STARTED, THRESHOLD, SICKNESS, PERSISTENT, PART_TIME, CARRIED, FALL, NEAR)

# Rules that look at one academic year alone: last year's flag ends with it, and this year's is another.
OF_ONE_YEAR = frozenset({PERSISTENT, SEVERE, SICKNESS, NOT_STARTED, FIRST, FALL, NEAR, CARRIED})
# Shares of all sessions of one year: of few sessions they are shown and counted, and make no work.
SHARES = frozenset({PERSISTENT, SEVERE, NEAR, CARRIED})
# To keep an eye on: shown, counted and listed where asked for; none of them puts anybody on a list of work.
WATCHED = frozenset({PART_TIME, FALL, NEAR, CARRIED})
