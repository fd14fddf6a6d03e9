"""What the service promises a container, as plain data and files; no engine is needed here."""
