"""Runs notebooks and keeps their outputs.

`python docs/execute.py nbs/index.ipynb nbs/studies/*.ipynb` (what `make essays` does) writes
the outputs into the notebooks themselves: these are committed so that a reader on the web sees
figures. `run_all` fills a folder with executed copies of all notebooks for the documentation
site; a notebook whose text, package and data are as they were is taken from the cache.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "_executed"  # beside nbs/, so that a relative path in a notebook means the same
CACHE = ROOT / "_executed" / ".cache"
SECONDS = 1800
ONE = (
    "import sys; from nbdev.test import test_nb; "
    "sys.exit(not test_nb(sys.argv[1], skip_flags=['notest'], basepath=sys.argv[2], "
    "profile=False, save=True)[0])"
)


def load(path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def save(path, notebook: dict) -> None:
    text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    Path(path).write_text(text, encoding="utf-8")


def run(path: Path, root: Path = ROOT) -> None:
    """Run the notebook `path` and write its outputs into it.

    `RuntimeError` with the last lines if it fails.
    """
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ONE, str(path), str(root)],
        cwd=path.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{path} does not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    save(path, tidied(load(path)))


def tidied(notebook: dict) -> dict:
    "`notebook` without times of execution, which would differ from run to run."
    for cell in notebook["cells"]:
        cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k == "tags"}
        if cell["cell_type"] == "code":
            cell["outputs"] = [o for o in cell["outputs"] if o.get("name") != "stderr"]
    return notebook


def fingerprints(paths: list[Path]) -> dict[Path, str]:
    "By notebook, SHA-256 of it and of all that it may use: the package and the data."
    files = [*sorted(ROOT.glob("digitransform/**/*.py")), *sorted(ROOT.glob("data/**/*.*"))]
    used = [sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()]

    def of(path: Path) -> str:
        own = sha256(path.read_bytes()).hexdigest()
        return sha256("".join([own, *used]).encode()).hexdigest()

    return {path: of(path) for path in paths}


def run_all(at_once: int = 2) -> Path:
    """A folder with an executed copy of each source notebook.

    What was executed before and is unchanged comes from a cache, also after a run that was stopped.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    for folder in RUN.iterdir():
        if folder != CACHE:
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    shutil.copytree(ROOT / "nbs", RUN, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    paths = [p for p in sorted(RUN.rglob("*.ipynb")) if CACHE not in p.parents]
    kept = {path: CACHE / f"{name}.ipynb" for path, name in fingerprints(paths).items()}
    for copy in set(CACHE.iterdir()) - set(kept.values()):
        copy.unlink()
    new = [path for path in paths if not kept[path].is_file()]
    print(f"Executing {len(new)} of {len(paths)} notebooks; the others are unchanged.", flush=True)
    for path in set(paths) - set(new):
        shutil.copyfile(kept[path], path)

    def one(path: Path) -> None:
        run(path)
        part = kept[path].with_suffix(".part")
        shutil.copyfile(path, part)
        part.replace(kept[path])
        print(f"  {path.relative_to(RUN)}", flush=True)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, new))
    return RUN


if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(Path(name).resolve())
        print(f"{name}: executed, outputs kept")
