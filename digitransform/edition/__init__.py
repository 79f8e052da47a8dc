"""One publication, computed once and kept as declared tables."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
