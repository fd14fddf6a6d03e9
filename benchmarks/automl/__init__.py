"""The quality of AutoML, beside FLAML."""
