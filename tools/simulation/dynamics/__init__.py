"""Molecular dynamics of amorphous oligomers: cells, force fields, protocols, runs that can be stopped, statistics."""
