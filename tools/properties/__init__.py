"""Property models loaded from cards, with intervals and applicability domain."""
