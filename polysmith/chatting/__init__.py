"""The chat without its framework: what is understood, done, kept and shown. ``polysmith.chat`` puts it on a page."""
