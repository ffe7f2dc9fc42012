"""Builders of the open suite: tasks of PolyBench's six categories and an agentic track."""
