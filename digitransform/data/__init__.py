"""What was published: places, sources, indicators, observations, targets."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
