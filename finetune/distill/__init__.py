"""Worked chains: knowledge of a task's polymers, a teacher that reasons over it, a check of every number and step."""
