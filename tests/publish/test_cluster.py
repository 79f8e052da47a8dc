"""Reports built on a real Dask scheduler with two workers, started from the command line.

One worker is killed in the middle of a run, and at the end the other one, too.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fictional import site_pages, write_template

from digitransform.core.errors import DataError
from digitransform.core.jobs import Failure
from digitransform.publish.build import Job
from digitransform.publish.cluster import connect, run_on_cluster
from digitransform.publish.run import publish

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
PAGES = site_pages()
SLOW = """import time
time.sleep(0.5)
from IPython.display import Markdown
Markdown(f'# {unit} {language}')"""


@pytest.fixture
def template(tmp_path):
    def template(*cells):
        write_template(tmp_path / "unit.ipynb", *cells)
        return tmp_path / "unit.ipynb"

    return template


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def dask(*words, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, words)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    "The address of a scheduler, and its two workers, which share no folder with us."
    folder = tmp_path_factory.mktemp("cluster")
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    processes = [
        dask(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--no-dashboard",
            "--no-show",
            folder=folder,
        )
    ]
    for i in range(2):
        (folder / f"w{i}").mkdir()
        processes.append(
            dask(
                "worker",
                address,
                "--nthreads",
                1,
                "--no-nanny",
                "--no-dashboard",
                "--name",
                f"w{i}",
                "--local-directory",
                folder / f"w{i}",
                folder=folder / f"w{i}",
            )
        )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                client = connect(address)
            except DataError:
                assert time.monotonic() < until, "the cluster did not come up"
                time.sleep(0.3)
                continue
            client.wait_for_workers(2, timeout=60)
            client.close()
            break
        yield address, processes[1:]
    finally:
        for process in processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def documents(folder) -> dict:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(Path(folder).rglob("*"))
        if p.is_file() and p.name not in (".lock", "run.json")
    }


def test_nobody_answers():
    with pytest.raises(DataError, match="no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        connect("tcp://127.0.0.1:9")


def test_a_failing_cell_comes_home_with_its_notebook(cluster, edition, template, tmp_path):
    result = publish(
        edition,
        "Zenda",
        ("en",),
        ("html",),
        out=tmp_path / "out",
        template=template("1 / 0"),
        cluster=cluster[0],
        progress=False,
    )
    (failure,) = result.failures
    assert (failure.name, failure.cell, failure.line, failure.message) == (
        ("Zenda", "en"),
        "In [3]",
        "1",
        "ZeroDivisionError: division by zero",
    )
    notebook = tmp_path / "out" / edition.id / "notebooks" / "en" / "zenda.failed.ipynb"
    assert (
        failure.notebook == str(notebook) and "An Exception was encountered" in notebook.read_text()
    )


def test_a_worker_with_other_code_refuses(cluster, edition, template, tmp_path, monkeypatch):
    edition.save(tmp_path / "r" / "edition")
    monkeypatch.setattr("digitransform.publish.cluster.code_fingerprint", lambda: "tomorrow's code")
    job = Job("report", "en", "3-02", "Zenda", "zenda", ("html",))
    ((_, failure, files),) = run_on_cluster(cluster[0], [job], tmp_path / "r", template("1"), {})
    assert "other code of this package" in failure.message and not files


def test_the_same_bytes_as_at_home_though_a_worker_dies_in_the_middle(
    cluster, edition, template, tmp_path
):
    address, workers = cluster
    saved = edition.save(tmp_path / "edition")
    home = publish(
        saved,
        "all",
        ("en",),
        ("html", "csv"),
        out=tmp_path / "home",
        template=template(SLOW),
        jobs=2,
        progress=False,
    )
    assert not home.failures, home
    code = """
import sys
from digitransform.publish.run import publish

_, edition, out, template, address = sys.argv
result = publish(
    edition, "all", ("en",), ("html", "csv"), out=out, template=template,
    cluster=address, progress=False,
)
print(result)
sys.exit(result.exit_code)
"""
    run = subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            str(saved),
            str(tmp_path / "away"),
            str(tmp_path / "unit.ipynb"),
            address,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    records = tmp_path / "away" / edition.id / "records" / "en"
    until = time.monotonic() + 120
    while len([p for p in records.glob("*.json") if p.stem not in PAGES]) < 2:
        assert run.poll() is None and time.monotonic() < until, "no report came back"
        time.sleep(0.05)
    os.killpg(
        workers[0].pid, signal.SIGKILL
    )  # in the middle: 7 reports of half a second each, two at a time
    out, _ = run.communicate(timeout=180)
    assert run.returncode == 0, out
    assert out.startswith(f"{len(PAGES) + 8} reports and pages built"), "none is lost"
    assert documents(tmp_path / "away") == documents(tmp_path / "home")


def test_when_the_last_worker_dies_the_run_ends_and_says_what_was_not_built(
    cluster, edition, template, tmp_path
):
    "Last of all: afterwards the cluster has no workers."
    address, workers = cluster
    edition.save(tmp_path / "r" / "edition")
    slow = template(SLOW.replace("sleep(0.5)", "sleep(2)"))
    units = edition.units[edition.units.reported]
    jobs = [Job("report", "en", u.unit, u.name_en, u.slug, ("html",)) for u in units.itertuples()]
    results = run_on_cluster(address, jobs, tmp_path / "r", slow, {}, timeout=3)
    job, outcome, _ = next(results)
    assert not isinstance(outcome, Failure)
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
    begun = time.monotonic()
    rest = list(results)
    assert time.monotonic() - begun < 25
    assert {job, *(j for j, _, _ in rest)} == set(jobs), "every report has an end"
    messages = {o.message for _, o, _ in rest if isinstance(o, Failure)}
    assert messages == {"the cluster has had no workers for 3 s"}
