"""The harness: candidates measured in turns, processes from outside, results kept."""
