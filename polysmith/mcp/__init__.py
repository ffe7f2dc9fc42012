"""Polysmith as a server of the Model Context Protocol: its tools and its agent for other programs' models."""
