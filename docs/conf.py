"""The pages about the package.

The source notebooks, read as essays. Built by `make docs`; nothing is fetched.
"""

import os
import sys
import tomllib
from pathlib import Path

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import pages  # noqa: E402

os.chdir(HERE.parent)  # nbdev finds its settings from the working directory
pages.write_chapters(executed=os.environ.get("DOCS_EXECUTE", "1") != "0")

PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
project, release = PROJECT["name"], PROJECT["version"]
author = PROJECT["authors"][0]["name"]
copyright = author

extensions = ["myst_nb"]
exclude_patterns = ["_build"]
nb_execution_mode = "off"  # the notebooks arrive with their outputs
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "substitution"]
myst_substitutions = {"bibtex": pages.bibtex(PROJECT)}
myst_heading_anchors = 4
myst_dmath_double_inline = True
suppress_warnings = [
    "mystnb.unknown_mime_type",
]

html_theme = "pydata_sphinx_theme"
html_title = project
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
html_sidebars = {"vi": []}  # a front page: nothing lies below it
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,  # all that docs/index.md leads to
    "footer_start": ["copyright"],
    "footer_end": [],
}


def mathml(self, node):
    "An equation as MathML, which browsers draw themselves: no script, no request."
    block = isinstance(node, nodes.math_block)
    try:
        self.body.append(tex2mathml(node.astext(), as_block=block))
    except MathError:
        self.body.append(
            f"<pre>{self.encode(node.astext())}</pre>"
            if block
            else f"<code>{self.encode(node.astext())}</code>"
        )
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        "mathml", inline_renderers=(mathml, None), block_renderers=(mathml, None)
    )
