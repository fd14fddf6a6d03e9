"""Constants that scripts compare with."""
