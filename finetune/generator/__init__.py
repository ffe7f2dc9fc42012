"""Training of the conditional generator of repeat units."""
