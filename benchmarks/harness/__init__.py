"""The benchmark harness: candidates measured in turns, processes measured from outside, results kept and shown."""
