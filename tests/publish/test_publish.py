"""Publishing: every page whole or not at all, every report on its own, whatever fails, hangs,
crashes or is killed.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import pytest
from fictional import SHOW, site_pages, write_template
from nbformat.v4 import new_code_cell, new_notebook

from digitransform.core.errors import DataError
from digitransform.core.files import atomic_write, lock
from digitransform.core.jobs import processors
from digitransform.edition.edition import Edition
from digitransform.publish.build import find_template
from digitransform.publish.run import PublishResult, chosen_units, publish
from digitransform.publish.settings import FORMATS

PAGES = site_pages()

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(edition, tmp_path):
    "Publish with a template made of the given cells."

    def run(
        *cells,
        units=("3-01", "3-02", "3-04"),
        languages=("en",),
        formats=("html",),
        jobs=2,
        **options,
    ):
        write_template(tmp_path / "unit.ipynb", *cells)
        return publish(
            edition,
            units,
            languages,
            formats,
            jobs,
            **dict(out=tmp_path / "out", template=tmp_path / "unit.ipynb", progress=False)
            | options,
        )

    return run


@pytest.fixture
def begun(sketched, tmp_path):
    """All reports (in English, of the cell SHOW, as pages) and the pages of the site have been
    published before.
    """
    return shutil.copytree(
        sketched / "reports", tmp_path / "out", ignore=shutil.ignore_patterns("unit.ipynb")
    )


def tree(folder) -> dict:
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_ino, p.read_bytes())
        for p in sorted(Path(folder).rglob("*"))
        if p.is_file() and p.name not in (".lock", "run.json")
    }


# What a run makes


def test_a_run_makes_reports_pages_of_the_site_and_results(run, edition, tmp_path):
    result = run(SHOW, units="all", languages=("vi", "en"))
    assert not result.failures and result.exit_code == 0
    folder = tmp_path / "out" / edition.id
    table = edition.units[edition.units.reported]
    for language in ("vi", "en"):
        assert {p.name for p in (folder / language).glob("*.html")} == {
            f"{name}.html" for name in (*table.slug, *PAGES.values())
        }
        assert {p.name for p in (folder / "notebooks" / language).iterdir()} == {
            f"{slug}.ipynb" for slug in table.slug
        }
    assert (
        set(result.built)
        == {(name, language) for language in ("vi", "en") for name in (*table.name_vi, *PAGES)}
        | {("results", "")}
        and result.unchanged == 0
    )
    assert {kind for kind, _ in result.built[-2:]} == {"overview"}, "what has one is complete"
    assert (
        result.index == tmp_path / "out" / "index.html"
        and f'"{edition.id}/vi/index.html"' in result.index.read_text(encoding="utf-8")
    )
    assert str(result).startswith(f"{2 * len(PAGES) + 15} reports and pages built in ") and str(
        result
    ).endswith(f"Open {result.index}")
    assert Edition.load(folder / "edition").manifest["key"] == edition.manifest["key"]
    assert not [p for p in tree(tmp_path / "out") if "part-" in p or "/." in p]


def test_an_edition_that_was_just_computed_is_found_up_to_date_too(begun, run, tmp_path):
    before = tree(tmp_path / "out")
    told = (tmp_path / "out" / "run.json").read_bytes()
    result = run(SHOW, units="Zenda")
    assert (result.built, result.unchanged, result.touched) == (
        (),
        len(PAGES) + 2,
        False,
    ) and "no file was touched" in str(result)
    assert tree(tmp_path / "out") == before and (tmp_path / "out" / "run.json").read_bytes() == told


def test_what_a_killed_run_left_in_another_edition_goes_and_is_not_linked(
    begun, run, edition, tmp_path
):
    killed = tmp_path / "out" / "2026-11-21"
    shutil.copytree(tmp_path / "out" / edition.id / "edition", killed / "edition")
    (killed / ".part" / "en-zenda").mkdir(parents=True)
    (killed / "en").mkdir()
    (killed / "en" / "methods.html").touch()
    run(SHOW, "1", units="Zenda")
    assert not (killed / ".part").exists()
    pages = [tmp_path / "out" / "index.html", *(tmp_path / "out" / edition.id).glob("en/*.html")]
    assert not [page for page in pages if killed.name in page.read_text(encoding="utf-8")]


def test_what_a_run_did_stands_in_a_file_for_programs(run, edition, tmp_path):
    result = run("1 / 0", units="Zenda")
    told = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (told["edition"], told["key"], told["unchanged"]) == (
        edition.id,
        edition.manifest["key"],
        0,
    ) and told["begun"] <= told["ended"]
    assert [tuple(name) for name in told["built"]] == list(result.built) and sorted(
        result.built
    ) == sorted([*((kind, "en") for kind in PAGES), ("results", "")])
    assert [
        (f["unit"], f["language"], f["cell"], f["line"], f["message"]) for f in told["failures"]
    ] == [("Zenda", "en", "In [3]", "1", "ZeroDivisionError: division by zero")]


def test_another_address_renews_the_frame_and_all_pages_that_name_it(begun, run, edition, tmp_path):
    before = tree(tmp_path / "out")
    result = run(SHOW, units="Zenda", address="https://example.org/digital")
    after = tree(tmp_path / "out")
    assert ("Zenda", "en") in result.built and result.touched
    changed = {p for p in after if after[p] != before.get(p)}
    assert {"sitemap.xml", f"{edition.id}/en/zenda.html"} <= changed
    assert f"{edition.id}/en/zenda.csv" not in changed, "figures have no address"


def test_a_page_shows_its_unit_and_its_notebook_tells_how_it_was_made(
    begun, run, edition, tmp_path
):
    run(
        SHOW,
        "from digitransform.edition.edition import Edition\nEdition.load(edition).id",
        units="Zenda",
    )
    folder = tmp_path / "out" / edition.id
    assert "3-02 en" in (folder / "en" / "zenda.html").read_text(encoding="utf-8")
    nb = json.loads((folder / "notebooks" / "en" / "zenda.ipynb").read_text(encoding="utf-8"))
    passport = nb["metadata"]["papermill"]
    assert passport["parameters"] == dict(edition="../../edition", unit="3-02", language="en")
    assert (passport["input_path"], passport["output_path"]) == ("unit.ipynb", "zenda.ipynb")
    assert nb["cells"][-1]["outputs"][0]["data"]["text/plain"] == [f"'{edition.id}'"]


def test_nothing_published_names_the_machine(begun, shared):
    files = tree(begun)
    assert len(files) > 40
    for path, (_, content) in files.items():
        if not path.endswith(".parquet"):
            assert str(shared).encode() not in content and str(ROOT).encode() not in content, path


def test_the_same_pages_come_from_one_process_or_several(begun, run, edition, tmp_path):
    # published by as many processes as there are processors
    one = tmp_path / "one"
    several = begun
    run(SHOW, units="all", jobs=1, out=one)
    if processors() == 1:
        run(SHOW, units="all", jobs=3, out=several, force=True)
    assert len(tree(one)) > 40 and {p: c for p, (_, c) in tree(one).items()} == {
        p: c for p, (_, c) in tree(several).items()
    }


def test_a_saved_edition_is_published_from_its_folder_and_not_written_again(
    begun, edition, tmp_path
):
    write_template(tmp_path / "unit.ipynb", SHOW)
    before = {p: s for p, s in tree(tmp_path / "out").items() if "/edition/" in p}
    result = publish(
        tmp_path / "out" / edition.id / "edition",
        "Zenda",
        ("en",),
        ("html",),
        out=tmp_path / "out",
        template=tmp_path / "unit.ipynb",
        force=True,
        progress=False,
    )
    assert len(result.built) == len(PAGES) + 2
    assert {p: s for p, s in tree(tmp_path / "out").items() if "/edition/" in p} == before


def test_the_collections_own_template_makes_a_report(begun, edition, tmp_path):
    result = publish(
        edition,
        ["3-02"],
        ("en",),
        out=tmp_path / "out",
        template=find_template(ROOT),
        progress=False,
    )
    assert not result.failures and ("Zenda", "en") in result.built, result
    assert "Zenda" in (tmp_path / "out" / edition.id / "en" / "zenda.html").read_text(
        encoding="utf-8"
    )
    names = {p.name for p in (tmp_path / "out" / edition.id / "en").glob("zenda.*")}
    charts = {name for name in names if name.endswith(".svg")}
    assert {"zenda.history.svg", "zenda.peers.svg"} <= charts
    assert names - charts == {f"zenda.{f}" for f in (*FORMATS, "brief.pdf", "brief.docx", "png")}, (
        "all formats, if none are named"
    )


# What goes wrong stays where it went wrong

FAULTS = {  # unit: what its cell does, the cell and the message in the table
    "3-02": ("raise ValueError('no figure')", "In [3]", "ValueError: no figure"),
    "3-04": (
        "import os; os._exit(5)",
        "In [3]",
        "DeadKernelError: the process that ran this cell ended with exit code 5",
    ),
    "3-NO": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "In [3]",
        "DeadKernelError: the process that ran this cell was ended by SIGKILL",
    ),
    "3-SU": (
        "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
        "",
        "the process of this job was ended by SIGKILL",
    ),
    "5-KE": (
        "import time; time.sleep(100)",
        "In [3]",
        "CellTimeoutError: the cell ran longer than 4 s",
    ),
    "RT": (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(100)",
        "In [3]",
        "CellTimeoutError: the cell ran longer than 4 s",
    ),
}


def test_failing_reports_stop_no_other_and_leave_their_last_good_pages(
    begun, run, edition, tmp_path
):
    before = tree(tmp_path / "out")
    result = run(
        f"exec({ {u: f[0] for u, f in FAULTS.items()}!r}.get(unit, ''))",
        SHOW.replace("# {", "# again {"),
        units="all",
        timeout=8,
    )
    after = tree(tmp_path / "out")
    names = edition.units.set_index("unit")
    found = {f.name[0]: (f.cell, f.message) for f in result.failures}
    assert (
        found == {names.name_vi[u]: (cell, message) for u, (_, cell, message) in FAULTS.items()}
        and result.exit_code == 1
    )
    assert "6 not built" in str(result) and all(
        message in str(result) for _, _, message in FAULTS.values()
    )
    for unit in FAULTS:
        for path in (
            f"{edition.id}/en/{names.slug[unit]}.html",
            f"{edition.id}/notebooks/en/{names.slug[unit]}.ipynb",
        ):
            assert after[path] == before[path]
    assert b"again 3-01" in after[f"{edition.id}/en/strelsau.html"][1]
    assert not [p for p in after if ".part-" in p]


def test_a_report_that_takes_too_long_as_a_whole_is_ended(begun, run):
    (failure,) = run(*["import time; time.sleep(2)"] * 5, SHOW, units="Zenda", timeout=5).failures
    assert failure.message == "it took longer than 5 s" and failure.cell == ""


def test_the_notebook_with_the_failed_cell_is_kept_until_it_succeeds(begun, run, edition, tmp_path):
    (failure,) = run("1 / 0", units="Zenda").failures
    failed = tmp_path / "out" / edition.id / "notebooks" / "en" / "zenda.failed.ipynb"
    assert failure.notebook == str(failed) and "An Exception was encountered" in failed.read_text()
    assert "ZeroDivisionError" in failure.message and failure.cell == "In [3]"
    result = run(SHOW.replace("# {", "# again {"), units="Zenda")
    assert ("Zenda", "en") in result.built and not failed.exists()


def test_the_notebook_with_the_failed_cell_goes_when_the_template_is_what_it_was(
    begun, run, edition, tmp_path
):
    (failure,) = run("1 / 0", units="Zenda").failures
    assert Path(failure.notebook).is_file()
    assert run(SHOW, units="Zenda").built == () and not Path(failure.notebook).exists()


def test_a_page_that_cannot_be_made_is_a_failure_in_one_sentence(begun, run, edition, tmp_path):
    before = tree(tmp_path / "out" / edition.id / "notebooks")
    outside = "<img src='https://example.org/map.png'>"
    (failure,) = run(f"from IPython.display import HTML\nHTML({outside!r})", units="Zenda").failures
    assert (
        "no cell shows a section: the notebook has not been executed" in failure.message
        and failure.detail == ""
        and failure.cell == ""
    )
    assert tree(tmp_path / "out" / edition.id / "notebooks") == before, (
        "notebook and page belong together"
    )


def test_an_error_of_several_lines_is_one_line_in_the_table(begun, run):
    (failure,) = run("raise ValueError('first\\nsecond')", units="Zenda").failures
    assert failure.message == "ValueError: first"


def test_processes_started_by_a_report_end_with_it(begun, run, edition, tmp_path):
    result = run(
        "import subprocess\nchild = subprocess.Popen(['sleep', '300']); print(child.pid)",
        SHOW,
        units="Zenda",
    )
    assert not result.failures
    nb = json.loads(
        (tmp_path / "out" / edition.id / "notebooks" / "en" / "zenda.ipynb").read_text()
    )
    pid = int(nb["cells"][2]["outputs"][0]["text"][0])
    time.sleep(0.2)
    assert not Path(f"/proc/{pid}").exists() or "zombie" in Path(f"/proc/{pid}/status").read_text()


# What is refused is refused before anything is written


@pytest.mark.parametrize(
    "options, sentence",
    [
        (dict(units="Zanda"), "'Zenda'"),
        (dict(units=["3-01", "7-01"]), "no place called '7-01'"),
        (dict(languages=("de",)), "'de' is not one of vi, en"),
        (dict(languages=("vn",)), "nearest valid value is 'vi'"),
        (dict(formats=("htm",)), "nearest valid value is 'html'"),
        (dict(template="none.ipynb"), "no such template"),
        (
            dict(cluster="tcp://127.0.0.1:9", force=True),
            "no Dask scheduler answers at 'tcp://127.0.0.1:9'",
        ),
    ],
)
def test_wrong_names_touch_nothing(begun, run, tmp_path, options, sentence):
    before = tree(tmp_path / "out")
    with pytest.raises(DataError, match=re.escape(sentence)):
        run(SHOW, **options)
    assert tree(tmp_path / "out") == before


def test_a_template_that_lacks_a_parameter_touches_nothing(edition, tmp_path):
    nbformat.write(
        new_notebook(
            cells=[
                new_code_cell("edition = unti = language = ''", metadata=dict(tags=["parameters"]))
            ]
        ),
        tmp_path / "unit.ipynb",
    )
    with pytest.raises(DataError, match="no parameter 'unit' .*nearest valid value is 'unti'"):
        publish(edition, out=tmp_path / "out", template=tmp_path / "unit.ipynb")
    with pytest.raises(DataError, match="no such template"):
        publish(edition, out=tmp_path / "out", template=tmp_path / "none.ipynb")
    assert tree(tmp_path / "out") == {}


def test_units_are_understood_in_any_spelling(edition):
    assert chosen_units(edition, ["ELBE-valley", "Südmark", "sudmark", "3-01"]) == [
        "3-SU",
        "5-KE",
        "3-01",
    ]
    assert len(chosen_units(edition)) == int(edition.units.reported.sum())


# Whole files, one run


def test_a_reader_of_the_old_page_is_not_disturbed(begun, run, edition, tmp_path):
    with open(tmp_path / "out" / edition.id / "en" / "zenda.html", encoding="utf-8") as page:
        first = page.read(100)
        assert ("Zenda", "en") in run(SHOW.replace("# {", "# again {"), units="Zenda").built
        assert "again" not in first + page.read()


def test_a_kill_in_mid_write_leaves_the_old_page(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    code = f"""
        from digitransform.core.files import atomic_write
        import os, signal
        with atomic_write({str(page)!r}) as part:
            file = open(part, "w"); file.write("half a pa"); file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=os.environ | dict(PYTHONPATH=str(ROOT))
    )
    assert done.returncode == -signal.SIGKILL and page.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name != "page.html"] == [".part-page.html"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_write_that_breaks_off_leaves_the_old_page_and_no_rest(tmp_path, error):
    page = tmp_path / "page.html"
    page.write_text("old")
    with pytest.raises(type(error)):
        with atomic_write(page) as part:
            part.write_text("half")
            raise error
    assert os.listdir(tmp_path) == ["page.html"] and page.read_text() == "old"


def test_two_runs_at_once_into_one_folder_are_refused(begun, run, tmp_path):
    before = tree(tmp_path / "out")
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\nfrom digitransform.core.files import"
        f" lock\nwith lock({str(tmp_path / 'out')!r}): print('locked', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(DataError, match="another run is publishing"):
            run(SHOW.replace("# {", "# again {"), units="Zenda")
        assert tree(tmp_path / "out") == before
    finally:
        other.kill()
        other.wait()
    assert run(SHOW.replace("# {", "# again {"), units="Zenda").built == (("Zenda", "en"),), (
        "the lock ends with the process that held it"
    )


def test_the_lock_is_free_again_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with lock(tmp_path):
            1 / 0
    with lock(tmp_path):
        pass


# What is seen meanwhile


def test_progress_counts_units_and_says_how_long(begun, run, capfd):
    capfd.readouterr()
    run(SHOW.replace("# {", "# again {"), units="all", progress=True)
    lines = capfd.readouterr().err.splitlines()
    assert (
        "0/7" in lines[0]
        and "7/7" in lines[-1]
        and ("report/s" in lines[-1] or "s/report" in lines[-1])
    )
    assert (
        all("Reports:" in line for line in lines)
        and len(set(lines)) == len(lines)
        and not any("\r" in line for line in lines)
    )


def test_reports_themselves_print_nothing(begun, run, capfd):
    capfd.readouterr()
    result = run(
        "import sys, os\nprint('words'); print('complaints', file=sys.stderr); os.write(1, b'past"
        " Python')",
        SHOW,
        units="Zenda",
    )
    assert ("Zenda", "en") in result.built
    out = capfd.readouterr()
    assert out.out == "" and out.err == ""


def test_without_any_overview_there_is_nothing_to_open(tmp_path):
    assert "no overview to open yet" in str(PublishResult(tmp_path / "index.html"))


def test_a_package_edited_a_moment_ago_is_no_hindrance(run, monkeypatch):
    monkeypatch.setattr(
        "digitransform.publish.shell._PROCESS_START", 0
    )  # every file looks younger than this process
    monkeypatch.setattr("digitransform.publish.shell._loaded", {})
    result = run(SHOW, units="Zenda")
    assert not result.failures and ("Zenda", "en") in result.built
