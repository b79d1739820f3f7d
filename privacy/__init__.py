"""Joint computations between organisations that do not show each other their data."""
