"""Poisoned passages and files: what injected text can look like, each with what would show that it worked."""
