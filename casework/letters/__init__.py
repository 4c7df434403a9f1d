"""Letters to parents from dated templates (docs/decisions.md)."""
