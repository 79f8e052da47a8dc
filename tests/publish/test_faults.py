"""A run that is killed at ten random moments, one after the other, or has no room on its disk.

`python benchmarks/faults.py` does the same some hundred times, with editions and other faults.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
from faults import contents, gone, leftovers, neither
from fictional import SHOW, write_template

from digitransform.publish.cli import main

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
CHOICE = ("publish", "--unit", "Zenda", "--unit", "Strelsau", "--language", "en", "--jobs", "2")
CHANGED = "from IPython.display import Markdown\nMarkdown('A word more.')"


@pytest.fixture
def changed(sketched, standing_in):
    "A published collection whose template was edited since."
    folder = standing_in(sketched)
    write_template(folder / "reports" / "unit.ipynb", SHOW, CHANGED)
    return folder


def begun(room: int = 0) -> int:
    "A run in a process of its own that cannot write more than `room` bytes into a file."
    if pid := os.fork():
        return pid
    code = 70
    try:
        os.setsid()
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        if room:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        code = main(list(CHOICE))
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_ten_kills_at_random_moments_lose_nothing_and_the_next_run_ends_the_work(changed, say):
    chance = random.Random(13)
    reports = changed / "reports"
    old = contents(reports)
    found = []
    codes = []
    for _ in range(10):
        pid = begun()
        time.sleep(chance.uniform(0, 1))
        os.kill(pid, signal.SIGKILL)
        codes.append(ended(pid))
        assert gone(changed), "what the run started ends with it"
        found.append(contents(reports))
    assert -signal.SIGKILL in codes
    assert say(*CHOICE)[0] == 0
    new = contents(reports)
    assert new != old and leftovers(reports) == []
    assert [neither(now, old, new) for now in found] == [[]] * 10
    assert "Nothing has changed" in say(*CHOICE)[1]


def test_parts_that_a_killed_run_left_go_with_the_next_run_even_if_nothing_is_stale(changed, say):
    reports = changed / "reports"
    assert say(*CHOICE)[0] == 0
    page = next(reports.glob("*/en/zenda.html"))
    beside = reports / "2020-01-01"  # an edition whose run was killed, and that nobody asks for
    (beside / "edition").mkdir(parents=True)
    record = beside / "records" / "all" / "results.json"
    for place in (reports / "run.json", reports / "en" / "index.html", page, record):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_name(f".part-{place.name}").write_text("a part")
    assert "Nothing has changed" in say(*CHOICE)[1]
    assert leftovers(reports) == []


def test_without_room_on_the_disk_the_old_pages_stay(changed, say):
    reports = changed / "reports"
    old = contents(reports)
    assert ended(begun(room=2_000)) in (1, 2)
    assert gone(changed)
    now = contents(reports)
    assert say(*CHOICE)[0] == 0
    assert neither(now, old, contents(reports)) == [] and leftovers(reports) == []


HELD = """
import os
from tqdm import tqdm
from digitransform.publish.run import _progress_bar

tqdm.get_lock()
if os.fork() == 0:
    tqdm.get_lock().acquire()
    os._exit(0)
os.wait()
_progress_bar(1, True).close()
"""


def test_a_progress_bar_does_not_wait_for_a_process_that_was_killed():
    assert subprocess.run([sys.executable, "-c", HELD], timeout=20).returncode == 0
