"""How the share of the digital economy is measured, and in what accounts."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
