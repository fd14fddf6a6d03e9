"""A model's input: its columns, and policies for values that training never saw."""
