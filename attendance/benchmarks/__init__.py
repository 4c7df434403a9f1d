"""Published figures of authorities, regions and England: what they are, how their files are read, and which are known."""
