"""Every change of people, postings, calendars and the authority's own values: one verb, one transaction, one audit line.

Each module defines its error beside what raises it: a ValueError whose text may be shown as it is, and the field it is about.
"""
