from .edition import make_edition as make_edition
from .example import example_edition as example_edition
from .store import Edition as Edition
