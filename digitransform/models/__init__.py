"""From an information set to draws of what was, is and will be."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
