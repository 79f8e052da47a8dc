"""Types: mypy finds nothing in the package, nor in the script of a user who relies on its types."""

import subprocess
import sys

import pytest
from notebooks import ROOT


@pytest.mark.slow
def test_the_package_and_a_users_script_pass_the_type_checker():
    pytest.importorskip("mypy")
    run = [sys.executable, "-m", "mypy", "digitransform", "tests/form/user_script.py"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
