"""From information to draws."""
