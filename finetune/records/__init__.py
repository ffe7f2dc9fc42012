"""Chat records: what language models are tuned on, made of the exam's training tasks, tables and tools."""
