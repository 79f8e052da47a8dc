"""How the share is measured."""
