"""Training on several hosts: scaling measured and modelled, and the effect of merged sketches."""
