"""Where `read_table` was before it moved to `digitransform.data.tables`; kept for older scripts.

This file is written by hand.
"""

from digitransform.data.tables import read_table

__all__ = ["read_table"]
