"""What knows nothing of the subject: errors, names, files, processes."""

from .._offer import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
