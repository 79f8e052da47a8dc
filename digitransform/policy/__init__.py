"""What people ask: will the target be met, and what growth would it take?"""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
