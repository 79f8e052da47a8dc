"Processes: several at once but never too many, results in order, and none left behind."

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from digitransform.core import jobs
from digitransform.core.errors import DataError
from digitransform.core.jobs import (
    Child,
    Failure,
    FreshProcess,
    ProcessCount,
    how_many,
    in_background,
    parallel_map,
    processors,
    run_jobs,
)

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")


# How many


@pytest.mark.parametrize(
    "asked, cores, memory, number, reason",
    [
        (0, 4, 2**40, 4, ""),
        (3, 4, 2**40, 3, ""),
        (500, 4, 2**40, 4, "4 processes instead of 500: there is 4 processors"),
        (500, 1, 2**40, 1, "1 processes instead of 500: there is 1 processor"),
        (0, 4, 2**29, 2, "2 processes instead of 4: there is free memory for 2"),
        (2, 4, 0, 1, "1 processes instead of 2: there is free memory for 1"),
    ],
)
def test_processes_are_bounded_by_processors_and_memory(
    monkeypatch, asked, cores, memory, number, reason
):
    monkeypatch.setattr(jobs, "processors", lambda: cores)
    monkeypatch.setattr(jobs, "available_memory", lambda: memory)
    assert how_many(asked) == ProcessCount(number, reason)


def test_a_container_with_half_a_processor_has_one(monkeypatch, tmp_path):
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    monkeypatch.setattr(jobs, "_CGROUP", tmp_path)
    assert processors() == 1 and jobs.available_memory() == 600


def test_a_container_without_limits_has_the_machine(monkeypatch, tmp_path):
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    monkeypatch.setattr(jobs, "_CGROUP", tmp_path)
    assert processors() == len(os.sched_getaffinity(0)) and jobs.available_memory() > 1000


def test_five_hundred_jobs_at_once_are_as_many_as_there_are_processors():
    most, before = 0, len(psutil.Process().children())
    for _ in run_jobs({(str(i),): lambda: time.sleep(0.02) for i in range(12)}, at_once=500):
        most = max(most, len(psutil.Process().children()) - before)
    assert most <= processors()


# Results and failures


def test_jobs_that_may_run_together_do():
    number = how_many(2).number
    begun = time.monotonic()
    list(run_jobs({(str(i),): lambda: time.sleep(1) for i in range(number)}, at_once=number))
    assert time.monotonic() - begun < 1.9


def test_a_result_that_cannot_be_sent_is_a_failure():
    ((_, failure),) = run_jobs({("Zenda", "en"): lambda: lambda: 1})
    assert isinstance(failure, Failure) and failure.message.startswith("the result cannot be sent")


def test_a_large_result_arrives():
    ((_, result),) = run_jobs({("Zenda", "en"): lambda: bytes(10**7)})
    assert result == bytes(10**7)
    assert [len(r) for r in parallel_map(bytes, [(10**6,), (10**7,)], processes=2)] == [
        10**6,
        10**7,
    ]
    with in_background(bytes, [(10**6,), (10**7,)], 2) as results:
        assert [len(r) for r in results()] == [10**6, 10**7]


def refuse():
    raise DataError("unknown unit 'Zend'", row=7, nearest="Zenda")


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_arrives_as_it_was_raised(processes):
    with pytest.raises(DataError, match="row 7: unknown unit 'Zend'; .* 'Zenda'"):
        parallel_map(refuse, [(), ()], processes=processes)


def test_an_error_in_another_process_says_where(monkeypatch):
    with pytest.raises(DataError) as caught:
        parallel_map(refuse, [(), ()], processes=2)
    if how_many(2).number > 1:
        assert "in refuse" in caught.value.__notes__[0]


def test_an_error_in_the_background_is_raised_when_the_results_are_asked_for():
    with in_background(refuse, [()] * 4, 2) as results:
        with pytest.raises(DataError, match="unknown unit"):
            results()


@pytest.mark.skipif(how_many(2).number < 2, reason="one process only")
def test_a_process_that_is_killed_is_an_error_and_not_a_wait():
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(RuntimeError, match="was ended by SIGKILL"):
        parallel_map(die, [(), ()], processes=2)


def test_without_fork_the_results_are_the_same(monkeypatch):
    monkeypatch.setattr(jobs, "can_fork", lambda: False)
    assert parallel_map(divmod, [(7, 2), (9, 4)], processes=2) == [(3, 1), (2, 1)]
    assert dict(run_jobs({("a",): lambda: 1})) == {("a",): 1}
    with in_background(divmod, [(7, 2)]) as results:
        assert results() == [(3, 1)]


# Nothing stays behind


def descendants() -> list[int]:
    return [p.pid for p in psutil.Process().children(recursive=True)]


def test_a_loop_that_is_left_early_leaves_no_process():
    before = descendants()
    for _ in run_jobs({(str(i),): lambda i=i: time.sleep(60 * i) for i in range(5)}, at_once=2):
        break
    assert descendants() == before


def test_what_a_job_started_ends_with_it():
    def job():
        subprocess.Popen(["sleep", "61.5"])
        time.sleep(60)

    ((_, failure),) = run_jobs({("Zenda", "en"): job}, timeout=1)
    assert failure.message == "it took longer than 1 s"
    until = time.monotonic() + 5
    while running("sleep", "61.5") and time.monotonic() < until:
        time.sleep(0.05)
    assert not running("sleep", "61.5")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
@pytest.mark.parametrize("lasts", [0, 60], ids=["a job that ends", "a job that is stopped"])
def test_a_daemon_that_a_job_started_ends_with_it(lasts):
    def job():
        if not os.fork():
            os.setsid()
            if not os.fork():
                os.execvp("sleep", ["sleep", "62.5"])
            os._exit(0)
        os.wait()
        until = time.monotonic() + 5
        while not running("sleep", "62.5") and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(lasts)
        return len(running("sleep", "62.5"))

    ((_, outcome),) = run_jobs({("Zenda", "en"): job}, timeout=5)
    assert outcome == 1 or outcome.message == "it took longer than 5 s"
    until = time.monotonic() + 5
    while running("sleep", "62.5") and time.monotonic() < until:
        time.sleep(0.05)
    assert not running("sleep", "62.5")


def running(*words) -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["cmdline"] == [*words] and process.info["status"] != "zombie":
            found.append(process.pid)
    return found


def test_a_child_that_waits_for_work_ends_when_its_pipe_is_closed():
    def waits(connection):
        try:
            connection.recv()
        except EOFError:
            os._exit(5)

    first = Child(waits)
    second = Child(waits)  # inherits our end of the first pipe, and closes it
    first.close(patience=10)
    assert first.process.exitcode == 5
    second.close(patience=10)
    assert second.process.exitcode == 5


PARENTS = {
    "jobs": "list(jobs.run_jobs({(str(i),): sleep for i in range(4)}, at_once=2))",
    "jobs that fork": """
        def nested():
            print(*[jobs.Child(wait).process.pid for _ in range(2)], flush=True)
            sleep()
        list(jobs.run_jobs({("a",): nested}))
    """,
    "map": "jobs.parallel_map(sleep, [()] * 4, processes=2)",
    "background": """
        with jobs.in_background(sleep, [()] * 4, 2):
            sleep()
    """,
    "fresh": """
        fresh = jobs.FreshProcess("time:sleep")
        fresh.ask(60)
    """,
    "shell": """
        from digitransform.publish.shell import ForkedShell
        shell = ForkedShell()
        shell.run("import time; time.sleep(60)")
    """,
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
@pytest.mark.parametrize("code", PARENTS.values(), ids=PARENTS)
def test_no_process_survives_its_parent(code):
    head = """
        import time
        from digitransform.core import jobs

        def sleep():
            time.sleep(60)

        def wait(connection):
            connection.recv()
    """
    program = textwrap.dedent(head) + textwrap.dedent(code)
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    children = []
    settled = 0
    until = time.monotonic() + 60
    while not children or time.monotonic() < settled:
        found = psutil.Process(parent.pid).children(recursive=True)
        if len(found) > len(children):
            children = found
            settled = time.monotonic() + 1
        assert parent.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=5)
    for process in alive:
        process.kill()
    assert not alive


def test_a_fresh_process_prints_nothing_between_its_answers(capfd):
    fresh = FreshProcess("builtins:print")
    assert fresh.ask("20.2 percent") is None and fresh.ask("again") is None
    fresh.close()
    assert fresh.process.returncode == 0 and "20.2 percent" in capfd.readouterr().err
