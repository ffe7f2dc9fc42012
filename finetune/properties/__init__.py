"""Training and evaluation of the property models."""
