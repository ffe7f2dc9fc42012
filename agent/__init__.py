"""The mind: brief, plan, observations, verified report. Computes no chemistry."""
