"""Script mode: a program of the user's own trains, and its functions serve.

The conventions are those of Amazon's script-mode containers (Training Toolkit, scikit-learn
container), so that a script written for them runs unchanged.
"""
