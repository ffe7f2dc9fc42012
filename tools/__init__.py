"""The hands: deterministic, typed, unit-safe chemistry, property models, physics, synthesis and search. No LLM."""
