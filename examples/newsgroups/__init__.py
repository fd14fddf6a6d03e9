"""20 newsgroups: which group a message was written to, by a script of the user's own."""
