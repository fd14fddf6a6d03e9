"""How many instances an endpoint needs, from the load that one set of its containers carries."""
