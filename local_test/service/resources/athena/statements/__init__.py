"""The statements of Athena: what each one does to the catalogue and to S3."""
