"""The event bus: events of resources, matched by rules and delivered to targets."""
