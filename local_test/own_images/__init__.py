"""Tandem's own images: pulled by digest where a registry is configured, built otherwise."""
