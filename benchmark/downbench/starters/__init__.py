"""What a new plug-in begins with: templates, and the command that fills them in."""
