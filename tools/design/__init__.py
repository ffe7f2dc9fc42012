"""Candidates: sources, screening, evolution, diversity."""
