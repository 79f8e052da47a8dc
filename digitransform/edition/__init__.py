"""One publication, computed once."""
