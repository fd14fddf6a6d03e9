"""The report of a training: `metrics.json` and one self-contained HTML page."""
