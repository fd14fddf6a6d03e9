"""The HTML page and the charts of all images' reports. Not imported in serving."""
