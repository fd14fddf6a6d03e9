"""Templates of stacks: their text, parameters, references and functions."""
