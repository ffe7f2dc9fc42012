"""Polysmith designs polymers: a brief in plain words in, verified and ranked repeat units out."""
