"""Making only what is stale, anywhere."""
