"""AWS inside of containers: the API's address there, and the credentials of a job's role."""
