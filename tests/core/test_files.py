"Files that are replaced whole or not at all, the lock, and fingerprints."

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from digitransform.core.errors import DataError
from digitransform.core.files import fingerprint, lock

ROOT = Path(__file__).resolve().parents[2]


def test_a_fingerprint_does_not_depend_on_the_order_of_keys_or_the_kind_of_a_number():
    one = dict(a=1.5, b=[2, 3], c=date(2026, 11, 22), d=Path("vi/index.html"))
    two = dict(d="vi/index.html", c="2026-11-22", b=(2, np.int64(3)), a=np.float64(1.5))
    assert fingerprint(one) == fingerprint(two)


def test_a_fingerprint_of_bytes_is_their_sha256():
    assert fingerprint(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")


@pytest.mark.parametrize("value", [object(), {1, 2}, b"inside"], ids=["object", "set", "bytes"])
def test_what_has_no_fixed_spelling_has_no_fingerprint(value):
    with pytest.raises(TypeError, match="no spelling that is the same"):
        fingerprint([value])


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is locked on Windows")
def test_a_second_process_is_kept_out(tmp_path):
    holder = f"""
from digitransform.core.files import lock
with lock({str(tmp_path)!r}):
    print("locked", flush=True)
    input()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", holder],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"locked\n"
    with pytest.raises(DataError, match="another run is publishing into this folder"):
        with lock(tmp_path):
            pass
    process.kill()
    process.wait()
    with lock(tmp_path):
        pass
