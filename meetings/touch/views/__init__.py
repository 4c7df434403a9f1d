"""Doors of keeping in touch."""
