"""Data for serving models: which parser reads the tool calls of which family, and what to install."""
