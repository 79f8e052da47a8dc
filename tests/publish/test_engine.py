"""The engine against papermill's own kernel.

Outputs and errors, limits, edited code, the same bytes; and what happens to reports that fail,
hang or crash.
"""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import nbformat
import papermill as pm
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.exceptions import strip_color

from digitransform.core.errors import DataError
from digitransform.publish.engine import (
    check_parameters,
    failing_line,
    parameter_names,
    strip_run_metadata,
)
from digitransform.publish.shell import ForkedShell, edited_packages, imported_modules

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")


def notebook(*sources, parameters="unit = 'VN'", tags=None):
    cells = [new_code_cell(parameters, metadata=dict(tags=["parameters"]))]
    for s in sources:
        cells.append(
            new_markdown_cell(s[3:])
            if s.startswith("md:")
            else new_code_cell(s, metadata=dict(tags=(tags or {}).get(s, [])))
        )
    return new_notebook(
        cells=cells,
        metadata=dict(kernelspec=dict(name="python3", language="python", display_name="Python 3")),
    )


def execute(nb, folder, engine="digitransform", **options):
    nbformat.write(nb, folder / "in.ipynb")
    return pm.execute_notebook(
        folder / "in.ipynb",
        folder / f"out_{engine}.ipynb",
        options.pop("parameters", dict(unit="34-24")),
        engine_name=engine,
        progress_bar=False,
        cwd=folder,
        **options,
    )


CELL_FILE = re.compile(
    r"<ipython-input-\d+-\w+>|(\S*/)?\d+\.py\b"
)  # what ours and a kernel call the file of a cell


def shown(cell):
    """The outputs of a cell.

    Streams that follow each other are joined, and of a traceback the excerpts of the cells are
    kept.
    """
    result = []
    for o in map(dict, cell.get("outputs", [])):
        if o["output_type"] == "stream" and result and result[-1].get("name") == o["name"]:
            result[-1]["text"] += o["text"]
            continue
        if o["output_type"] == "stream":
            o["text"] = CELL_FILE.sub("cell", o["text"])
        if o["output_type"] == "error":
            o["evalue"] = CELL_FILE.sub("cell", o["evalue"])
            o["traceback"] = [
                re.sub(r"\n +\d+ .*", "", line)
                for line in map(strip_color, o["traceback"])
                if not line.startswith("File ")
            ]
        result.append(o)
    return result


EVERYTHING = [
    "md:# A title",
    "x = 3\nx",
    "print('one'); print('two')",
    "import sys\nprint('words', file=sys.stderr)",
    "5;",
    "None",
    "'Bắc Ninh'",
    "_ + '!'",
    "",
    "import pandas as pd\npd.DataFrame({'year': [2025, 2026], 'share': [46.3, 47.0]})",
    (
        "from IPython.display import display, Markdown, HTML,"
        " Image\ndisplay(Markdown('**bold**'))\nprint('between')\ndisplay(HTML('<b>x</b>'))\n'last'"
    ),
    (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))\nax.plot([2019,"
        " 2025], [40, 46])\nax.set_title('Share')"
    ),
    "fig, ax = plt.subplots(figsize=(1, 1)); ax.bar([1], [2]); print('drawn')",
    "plt.gcf().get_axes()",
    "bar = display('0 of 45', display_id='bar')",
    "bar.update('45 of 45')",
    "from IPython.display import clear_output\nprint('old'); clear_output(); print('new')",
    "print('old'); clear_output(wait=True); print('new')",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "%env HOME=/somewhere",
    "!echo from a program",
    "%%capture\nprint('hidden')",
    "Image(data=bytes.fromhex('89504e470d0a1a0a0000000d49484452'), format='png')",
    "__name__, unit",
    "get_ipython().user_ns['x']",
    "skipped = 1 / 0",
    "display({'application/json': {'a': [1, 2]}}, raw=True)",
    "def f(n): return n * 2\nf(21)",
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
    assert {k: v for k, v in ours.metadata.items() if k != "papermill"} == {
        k: v for k, v in theirs.metadata.items() if k != "papermill"
    }
    assert ours.metadata.papermill.keys() == theirs.metadata.papermill.keys()
    assert (
        ours.metadata.papermill.parameters == dict(unit="34-24")
        and ours.metadata.papermill.exception is None
    )
    for a, b in zip(ours.cells, theirs.cells, strict=True):
        assert (
            a.metadata.papermill.keys() == b.metadata.papermill.keys()
            and a.metadata.papermill.status == b.metadata.papermill.status
        )
        assert (
            a.metadata.get("tags") == b.metadata.get("tags")
            and a.metadata.get("execution", {}).keys() == b.metadata.get("execution", {}).keys()
        )


def test_figures_have_an_image(both):
    images = [
        o
        for c in both[0].cells
        for o in c.get("outputs", [])
        if "image/png" in o.get("data", {}) and "text/plain" in o.get("data", {})
    ]
    assert len(images) >= 3


FAILING = {
    "error": "1 / 0",
    "syntax": "for",
    "nested": "def f(): raise ValueError('no figure for Bắc Kạn')\nf()",
    "exit": "import sys; sys.exit(2)",
    "clean exit": "import sys; sys.exit(0)",
    "input": "input('which place?')",
    "magic": "%nosuchmagic",
    "import": "import no_such_library",
}


@pytest.mark.parametrize("source", FAILING.values(), ids=FAILING)
def test_errors_equal_those_of_a_kernel(source, tmp_path):
    nb = notebook("1", source, "'never'")
    ends = {}
    for engine in ("digitransform", "nbclient"):
        try:
            execute(nb, tmp_path, engine)
            error = None
        except pm.PapermillExecutionError as e:
            error = (e.cell_index, e.exec_count, e.source, e.ename, CELL_FILE.sub("cell", e.evalue))
        ends[engine] = nbformat.read(tmp_path / f"out_{engine}.ipynb", as_version=4), error
    (ours, our_error), (theirs, their_error) = ends.values()
    assert our_error == their_error
    assert [c.source for c in ours.cells] == [c.source for c in theirs.cells]

    def errors(cell):
        return [o for o in shown(cell) if o["output_type"] == "error"]

    for a, b in zip(ours.cells, theirs.cells):
        assert errors(a) == errors(b)
    assert [c.metadata.get("papermill", {}).get("status") for c in ours.cells] == [
        c.metadata.get("papermill", {}).get("status") for c in theirs.cells
    ]
    assert ours.metadata.papermill.exception == theirs.metadata.papermill.exception


def test_an_error_meant_as_an_example_does_not_stop_the_run(tmp_path):
    with pytest.raises(pm.PapermillExecutionError):
        execute(notebook("1 / 0", "'after'", tags={"1 / 0": ["raises-exception"]}), tmp_path)
    nb = nbformat.read(tmp_path / "out_digitransform.ipynb", as_version=4)
    assert nb.cells[-1].outputs[0].data["text/plain"] == "'after'"


@pytest.mark.parametrize(
    "source, reason",
    {
        "import os; os._exit(7)": "ended with exit code 7",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "was ended by SIGKILL",
    }.items(),
)
def test_a_crash_is_an_error_of_its_cell(source, reason, tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(notebook("'before'", source, "'never'"), tmp_path)
    assert (
        caught.value.cell_index == 3
        and caught.value.ename == "DeadKernelError"
        and reason in caught.value.evalue
    )
    nb = nbformat.read(tmp_path / "out_digitransform.ipynb", as_version=4)
    assert "An Exception was encountered" in nb.cells[0].source


def test_last_words_of_a_crash_are_kept(tmp_path):
    with ForkedShell() as shell:
        shown, _, failed = shell.run("import os; os.write(2, b'out of memory'); os._exit(1)")
    assert failed and shown[0]["text"] == "out of memory"


def test_a_cell_that_hangs_is_stopped_and_named(tmp_path):
    begun = time.monotonic()
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(notebook("import time\ntime.sleep(60)"), tmp_path, execution_timeout=0.5)
    assert (
        time.monotonic() - begun < 20
        and caught.value.ename == "CellTimeoutError"
        and "0.5 s" in caught.value.evalue
    )
    assert "time.sleep(60)" in strip_color("".join(caught.value.traceback))


def test_a_cell_that_does_not_listen_is_killed(tmp_path):
    with ForkedShell() as shell:
        shown, _, failed = shell.run(
            "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)",
            timeout=0.3,
            grace=0.3,
        )
        assert failed and shown[0]["ename"] == "CellTimeoutError"
        assert not shell.process.is_alive() or shell.process.join(5) is None


def test_no_process_stays_behind(tmp_path):
    with ForkedShell() as shell:
        shell.run("1")
        pid = shell.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_each_notebook_has_a_fresh_namespace(tmp_path):
    execute(notebook("import json\njson.spoilt = leftover = True"), tmp_path)
    nb = execute(
        notebook("import json\nhasattr(json, 'spoilt'), 'leftover' in globals()"), tmp_path
    )
    assert nb.cells[-1].outputs[0].data["text/plain"] == "(False, False)"


NESTED = """import matplotlib.pyplot as plt
plt.plot([1, 2])
from digitransform.publish.engine import ForkedShell
cell = '''import matplotlib.pyplot as plt
plt.plot([1, 2])
print('inside')
display('shown')
import asyncio
await asyncio.sleep(0.01)'''
with ForkedShell() as shell:
    outputs = shell.run(cell).outputs
[o.get("text") or sorted(o["data"]) for o in outputs]"""


def test_a_notebook_in_a_kernel_may_run_others(tmp_path):
    source = NESTED
    nb = execute(notebook(source), tmp_path, engine="nbclient")
    assert (
        nb.cells[-1].outputs[0].data["text/plain"]
        == "['inside\\n', ['text/plain'], ['image/png', 'text/plain']]"
    )


def test_open_figures_of_the_parent_do_not_appear(tmp_path):
    import matplotlib.pyplot as plt

    figure = plt.figure()
    try:
        assert execute(notebook("1"), tmp_path).cells[-1].outputs[0].output_type == "execute_result"
    finally:
        plt.close(figure)


def test_modules_beside_the_notebook_are_found_and_never_stale(tmp_path):
    for version in (1, 2):
        (tmp_path / "beside_me.py").write_text(f"version = {version}  # {'x' * version}\n")
        assert execute(notebook("import beside_me\nbeside_me.version"), tmp_path).cells[-1].outputs[
            0
        ].data["text/plain"] == str(version)
    assert "beside_me" not in sys.modules


def test_a_misspelt_parameter_stops_before_anything_is_written(tmp_path):
    with pytest.raises(
        DataError,
        match="in.ipynb: the notebook has no parameter 'unti' .*nearest valid value is 'unit'",
    ):
        execute(notebook("1"), tmp_path, parameters=dict(unti="34-24"))
    assert not (tmp_path / "out_digitransform.ipynb").exists()


def test_a_notebook_without_parameters_is_left_alone():
    nb = new_notebook(cells=[new_code_cell("1")])
    assert parameter_names(nb) == [] and check_parameters(nb, dict(anything=1)) is None


@pytest.mark.parametrize("cell", ["unit = ", "unit = '…", "e\x96 = 1", "if True:\n1"])
def test_a_cell_of_parameters_that_is_not_python_is_one_sentence(cell):
    with pytest.raises(DataError, match="mine.ipynb: the cell of parameters is not Python: .*line"):
        check_parameters(notebook(parameters=cell), dict(unit=1), file="mine.ipynb")


def test_magics_may_stand_among_the_parameters():
    nb = notebook(parameters="%matplotlib inline\nunit = 'VN'\n!ls")
    assert parameter_names(nb) == ["unit"]


def test_parameters_with_annotations_and_several_names():
    assert parameter_names(
        notebook(parameters="unit: str = 'VN'\na = b = 1  # two\nyears: list = [2025,\n 2030]")
    ) == ["unit", "a", "b", "years"]


def test_imports_are_read_from_all_cells_but_relative_ones():
    nb = notebook(
        "import numpy as np, os.path",
        "def f():\n    from json import loads",
        "%matplotlib inline",
        "md:import this",
        "from . import nothing",
    )
    assert imported_modules(nb) == ["numpy", "os.path", "json"]


KERNEL = """import json, os
from ipykernel.connect import get_connection_file
from threadpoolctl import threadpool_info
import numpy
threads = {p["num_threads"] for p in threadpool_info()}
unit, json.load(open(get_connection_file()))["transport"], threads"""


def test_without_fork_papermills_kernel_does_the_work_over_ipc_and_says_so(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "fork")
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    before = dict(os.environ)
    with pytest.warns(RuntimeWarning, match="cannot be forked.* over IPC.* memory is not limited"):
        nb = execute(notebook(KERNEL), tmp_path, memory_limit=1e9)
    assert nb.cells[-1].outputs[0].data["text/plain"] == "('34-24', 'ipc', {1})"
    assert dict(os.environ) == before


def test_without_fork_the_notebook_has_a_time_limit_too(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "fork")
    begun = time.monotonic()
    with pytest.warns(RuntimeWarning), pytest.raises(Exception, match="(?i)timed out|timeout"):
        execute(notebook("1", "import time; time.sleep(60)"), tmp_path, report_timeout=4)
    assert time.monotonic() - begun < 40


def test_streams_go_to_the_files_papermill_was_given(tmp_path):
    with open(tmp_path / "stdout", "w") as out, open(tmp_path / "stderr", "w") as err:
        execute(
            notebook("import sys\nprint('words')\nprint('complaints', file=sys.stderr)"),
            tmp_path,
            stdout_file=out,
            stderr_file=err,
        )
    assert ((tmp_path / "stdout").read_text(), (tmp_path / "stderr").read_text()) == (
        "words\n",
        "complaints\n",
    )


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="no /proc here")
def test_the_forked_process_opens_no_port():
    mine = (
        "import os\nprint(*[link[8:-1] for n in os.listdir('/proc/self/fd') if os.path.islink(p :="
        " f'/proc/self/fd/{n}') for link in [os.readlink(p)] if link.startswith('socket')])"
    )
    with ForkedShell() as shell:
        sockets = set(shell.run(mine)[0][0]["text"].split())
    ports = {
        line.split()[9]
        for file in ("/proc/net/tcp", "/proc/net/tcp6")
        if os.path.exists(file)
        for line in open(file).readlines()[1:]
    }
    assert sockets and not sockets & ports


@pytest.fixture
def announced(tmp_path):
    "An environment in which the package announces its engine, as an installed one does."
    announcement = tmp_path / "site" / "digitransform-0.dist-info"
    announcement.mkdir(parents=True)
    (announcement / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: digitransform\nVersion: 0\n"
    )
    (announcement / "entry_points.txt").write_text(
        "[papermill.engine]\ndigitransform = digitransform.publish.engine:ForkEngine\n"
    )
    return os.environ | dict(
        PYTHONPATH=os.pathsep.join(
            [str(Path(__file__).resolve().parents[2]), str(announcement.parent)]
        )
    )


@pytest.mark.parametrize(
    "first, second",
    [("digitransform.publish.engine", "papermill"), ("papermill", "digitransform.publish.engine")],
)
def test_engine_and_papermill_may_be_imported_in_either_order(announced, first, second):
    code = (
        f"import {first}, {second}; from papermill.engines import papermill_engines as p; assert"
        " p.get_engine('digitransform') is digitransform.publish.engine.ForkEngine"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import digitransform\n" + code],
        env=announced,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_package_announces_its_engine():
    project = tomllib.loads(
        (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]
    assert project["entry-points"]["papermill.engine"] == dict(
        digitransform="digitransform.publish.engine:ForkEngine"
    )


def test_papermills_own_command_line(announced, tmp_path):
    nbformat.write(notebook("print(unit)"), tmp_path / "in.ipynb")
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--engine",
        "digitransform",
        str(tmp_path / "in.ipynb"),
        str(tmp_path / "out.ipynb"),
        "-p",
    ]
    done = subprocess.run(
        [*command, "unit", "Hà Nội"], capture_output=True, text=True, env=announced
    )
    assert done.returncode == 0, done.stderr
    assert (
        nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text == "Hà Nội\n"
    )
    wrong = subprocess.run(
        [*command, "unti", "Hà Nội"], capture_output=True, text=True, env=announced
    )
    assert wrong.returncode != 0 and "the nearest valid value is 'unit'" in wrong.stderr


# One thread

POOLS = (
    "import numpy, scipy.linalg, subprocess, sys\nfrom threadpoolctl import"
    " threadpool_info\nprint({p['num_threads'] for p in threadpool_info()})"
)


def test_linear_algebra_has_one_thread_even_where_numpy_was_loaded_with_many(announced, tmp_path):
    nbformat.write(
        notebook(
            POOLS, POOLS + "\n_ = subprocess.run([sys.executable, '-c', " + repr(POOLS) + "])"
        ),
        tmp_path / "in.ipynb",
    )
    code = """import numpy, scipy.linalg, sys
from threadpoolctl import threadpool_info, threadpool_limits
threadpool_limits(4)
from papermill.__main__ import papermill
try: papermill(sys.argv[1:])
finally: print({p['num_threads'] for p in threadpool_info()})"""
    environment = {k: v for k, v in announced.items() if not k.endswith("_NUM_THREADS")} | dict(
        OPENBLAS_NUM_THREADS="4"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            "--engine",
            "digitransform",
            str(tmp_path / "in.ipynb"),
            str(tmp_path / "out.ipynb"),
        ],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert ["".join(o.text for o in c.outputs) for c in cells[1:]] == [
        "{1}\n",
        "{1}\n{1}\n",
    ], "in the cell, and in a program that the cell starts"
    assert done.stdout.strip() == "{4}", "papermill's own process keeps its threads"


# Limits


def test_the_notebook_as_a_whole_has_a_time_limit(tmp_path):
    begun = time.monotonic()
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(
            notebook(*["import time; time.sleep(0.4)"] * 50),
            tmp_path,
            report_timeout=1.5,
            execution_timeout=20,
        )
    assert (
        time.monotonic() - begun < 15
        and caught.value.evalue == "the notebook ran longer than 1.5 s"
        and caught.value.cell_index > 2
    )
    assert failing_line(caught.value) == (1, "import time; time.sleep(0.4)")


def test_the_shorter_of_the_two_time_limits_holds(tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(
            notebook("import time; time.sleep(60)"),
            tmp_path,
            report_timeout=50,
            execution_timeout=0.4,
        )
    assert caught.value.evalue == "the cell ran longer than 0.4 s"


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux holds a process to its memory limit"
)
@pytest.mark.parametrize(
    "greedy",
    [
        "rows = bytearray(2**30)",
        "import numpy\nrows = numpy.ones(2**27)",
        "rows = []\nwhile True: rows.append(' ' * 10**6 + str(len(rows)))",
    ],
)
def test_a_cell_that_wants_too_much_memory_gets_an_error_at_its_line(greedy, tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(notebook("few = bytearray(10**8)", greedy), tmp_path, memory_limit=300e6)
    assert "MemoryError" in caught.value.ename and caught.value.cell_index == 3
    assert failing_line(caught.value)[1] == greedy.splitlines()[-1]


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux holds a process to its memory limit"
)
def test_a_library_that_gives_up_without_memory_is_named_with_its_limit(tmp_path):
    with pytest.raises(
        pm.PapermillExecutionError, match=r"was ended by SIGABRT; it was allowed 50 MB of memory"
    ):
        execute(
            notebook("import faulthandler, os\nfaulthandler.disable(); os.abort()"),
            tmp_path,
            memory_limit=50 * 2**20,
        )


def test_limits_from_the_environment_hold_on_papermills_command_line(announced, tmp_path):
    nbformat.write(
        notebook("few = bytearray(10**8)", "import time; time.sleep(60)"), tmp_path / "in.ipynb"
    )
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--engine",
        "digitransform",
        str(tmp_path / "in.ipynb"),
        str(tmp_path / "out.ipynb"),
    ]

    def run(**limits):
        return subprocess.run(
            command,
            env=announced | {f"DIGITRANSFORM_{k}": v for k, v in limits.items()},
            capture_output=True,
            text=True,
        )

    assert "the notebook ran longer than 1 s" in run(REPORT_TIMEOUT="1").stderr
    if sys.platform == "linux":
        assert "MemoryError" in run(MEMORY_LIMIT="5e7").stderr
    (tmp_path / "out.ipynb").unlink()
    assert (
        "DIGITRANSFORM_MEMORY_LIMIT must be a number above 0, not '1 GB'"
        in run(MEMORY_LIMIT="1 GB").stderr
        and not (tmp_path / "out.ipynb").exists()
    )


@pytest.mark.parametrize(
    "limits", [dict(report_timeout=0), dict(memory_limit=-1), dict(report_timeout="soon")]
)
def test_a_limit_that_is_none_is_refused(limits, tmp_path):
    with pytest.raises(DataError, match=f"{next(iter(limits))} must be a number above 0"):
        execute(notebook("1"), tmp_path, **limits)


# Never stale

EDITING = """
import os, sys, time, nbformat, papermill as pm
sys.path.insert(0, "{src}")
import told.words                     # loaded long before the engine is
time.sleep({pause})
def write(text, cached=None):
    path = "{src}/told/words.py"
    before = os.stat(path)
    with open(path, "w") as file: file.write(text)
    if cached:  # the same second, the same size
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1000))
{first}
import digitransform.publish.engine
def run():
    nb = pm.execute_notebook(
        "{src}/in.ipynb", None, engine_name="digitransform", progress_bar=False
    )
    return nb.cells[-1].outputs[0].text.strip()
print(run(), told.words.said)
{second}
print(run(), told.words.said)
"""


@pytest.mark.parametrize(
    "pause, first, second, expected",
    [
        (0, "", "write('said = 2')", ["1 1", "2 1"]),
        (0, "", "write('said = 2', cached=True)", ["1 1", "2 1"]),
        (
            0,
            "",
            (
                "open(os.path.join('{src}', 'told', 'catalogue.po'), 'w').write('no code, but kept"
                " in memory all the same')"
            ),
            ["1 1", "1 1"],
        ),
        (1.2, "write('said = 2')", "write('said = 3')", ["2 1", "3 1"]),
    ],
    ids=["edited", "edited within a second", "a catalogue", "edited before the engine was loaded"],
)
def test_edited_code_is_never_served_stale(announced, tmp_path, pause, first, second, expected):
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "__init__.py").write_text("")
    (tmp_path / "told" / "words.py").write_text("said = 1")
    for file in (tmp_path / "told").iterdir():
        os.utime(file, (time.time() - 100,) * 2)
    nbformat.write(
        notebook("import told.words, sys\nprint(told.words.said)"), tmp_path / "in.ipynb"
    )
    code = EDITING.format(
        src=tmp_path, pause=pause, first=first, second=second.format(src=tmp_path)
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=announced, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == expected


def test_what_nobody_edited_is_loaded_once(announced, tmp_path):
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "__init__.py").write_text("")
    (tmp_path / "told" / "words.py").write_text(
        f"said = open({str(tmp_path / 'loads')!r}, 'a').write('x')"
    )
    for file in (tmp_path / "told").iterdir():
        os.utime(file, (time.time() - 100,) * 2)
    nbformat.write(notebook("import told.words\nprint(told.words.said)"), tmp_path / "in.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", EDITING.format(src=tmp_path, pause=0, first="", second="")],
        env=announced,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "1 1\n1 1\n" and (tmp_path / "loads").read_text() == "x"


def test_installed_packages_are_not_looked_at():
    edited_packages()
    from digitransform.publish import shell as process

    assert not {"numpy", "pandas", "IPython", "json", "os"} & process._loaded.keys()


def test_preparing_leaves_no_mark_in_this_process():
    code = """import builtins, sys
from digitransform.publish import shell as process
import matplotlib.pyplot

def state():
    prompts = hasattr(sys, "ps1")
    main = sys.modules["__main__"]
    backend = matplotlib.rcParams["backend"]
    return set(vars(builtins)), prompts, main, list(sys.path), backend

before = state()
process.preload()
assert state() == before
from IPython import get_ipython
assert get_ipython() is None
with process.ForkedShell() as shell:
    outputs = shell.run("get_ipython().user_ns is globals()").outputs
    assert outputs[0]["data"]["text/plain"] == "True"
assert get_ipython() is None and "shell" in vars(before[2])"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# The same bytes

UNRULY = notebook(
    "import warnings, os, tempfile\nwarnings.warn('far away')\nprint(os.getcwd() + '/x', object())",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.gca()",
    "object()",
)


def test_two_runs_give_the_same_bytes(tmp_path):
    made = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        time.sleep(0.01)
        execute(UNRULY, tmp_path / place)
        nb = nbformat.read(tmp_path / place / "out_digitransform.ipynb", as_version=4)
        made.append(nbformat.writes(strip_run_metadata(nb, tmp_path / place)))
    assert made[0] == made[1]
    assert str(tmp_path) not in made[0] and sys.prefix not in made[0] and "0x7" not in made[0]
    nb = nbformat.reads(made[0], as_version=4)
    nbformat.validate(nb)
    assert not re.search(r"start_time|end_time|duration|iopub|\d\d:\d\d:\d\d", made[0])
    assert (
        nb.metadata.papermill.input_path == "in.ipynb"
        and nb.metadata.papermill.parameters == dict(unit="34-24")
    )
    assert [c.metadata.papermill.status for c in nb.cells] == ["completed"] * 5 and len(
        {c.id for c in nb.cells}
    ) == 5
    assert any("image/png" in o.get("data", {}) for c in nb.cells for o in c.get("outputs", []))


def test_settling_leaves_the_original_and_images_alone():
    nb = new_notebook(
        cells=[
            new_code_cell(
                "x",
                outputs=[
                    nbformat.v4.new_output(
                        "display_data",
                        data={
                            "image/svg+xml": f"<svg>{os.getcwd()}/a</svg>",
                            "text/plain": f"{os.getcwd()}/a and https://example.org{os.getcwd()}/a",
                        },
                    )
                ],
            )
        ]
    )
    before = json.dumps(nb)
    data = strip_run_metadata(nb).cells[0].outputs[0].data
    assert json.dumps(nb) == before
    assert data == {
        "image/svg+xml": f"<svg>{os.getcwd()}/a</svg>",
        "text/plain": f"a and https://example.org{os.getcwd()}/a",
    }


# The line

LINES = {
    "one line": ("1 / 0", 1, "1 / 0"),
    "in a library": ("import json\n\nfigure = json.loads(\n    '{')", 3, "figure = json.loads("),
    "in a function of the cell": ("def f(n):\n    return 1 / n\n\nf(0)", 2, "return 1 / n"),
    "in a function of another cell": ("x = 1\nabove(0)", 2, "above(0)"),
    "called back by a library": (
        "import functools\ndef f(a, b): return a / b\nfunctools.reduce(f, [1, 0])",
        2,
        "def f(a, b): return a / b",
    ),
    "raised from another": (
        "try: 1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e",
        3,
        "raise ValueError('no') from e",
    ),
    "syntax": ("x = 1\nfor", 2, "for"),
    "indentation": ("x = 1\n  y = 2\n", 2, "y = 2"),
    "hangs": ("import time\nfor i in range(3):\n    time.sleep(60)", 3, "time.sleep(60)"),
    "crash": ("x = 1\nimport os; os._exit(3)", None, ""),
    "exit": ("import sys\nsys.exit(3)", None, ""),
    "magic": ("x = 1\n%nosuchmagic", None, ""),
}


@pytest.mark.parametrize("source, line, text", LINES.values(), ids=LINES)
def test_the_line_that_failed(source, line, text, tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(
            notebook("def above(n):\n    y = 1\n    return 1 / n", source),
            tmp_path,
            execution_timeout=1 if "sleep" in source else 60,
        )
    assert failing_line(caught.value) == (line, text)


def test_a_kernel_tells_the_line_too(tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught:
        execute(notebook("x = 1\n\nx / 0"), tmp_path, engine="nbclient")
    assert failing_line(caught.value) == (3, "x / 0")


# Any notebook, from papermill's own command line

WEATHER = """x = 2  # days
---
%matplotlib inline
import asyncio, math
%time total = sum(range(10))
---
files = !echo rain && echo sun
!echo $x days
files
---
await asyncio.sleep(0.01)
'a promise kept'
---
import matplotlib.pyplot as plt
plt.plot([1, 2, x], [12.5, 14, 13]);
---
class Day:
    def _repr_html_(self):
        return '<b>sunny</b>'
Day()
---
math.sqrt(x + 6)"""


def papermill_command(nb, folder, environment, *options):
    nbformat.write(nb, folder / "mine.ipynb")
    words = ["-m", "papermill", "--engine", "digitransform", "mine.ipynb", "out.ipynb", *options]
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_a_notebook_about_something_else(announced, tmp_path):
    parameters, *cells = WEATHER.split("\n---\n")
    nb = notebook(*cells, parameters=parameters)
    done = papermill_command(nb, tmp_path, announced, "-p", "x", "3")
    assert done.returncode == 0, done.stderr
    _, _, magic, program, promise, plot, day, root = [
        shown(cell) for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    ]
    assert "Wall time" in magic[0]["text"]
    assert program[0]["text"].strip() == "3 days"
    assert program[1]["data"]["text/plain"] == "['rain', 'sun']"
    assert promise[0]["data"]["text/plain"] == "'a promise kept'"
    assert "image/png" in plot[0]["data"]
    assert day[0]["data"]["text/html"] == "<b>sunny</b>"
    assert root[0]["data"]["text/plain"] == "3.0"


def test_a_notebook_about_something_else_that_fails(announced, tmp_path):
    done = papermill_command(notebook("int('rain')", parameters="x = 2"), tmp_path, announced)
    assert done.returncode != 0 and "ValueError: invalid literal for int()" in done.stderr
    nb = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "An Exception was encountered" in nb.cells[0].source


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        dict(kernelspec=dict(name="conda-env-weather-py", display_name="weather")),
        dict(language_info=dict(name="python")),
    ],
    ids=["nothing", "a kernel that is not here", "a language"],
)
def test_a_notebook_that_names_no_kernel_of_ours(announced, tmp_path, metadata):
    nb = new_notebook(cells=[new_code_cell("6 * 7")], metadata=metadata)
    done = papermill_command(nb, tmp_path, announced)
    assert done.returncode == 0, done.stderr
    (cell,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cell.outputs[0].data["text/plain"] == "42"


def test_cells_of_an_old_notebook_get_the_same_names_each_time():
    nb = nbformat.v4.new_notebook(cells=[new_code_cell("1"), new_code_cell("1")])
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    once, again = strip_run_metadata(nb), strip_run_metadata(nb)
    assert once == again and once.nbformat_minor == 5
    assert len({cell.id for cell in once.cells}) == 2
