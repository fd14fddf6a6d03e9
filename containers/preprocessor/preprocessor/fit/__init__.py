"""The fit of a recipe by scikit-learn, in memory, and the extraction of the plan that serves."""
