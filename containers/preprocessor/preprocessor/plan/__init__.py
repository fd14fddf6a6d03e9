"""The fitted transform as it serves: replayed blocks, and blocks left to scikit-learn."""
