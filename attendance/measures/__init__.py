"""What sessions of a period tell beyond their rates. Each module decides one thing, of arrays; all are pure.

The arrays: `marks`, bytes of attendance.codes, a row an enrolment, two columns a day (morning, afternoon) from the period's first day
to its last, blank where a mark does not count. What is found of several schools is added up; percentages are worked out last.
"""
