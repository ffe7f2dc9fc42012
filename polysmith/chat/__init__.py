"""The page: Chainlit, and nothing else."""
