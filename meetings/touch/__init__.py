"""Keeping in touch with every school: briefings, guidance, advice, self-checks, events and campaigns."""
