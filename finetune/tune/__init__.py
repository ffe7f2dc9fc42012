"""Tuning of language models by recipe: LoRA on chat records, preferences and verifiable rewards, behind a gate."""
