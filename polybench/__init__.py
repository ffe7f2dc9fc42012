"""The exam: PolyBench-compatible tasks, parsing of answers, scoring, and reports on where a model fails."""
