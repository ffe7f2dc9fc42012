"""Recipes that fit the physics layer."""
