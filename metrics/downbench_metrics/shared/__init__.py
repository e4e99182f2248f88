"""What metrics of several rooms rest on."""
