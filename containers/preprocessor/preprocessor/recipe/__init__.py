"""The recipe: what a job asks for, what a column may be, and what is done to each column."""
