"""Mixed traffic on both images for a while: what leaks, what breaks, what gets slower."""
