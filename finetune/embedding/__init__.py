"""Training of the embedder that ships: static vectors distilled from a sentence transformer."""
