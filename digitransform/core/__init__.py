"""What knows nothing of the subject."""
