"""The control that a generative method must beat: a deterministic network plus unstructured noise."""
