"""Marking: one module for each family of answer types."""
