"""Decisions left open by the user: column types, formats, target and sample weight."""
