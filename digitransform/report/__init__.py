"""What readers get: pages, documents, workbooks and the site around them."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
