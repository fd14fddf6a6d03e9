"""Recording of trainings on an MLflow tracking server, by its REST API and without its package."""
