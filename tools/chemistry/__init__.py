"""Structures: oligomers, descriptors, fingerprints, groups, classes, names and drawings."""
