"""What stands in front and around of the endpoints on AWS."""
