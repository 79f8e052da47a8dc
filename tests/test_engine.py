"The engine against papermill's own kernel, and what happens to reports that fail, hang or crash."
import os, re, subprocess, sys, time, tomllib
from pathlib import Path

import nbformat, papermill as pm, pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.exceptions import strip_color

from digitransform.engine import ForkedShell, check_parameters, imported_modules, parameter_names
from digitransform.table import DataError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")


def notebook(*sources, parameters="unit = 'VN'", tags={}):
    cells = [new_code_cell(parameters, metadata=dict(tags=["parameters"]))]
    for s in sources: cells.append(new_markdown_cell(s[3:]) if s.startswith("md:") else new_code_cell(s, metadata=dict(tags=tags.get(s, []))))
    return new_notebook(cells=cells, metadata=dict(kernelspec=dict(name="python3", language="python", display_name="Python 3")))


def execute(nb, folder, engine="digitransform", **options):
    nbformat.write(nb, folder / "in.ipynb")
    return pm.execute_notebook(folder / "in.ipynb", folder / f"out_{engine}.ipynb", options.pop("parameters", dict(unit="34-24")),
                               engine_name=engine, progress_bar=False, cwd=folder, **options)


CELL_FILE = re.compile(r"<ipython-input-\d+-\w+>|(\S*/)?\d+\.py\b")  # what ours and a kernel call the file of a cell


def shown(cell):
    "The outputs of a cell; streams that follow each other are joined, and of a traceback the excerpts of the cells are kept."
    result = []
    for o in map(dict, cell.get("outputs", [])):
        if o["output_type"] == "stream" and result and result[-1].get("name") == o["name"]: result[-1]["text"] += o["text"]; continue
        if o["output_type"] == "stream": o["text"] = CELL_FILE.sub("cell", o["text"])
        if o["output_type"] == "error":
            o["evalue"] = CELL_FILE.sub("cell", o["evalue"])
            o["traceback"] = [re.sub(r"\n +\d+ .*", "", line) for line in map(strip_color, o["traceback"]) if not line.startswith("File ")]
        result.append(o)
    return result


EVERYTHING = [
    "md:# A title", "x = 3\nx", "print('one'); print('two')", "import sys\nprint('words', file=sys.stderr)",
    "5;", "None", "'Bắc Ninh'", "_ + '!'", "",
    "import pandas as pd\npd.DataFrame({'year': [2025, 2026], 'share': [46.3, 47.0]})",
    "from IPython.display import display, Markdown, HTML, Image\ndisplay(Markdown('**bold**'))\nprint('between')\ndisplay(HTML('<b>x</b>'))\n'last'",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))\nax.plot([2019, 2025], [40, 46])\nax.set_title('Share')",
    "fig, ax = plt.subplots(figsize=(1, 1)); ax.bar([1], [2]); print('drawn')", "plt.gcf().get_axes()",
    "bar = display('0 of 45', display_id='bar')", "bar.update('45 of 45')",
    "from IPython.display import clear_output\nprint('old'); clear_output(); print('new')", "print('old'); clear_output(wait=True); print('new')",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'", "%env HOME=/somewhere", "!echo from a program", "%%capture\nprint('hidden')",
    "Image(data=bytes.fromhex('89504e470d0a1a0a0000000d49484452'), format='png')", "__name__, unit",
    "get_ipython().user_ns['x']", "skipped = 1 / 0", "display({'application/json': {'a': [1, 2]}}, raw=True)", "def f(n): return n * 2\nf(21)",
]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    nb = notebook(*EVERYTHING, tags={"skipped = 1 / 0": ["skip-execution"]})
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # with it, a kernel would show no figures
        return execute(nb, folder), execute(nb, folder, engine="nbclient")


def test_outputs_equal_those_of_a_kernel(both):
    for ours, theirs in zip(*(nb.cells for nb in both), strict=True):
        assert shown(ours) == shown(theirs), ours.source
        assert ours.get("execution_count") == theirs.get("execution_count"), ours.source


def test_metadata_equal_those_of_a_kernel(both):
    ours, theirs = both
    assert {k: v for k, v in ours.metadata.items() if k != "papermill"} == {k: v for k, v in theirs.metadata.items() if k != "papermill"}
    assert ours.metadata.papermill.keys() == theirs.metadata.papermill.keys()
    assert ours.metadata.papermill.parameters == dict(unit="34-24") and ours.metadata.papermill.exception is None
    for a, b in zip(ours.cells, theirs.cells, strict=True):
        assert a.metadata.papermill.keys() == b.metadata.papermill.keys() and a.metadata.papermill.status == b.metadata.papermill.status
        assert a.metadata.get("tags") == b.metadata.get("tags") and a.metadata.get("execution", {}).keys() == b.metadata.get("execution", {}).keys()


def test_figures_have_an_image(both):
    images = [o for c in both[0].cells for o in c.get("outputs", []) if "image/png" in o.get("data", {}) and "text/plain" in o.get("data", {})]
    assert len(images) >= 3


FAILING = {"error": "1 / 0", "syntax": "for", "nested": "def f(): raise ValueError('no figure for Bắc Kạn')\nf()", "exit": "import sys; sys.exit(2)", "clean exit": "import sys; sys.exit(0)",
           "input": "input('which place?')", "magic": "%nosuchmagic", "import": "import no_such_library"}


@pytest.mark.parametrize("source", FAILING.values(), ids=FAILING)
def test_errors_equal_those_of_a_kernel(source, tmp_path):
    nb, ends = notebook("1", source, "'never'"), {}
    for engine in ("digitransform", "nbclient"):
        try: execute(nb, tmp_path, engine); error = None
        except pm.PapermillExecutionError as e: error = (e.cell_index, e.exec_count, e.source, e.ename, CELL_FILE.sub("cell", e.evalue))
        ends[engine] = nbformat.read(tmp_path / f"out_{engine}.ipynb", as_version=4), error
    (ours, our_error), (theirs, their_error) = ends.values()
    assert our_error == their_error
    assert [c.source for c in ours.cells] == [c.source for c in theirs.cells]
    errors = lambda cell: [o for o in shown(cell) if o["output_type"] == "error"]
    for a, b in zip(ours.cells, theirs.cells): assert errors(a) == errors(b)
    assert [c.metadata.get("papermill", {}).get("status") for c in ours.cells] == [c.metadata.get("papermill", {}).get("status") for c in theirs.cells]
    assert ours.metadata.papermill.exception == theirs.metadata.papermill.exception


def test_an_error_meant_as_an_example_does_not_stop_the_run(tmp_path):
    with pytest.raises(pm.PapermillExecutionError): execute(notebook("1 / 0", "'after'", tags={"1 / 0": ["raises-exception"]}), tmp_path)
    nb = nbformat.read(tmp_path / "out_digitransform.ipynb", as_version=4)
    assert nb.cells[-1].outputs[0].data["text/plain"] == "'after'"


@pytest.mark.parametrize("source, reason", {"import os; os._exit(7)": "ended with exit code 7", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "was ended by SIGKILL"}.items())
def test_a_crash_is_an_error_of_its_cell(source, reason, tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught: execute(notebook("'before'", source, "'never'"), tmp_path)
    assert caught.value.cell_index == 3 and caught.value.ename == "DeadKernelError" and reason in caught.value.evalue
    nb = nbformat.read(tmp_path / "out_digitransform.ipynb", as_version=4)
    assert "An Exception was encountered" in nb.cells[0].source


def test_last_words_of_a_crash_are_kept(tmp_path):
    with ForkedShell() as shell: shown, _, failed = shell.run("import os; os.write(2, b'out of memory'); os._exit(1)")
    assert failed and shown[0]["text"] == "out of memory"


def test_a_cell_that_hangs_is_stopped_and_named(tmp_path):
    begun = time.monotonic()
    with pytest.raises(pm.PapermillExecutionError) as caught: execute(notebook("import time\ntime.sleep(60)"), tmp_path, execution_timeout=0.5)
    assert time.monotonic() - begun < 20 and caught.value.ename == "CellTimeoutError" and "0.5 s" in caught.value.evalue
    assert "time.sleep(60)" in strip_color("".join(caught.value.traceback))


def test_a_cell_that_does_not_listen_is_killed(tmp_path):
    with ForkedShell() as shell:
        shown, _, failed = shell.run("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)", timeout=0.3, grace=0.3)
        assert failed and shown[0]["ename"] == "CellTimeoutError"
        assert not shell.process.is_alive() or shell.process.join(5) is None


def test_no_process_stays_behind(tmp_path):
    with ForkedShell() as shell:
        shell.run("1")
        pid = shell.process.pid
    with pytest.raises(ProcessLookupError): os.kill(pid, 0)


def test_each_notebook_has_a_fresh_namespace(tmp_path):
    execute(notebook("import json\njson.spoilt = leftover = True"), tmp_path)
    nb = execute(notebook("import json\nhasattr(json, 'spoilt'), 'leftover' in globals()"), tmp_path)
    assert nb.cells[-1].outputs[0].data["text/plain"] == "(False, False)"


def test_a_notebook_in_a_kernel_may_run_others(tmp_path):
    source = """import matplotlib.pyplot as plt
plt.plot([1, 2])
from digitransform.engine import ForkedShell
with ForkedShell() as shell: shown = shell.run("import matplotlib.pyplot as plt\\nplt.plot([1, 2]); print('inside'); display('shown')")[0]
[o.get("text") or sorted(o["data"]) for o in shown]"""
    nb = execute(notebook(source), tmp_path, engine="nbclient")
    assert nb.cells[-1].outputs[0].data["text/plain"] == "['inside\\n', ['text/plain'], ['image/png', 'text/plain']]"


def test_open_figures_of_the_parent_do_not_appear(tmp_path):
    import matplotlib.pyplot as plt
    figure = plt.figure()
    try: assert execute(notebook("1"), tmp_path).cells[-1].outputs[0].output_type == "execute_result"
    finally: plt.close(figure)


def test_modules_beside_the_notebook_are_found_and_never_stale(tmp_path):
    for version in (1, 2):
        (tmp_path / "beside_me.py").write_text(f"version = {version}  # {'x' * version}\n")
        assert execute(notebook("import beside_me\nbeside_me.version"), tmp_path).cells[-1].outputs[0].data["text/plain"] == str(version)
    assert "beside_me" not in sys.modules


def test_a_misspelt_parameter_stops_before_anything_is_written(tmp_path):
    with pytest.raises(DataError, match="in.ipynb: the notebook has no parameter 'unti' .*nearest valid value is 'unit'"):
        execute(notebook("1"), tmp_path, parameters=dict(unti="34-24"))
    assert not (tmp_path / "out_digitransform.ipynb").exists()


def test_a_notebook_without_parameters_is_left_alone():
    nb = new_notebook(cells=[new_code_cell("1")])
    assert parameter_names(nb) == [] and check_parameters(nb, dict(anything=1)) is None


def test_parameters_with_annotations_and_several_names():
    assert parameter_names(notebook(parameters="unit: str = 'VN'\na = b = 1  # two\nyears: list = [2025,\n 2030]")) == ["unit", "a", "b", "years"]


def test_imports_are_read_from_all_cells_but_relative_ones():
    nb = notebook("import numpy as np, os.path", "def f():\n    from json import loads", "%matplotlib inline", "md:import this", "from . import nothing")
    assert imported_modules(nb) == ["numpy", "os.path", "json"]


def test_without_fork_papermills_kernel_does_the_work_and_says_so(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.warns(RuntimeWarning, match="cannot be forked"): nb = execute(notebook("unit"), tmp_path)
    assert nb.cells[-1].outputs[0].data["text/plain"] == "'34-24'"


def test_streams_go_to_the_files_papermill_was_given(tmp_path):
    with open(tmp_path / "stdout", "w") as out, open(tmp_path / "stderr", "w") as err:
        execute(notebook("import sys\nprint('words')\nprint('complaints', file=sys.stderr)"), tmp_path, stdout_file=out, stderr_file=err)
    assert ((tmp_path / "stdout").read_text(), (tmp_path / "stderr").read_text()) == ("words\n", "complaints\n")


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="no /proc here")
def test_the_forked_process_opens_no_port():
    mine = "import os\nprint(*[link[8:-1] for n in os.listdir('/proc/self/fd') if os.path.islink(p := f'/proc/self/fd/{n}') for link in [os.readlink(p)] if link.startswith('socket')])"
    with ForkedShell() as shell: sockets = set(shell.run(mine)[0][0]["text"].split())
    ports = {line.split()[9] for file in ("/proc/net/tcp", "/proc/net/tcp6") if os.path.exists(file) for line in open(file).readlines()[1:]}
    assert sockets and not sockets & ports


@pytest.fixture
def announced(tmp_path):
    "An environment in which the package announces its engine, as an installed one does."
    announcement = tmp_path / "site" / "digitransform-0.dist-info"
    announcement.mkdir(parents=True)
    (announcement / "METADATA").write_text("Metadata-Version: 2.1\nName: digitransform\nVersion: 0\n")
    (announcement / "entry_points.txt").write_text("[papermill.engine]\ndigitransform = digitransform.engine:ForkEngine\n")
    return os.environ | dict(PYTHONPATH=os.pathsep.join([str(Path(__file__).resolve().parent.parent), str(announcement.parent)]))


@pytest.mark.parametrize("first, second", [("digitransform.engine", "papermill"), ("papermill", "digitransform.engine")])
def test_engine_and_papermill_may_be_imported_in_either_order(announced, first, second):
    code = f"import {first}, {second}; from papermill.engines import papermill_engines as p; assert p.get_engine('digitransform') is digitransform.engine.ForkEngine"
    done = subprocess.run([sys.executable, "-c", "import digitransform\n" + code], env=announced, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_package_announces_its_engine():
    project = tomllib.loads((Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["papermill.engine"] == dict(digitransform="digitransform.engine:ForkEngine")


def test_papermills_own_command_line(announced, tmp_path):
    nbformat.write(notebook("print(unit)"), tmp_path / "in.ipynb")
    command = [sys.executable, "-m", "papermill", "--engine", "digitransform", str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), "-p"]
    done = subprocess.run([*command, "unit", "Hà Nội"], capture_output=True, text=True, env=announced)
    assert done.returncode == 0, done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text == "Hà Nội\n"
    wrong = subprocess.run([*command, "unti", "Hà Nội"], capture_output=True, text=True, env=announced)
    assert wrong.returncode != 0 and "the nearest valid value is 'unit'" in wrong.stderr
