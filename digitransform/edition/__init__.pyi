from .edition import Edition as Edition
from .edition import make_edition as make_edition
from .edition import provenance as provenance
