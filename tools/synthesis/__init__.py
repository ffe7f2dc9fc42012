"""Polymerisation rules forwards and backwards, and feasibility."""
