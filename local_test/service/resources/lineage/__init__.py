"""ML lineage: artifacts, actions, contexts, their associations, and queries over them."""
