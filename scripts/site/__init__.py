"""The documentation site, built from docs/ by MkDocs."""
