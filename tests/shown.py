"An executed notebook made by hand: cells that show sections, Markdown or whatever an output holds."

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from digitransform.report.blocks import MIME, Block, to_json


def output(shown) -> dict:
    "The output of a block, of a Markdown text, or of a dictionary of media types."
    if isinstance(shown, Block):
        return new_output("display_data", data={MIME: to_json(shown)})
    data = {"text/markdown": shown} if isinstance(shown, str) else shown
    return new_output("display_data", data=data)


def cell(*shown, source: str = "x", **metadata):
    "A code cell that shows something."
    return new_code_cell(source, outputs=[output(s) for s in shown], metadata=metadata)


def text(markdown: str):
    "A Markdown cell."
    return new_markdown_cell(markdown)


def notebook(folder, *things, name: str = "run.ipynb") -> Path:
    "A notebook of cells; what is not a cell is shown by one."
    cells = [_as_cell(thing) for thing in things]
    path = Path(folder) / name
    nbformat.write(new_notebook(cells=cells), path)
    return path


def _as_cell(thing):
    return thing if isinstance(thing, dict) and "cell_type" in thing else cell(thing)
