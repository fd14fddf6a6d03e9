"""What a search leaves to read: its report, and a script that trains and serves the winner."""
