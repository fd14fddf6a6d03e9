"""Tags of all resources that can have them."""
