"""Constants scripts compare with."""
