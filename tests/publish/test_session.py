"""A session that stays open.

A Jupyter kernel from which reports are run keeps its own figures, and one whose package was
edited publishes nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
ROOT = Path(__file__).resolve().parents[2]
PLOT = "import matplotlib.pyplot as plt\nplt.plot([2019, 2025], [11.9, 14.0]);"
RUN = (
    "import papermill\ndone = papermill.execute_notebook('inner.ipynb', 'out.ipynb', dict(x=3),"
    " engine_name='digitransform', progress_bar=False)"
)
LOOK = (
    "import matplotlib, builtins\nshell = get_ipython()\n(type(shell).__name__,"
    " type(shell).instance() is shell, __name__, matplotlib.rcParams['backend'],"
    " builtins.display.__module__)"
)


def notebook(*cells):
    nb = new_notebook(
        cells=[new_code_cell(c) for c in cells],
        metadata=dict(kernelspec=dict(name="python3", language="python", display_name="Python 3")),
    )
    nb.cells[0].metadata["tags"] = ["parameters"]
    return nb


@pytest.mark.parametrize("before", [(), (PLOT,)], ids=["before the first figure", "after a figure"])
def test_a_jupyter_session_keeps_its_shell_and_its_figures_when_it_runs_a_report(
    tmp_path, monkeypatch, before
):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # with it, a kernel would show no figures
    nbformat.write(
        notebook("x = 1", PLOT, "type(get_ipython()).__name__, x, plt.get_backend()"),
        tmp_path / "inner.ipynb",
    )
    outer = notebook("y = 2", *before, LOOK, RUN, LOOK, PLOT, "y, plt.get_fignums()")
    NotebookClient(
        outer, kernel_name="python3", timeout=120, resources=dict(metadata=dict(path=str(tmp_path)))
    ).execute()
    values = [
        o["data"]["text/plain"]
        for c in outer.cells
        for o in c.outputs
        if o.output_type == "execute_result"
    ]
    pictures = [
        o
        for c in outer.cells
        for o in c.outputs
        if o.output_type == "display_data" and "image/png" in o["data"]
    ]
    assert (
        values[0] == values[1]
        and "'ZMQInteractiveShell'" in values[0]
        and "True" in values[0]
        and values[-1] == "(2, [])"
    )
    assert len(pictures) == 1 + len(before)
    inner = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert inner.cells[-1].outputs[0]["data"]["text/plain"] == "('_Shell', 3, 'inline')"
    assert [o.output_type for o in inner.cells[-2].outputs] == [
        "display_data"
    ] and "image/png" in inner.cells[-2].outputs[0]["data"]


EDITED = """
from pathlib import Path
import digitransform
from digitransform.publish.run import publish
from digitransform.core.errors import DataError
page = Path(digitransform.__file__).parent / "report" / "page.py"
for more in ("", "# another page"):
    page.write_text(page.read_text(encoding="utf-8") + more, encoding="utf-8")
    try: publish("no edition", out="out")
    except DataError as e: print(e)
print(Path("out").exists())
"""


def test_a_session_whose_package_was_edited_publishes_nothing_and_says_what_to_do(tmp_path):
    shutil.copytree(
        ROOT / "digitransform",
        tmp_path / "installed" / "digitransform",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    done = subprocess.run(
        [sys.executable, "-c", EDITED],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
    )
    first, second, exists = done.stdout.splitlines()
    assert "there is no edition here" in first, done.stderr
    assert (
        second.startswith(
            "report/page.py: the package was edited after this session had loaded it; restart the"
            " session"
        )
        and exists == "False"
    )
