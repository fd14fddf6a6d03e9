"""What an AWS client on this machine needs to use the local service."""
