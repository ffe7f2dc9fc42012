"""The report: its model and its views."""
