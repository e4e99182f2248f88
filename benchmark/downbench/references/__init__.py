"""Results that others measured and that are shipped as data, to compare one's own with."""
