"""Where `read_panel` was before it moved to `digitransform.data.panels`; kept for older scripts.

This file is written by hand.
"""

from digitransform.data.panels import read_panel

__all__ = ["read_panel"]
