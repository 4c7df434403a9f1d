"""Files about schools and people: each module reads without a database, and says line by line what it could not read."""
