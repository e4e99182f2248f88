"""What can be said of finished runs."""
