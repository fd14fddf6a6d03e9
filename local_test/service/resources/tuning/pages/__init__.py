"""The page of a tuning job in the console."""
