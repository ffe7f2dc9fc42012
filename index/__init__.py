"""The memory: papers in, passages out. Knows text, not chemistry."""
