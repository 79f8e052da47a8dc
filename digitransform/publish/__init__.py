"""Making what is stale of an edition, and nothing else, on one machine or many."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
