"""The campaign: thousands of inputs, each refused in one sentence or rightly accepted.

`python tests/campaign/run.py 5000 [SEED]` tries so many and prints a table; the exit code is 1 when
there is a defect. `make test` tries five hundred of them (`test_campaign.py`).
"""

import contextlib
import io
import signal
import sys
import tempfile
import traceback
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).resolve().parent))

from inputs import ACCEPT, REFUSE, Field, Input, field_in, inputs  # noqa: E402

from digitransform.core.errors import DataError  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = SimpleNamespace(as_of=date(2026, 11, 22), first_year=2019)
LIMIT = 60  # seconds after which an input counts as one that hangs
DEFECTS = ("traceback", "hang", "silent", "refused wrongly", "no sentence")
COLUMNS = ("tried", "refused clearly", "accepted rightly", *DEFECTS)


class Hang(BaseException):
    "An input took too long."


def _alarm(*_):
    raise Hang


def _is_sentence(error: DataError) -> bool:
    "Whether all faults are one clear sentence each."
    texts = [str(fault) for fault in error.faults]
    return all(t.endswith(".") and "\n" not in t and "Error(" not in t for t in texts)


def outcome(one: Input, field: Field) -> tuple[str, str]:
    "What became of an input, and the words of an error."
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = one.run(field)
    except DataError as error:
        if not _is_sentence(error):
            return "no sentence", str(error)
        return ("refused wrongly" if one.expected == ACCEPT else "refused clearly"), str(error)
    except SystemExit as end:
        code = end.code
    except Hang:
        return "hang", ""
    except Exception:
        return "traceback", traceback.format_exc(limit=-2)
    if one.kind == "command":
        clear = code == 2 and said.getvalue().count("\n") == 1
        return ("refused clearly" if clear else "silent"), said.getvalue()
    return ("silent" if one.expected == REFUSE else "accepted rightly"), ""


def campaign(
    number: int, folder: Path, start: int | None = None, dear: int = 4
) -> tuple[dict, list]:
    "Tries `number` inputs; counts by kind, and the defects."
    field = field_in(folder, SETTINGS, ROOT / "reports" / "unit.ipynb")
    field.read()
    counts: dict[str, Counter] = {}
    defects = []

    @settings(
        max_examples=number,
        derandomize=start is None,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(field, dear))
    def attempt(one):
        signal.setitimer(signal.ITIMER_REAL, LIMIT)
        try:
            found, words = outcome(one, field)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        kind = counts.setdefault(one.kind, Counter())
        kind["tried"] += 1
        kind[found] += 1
        if found in DEFECTS:
            defects.append((found, one, words))

    before = signal.signal(signal.SIGALRM, _alarm)
    try:
        (attempt if start is None else seed(start)(attempt))()
    finally:
        signal.signal(signal.SIGALRM, before)
    return counts, defects


def table(counts: dict[str, Counter]) -> str:
    "The counts as a table of text."
    counts = counts | {"all": sum(counts.values(), Counter())}
    lines = ["| kind | " + " | ".join(COLUMNS) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
    for kind, found in counts.items():
        lines.append(f"| {kind} | " + " | ".join(f"{found[c]:,}" for c in COLUMNS) + " |")
    return "\n".join(lines)


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    start = int(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        counts, defects = campaign(number, Path(folder), start)
    print(table(counts))
    for found, one, words in defects[:40]:
        print(f"\n{found}: {one.kind}: {one.words}\n{words}")
    return 1 if defects else 0


if __name__ == "__main__":
    raise SystemExit(main())
