"""The school: trains everything that is trained; hands over artefacts with a card."""
