"""Polysmith's own small model: a compact Llama, its tokenizer for words and repeat units, trained from scratch."""
