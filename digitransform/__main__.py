"""`python -m digitransform` is the command `digitransform`. This file is written by hand."""

from digitransform.publish.cli import main

raise SystemExit(main())
