"""What goes on after a call was answered: jobs, from their data in S3 to their results there."""
