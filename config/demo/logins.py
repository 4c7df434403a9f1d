"""Who may sign in to the demo: one person a role, and the contacts of two schools. Known to all, so never for real data."""

from config.demo.places import DOMAIN, PRIMARY_NAMES, SECONDARY_NAMES, contact_email, listed

DEMO_PASSWORD = "walk to school together"  # noqa: S105  (printed for everyone to use)

SCHOOL_A, SCHOOL_B = listed(PRIMARY_NAMES)[0], listed(SECONDARY_NAMES)[0]

DEMO_LOGINS: list[tuple[str, str, str]] = [
    ("Attendance officer", f"officer@{DOMAIN}", DEMO_PASSWORD),
    ("Attendance manager", f"manager@{DOMAIN}", DEMO_PASSWORD),
    ("Legal officer", f"legal@{DOMAIN}", DEMO_PASSWORD),
    ("Administrator", f"administrator@{DOMAIN}", DEMO_PASSWORD),
    (f"School contact, {SCHOOL_A}", contact_email(SCHOOL_A), DEMO_PASSWORD),
    (f"School contact, {SCHOOL_B}", contact_email(SCHOOL_B), DEMO_PASSWORD),
    (f"School staff, {SCHOOL_B}", f"staff@{contact_email(SCHOOL_B).split('@')[1]}", DEMO_PASSWORD),
]
