"""Pages: what each kind of them says, and how templates become HTML."""
