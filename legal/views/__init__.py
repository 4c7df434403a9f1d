"""Pages of penalty notices: requests, decisions, and the notices themselves."""
