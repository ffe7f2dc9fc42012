"""Physics that checks the learned models: group contribution, and what comes to stand beside it."""
