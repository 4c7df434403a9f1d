"""Doors to meetings, their items and what was agreed."""
