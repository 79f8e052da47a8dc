from .edition import make_edition as make_edition
from .store import Edition as Edition
