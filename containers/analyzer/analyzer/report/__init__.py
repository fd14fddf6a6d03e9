"""The report of a Clarify job, as an HTML page, a PDF file and a notebook."""
