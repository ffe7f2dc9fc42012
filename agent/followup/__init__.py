"""Follow-ups on a finished report: read by rules into a typed kind, answered from the run's own numbers."""

from agent.followup.answering import follow_up
from agent.followup.model import Asked, FollowUp, Grid
from agent.followup.understanding import understand

__all__ = ["Asked", "FollowUp", "Grid", "follow_up", "understand"]
