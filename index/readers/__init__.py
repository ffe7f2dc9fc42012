"""Readers, one format a file: from what a provider publishes to documents."""
