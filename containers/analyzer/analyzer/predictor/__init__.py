"""The analyzed model behind an endpoint: its requests, responses, and a shadow endpoint."""
