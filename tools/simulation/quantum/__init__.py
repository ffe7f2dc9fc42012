"""Quantum chemistry of capped oligomers with GFN2-xTB: gap of the chain, dipole moments, polarisability."""
