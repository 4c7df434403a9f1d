"""What Daymark costs, each figure beside a yardstick of the same run. `make bench` prints the table."""
