"""Types, units, errors and safety that every room shares."""
