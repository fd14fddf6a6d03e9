"""What the reports of all images have in common: the page, and pictures. Serving imports none."""
