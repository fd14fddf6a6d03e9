"""Images on their way to a registry: checked, pushed and told how to be used."""
