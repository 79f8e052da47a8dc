"""How good a forecast is, and how forecasts are made to agree."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
