"""The API of managed MLflow, and the requests of MLflow's clients."""

from local_test.service.resources.mlflow import app_operations, server_operations
from local_test.service.resources.mlflow.forwarding import ROUTE
from local_test.service.resources.mlflow.resource import APP, TRACKING_SERVER
from local_test.service.resources.mlflow.serving import restart_servers
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={**server_operations.OPERATIONS, **app_operations.OPERATIONS},
    types=(TRACKING_SERVER, APP),
    restart=restart_servers,
    routes=(ROUTE,),
)
