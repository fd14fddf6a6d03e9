"""IMDB: was a review of a film kind? Text through a recipe and a linear booster, and a web page."""
