"""Recipes: one YAML file each, which opens with its command, its memory and what to expect."""
