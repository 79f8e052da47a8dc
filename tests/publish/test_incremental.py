"""Only what is stale is made, and a run that is killed, refused or partly failed leaves nothing
behind that a reader or the next run could stumble over.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from faults import gone
from fictional import site_pages
from nbformat.v4 import new_code_cell, new_output

from digitransform.core.files import fingerprint

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
ROOT = Path(__file__).resolve().parents[2]
HOME = "reports/2026-11-22"
PAGES = site_pages()
WORD = "from IPython.display import Markdown\nMarkdown('A word more.')"
# 7 places in 2 languages; pages of the site in 2 languages; the results
REPORTS = 14
SITE = 2 * len(PAGES)
THINGS = REPORTS + SITE + 1


@pytest.fixture
def country(published, standing_in):
    return standing_in(published)


@pytest.fixture
def sketch(sketched, standing_in):
    "A collection whose reports are a line each, for tests that ask how a run ends."
    return standing_in(sketched)


def outside(*words, folder, script="", **more):
    "The command line in a process of its own, after the lines of `script`."
    code = (
        f"import sys\n{script}\nfrom digitransform.publish.cli import"
        " main\nsys.exit(main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        timeout=300,
    )


def state(folder) -> dict:
    """Every file below the published folder, with the lock and the hidden ones → inode, time of
    change, content.
    """
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_ino, p.stat().st_mtime_ns, p.read_bytes())
        for p in sorted((folder / "reports").rglob("*"))
        if p.is_file()
    }


def touched(before: dict, after: dict) -> set:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def files(slug: str, *languages, formats=("html", "csv")) -> set:
    "What a place's report in `languages` consists of, with its record."
    return {
        f"{HOME}/{path}"
        for language in languages
        for path in (
            *(f"{language}/{slug}.{f}" for f in formats),
            f"notebooks/{language}/{slug}.ipynb",
            f"records/{language}/{slug}.json",
        )
    }


def reasons(text: str) -> dict:
    "What `digitransform status` says: reason → how many things it concerns."
    return {why: int(n) for n, why in re.findall(r"^ *(\d+)  (.*?): ", text, re.M)}


def edit_template(folder, cell) -> None:
    path = folder / "reports" / "unit.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(cell)
    nbformat.write(nb, path)


def replace_in(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


# Nothing to do


def test_with_nothing_new_not_one_file_is_touched(country, say):
    before = state(country)
    folders = {p: p.stat().st_mtime_ns for p in (country / "reports").rglob("*") if p.is_dir()}
    code, out, err = say("publish")
    assert (
        (code, err)
        == (
            0,
            "",
        )
        and out
        == f"Nothing has changed: {THINGS} reports and pages are up to date, and no file was"
        f" touched. Open {country / 'reports' / 'index.html'}\n"
    )
    assert say("status") == (0, f"All {THINGS} reports and pages are up to date.\n", "")
    assert state(country) == before and {p: p.stat().st_mtime_ns for p in folders} == folders


def test_by_force_all_that_is_asked_for_is_made_and_equal_files_are_left_alone(country, say):
    before = state(country)
    code, out, _ = say("publish", "--no-if-changed", "--unit", "Zenda", "--language", "vi")
    assert (
        code == 0
        and out.startswith(f"{len(PAGES) + 2} reports and pages built")
        and " 0 were up to date" in out
    )
    assert touched(before, state(country)) == {"reports/run.json"}


def test_before_the_first_run_all_is_to_be_done(country, say):
    shutil.rmtree(country / HOME)
    assert say("status") == (
        1,
        (
            "The edition would be computed anew: no edition has been computed yet.\nNothing has"
            " been published yet.\n"
        ),
        "",
    )
    assert not (country / HOME).exists()


# What makes a report stale


def test_an_edited_template_makes_all_reports_stale_and_no_page_of_the_site(country, say):
    edit_template(country, new_code_cell(WORD))
    code, out, _ = say("status")
    assert (
        code == 1
        and reasons(out) == {"the template was edited": REPORTS}
        and out.endswith(f"{REPORTS} of {THINGS} reports and pages are stale.\n")
    )
    before = state(country)
    code, out, _ = say("publish", "--unit", "Zenda", "--language", "en")
    assert code == 0 and out.startswith("1 reports and pages built")
    after = state(country)
    assert touched(before, after) == files("zenda", "en") - {f"{HOME}/en/zenda.csv"} | {
        "reports/run.json"
    }, "the figures are the same"
    assert b"A word more." in after[f"{HOME}/en/zenda.html"][2]
    assert reasons(say("status")[1]) == {"the template was edited": REPORTS - 1}


def test_line_endings_of_another_system_are_no_edit(country, say):
    path = country / "reports" / "unit.ipynb"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert say("status")[0] == 0


def test_what_jupyterlab_saves_with_the_template_is_no_edit_and_reaches_no_report(country, say):
    path = country / "reports" / "unit.ipynb"
    nb = nbformat.read(path, as_version=4)
    for count, cell in enumerate(nb.cells):
        cell.metadata |= dict(trusted=True, execution={"iopub.status.idle": "2026-11-22T08:00:00"})
        if cell.cell_type == "code":
            cell.execution_count = count
            cell.outputs = [new_output("stream", text="shown while editing\n")]
    nb.metadata["language_info"] = dict(name="python", version="3.12.1")
    nbformat.write(nb, path)
    assert say("status")[0] == 0
    before = state(country)
    code, out, _ = say("publish", "--no-if-changed", "--unit", "Zenda", "--language", "vi")
    assert code == 0 and out.startswith(f"{len(PAGES) + 2} reports and pages built")
    assert touched(before, state(country)) == {"reports/run.json"}


# a file of the package and what is put behind it: the reason, and how many things it concerns
CHANGES = {
    "style": ("style/page.css", "\n/* another house style */\n", "the style changed", THINGS),
    "words": (
        "locale/vi/LC_MESSAGES/digitransform.po",
        '\nmsgid "a new message"\nmsgstr "một câu mới"\n',
        "the translations changed",
        REPORTS // 2 + len(PAGES) + 1,
    ),
    "code": ("report/page.py", "\n# another page\n", "the package's code changed", THINGS),
}


def test_another_style_word_or_line_of_code_makes_stale_what_is_made_with_it(country):
    shutil.copytree(
        ROOT / "digitransform",
        country / "installed" / "digitransform",
        ignore=shutil.ignore_patterns("__pycache__"),
    )

    def status():
        return outside(
            "status",
            folder=country,
            PYTHONPATH=str(country / "installed"),
            PYTHONDONTWRITEBYTECODE="1",
        )

    assert status().returncode == 0, "a copy of the package is the same package"
    for name, more, reason, number in CHANGES.values():
        path = country / "installed" / "digitransform" / name
        content = path.read_bytes()
        path.write_bytes(content + more.encode())
        told = status()
        assert told.returncode == 1 and reasons(told.stdout) == {reason: number}, (
            told.stdout + told.stderr
        )
        path.write_bytes(content)


def test_a_format_asked_for_the_first_time_is_added_and_the_others_stay(country, say):
    asked = ("--unit", "Zenda", "--language", "en", "--format", "xlsx")
    code, out, _ = say("status", *asked)
    assert code == 1 and reasons(out) == {"not yet published as xlsx": 1}, (
        "the overview links files of all places, so it waits until all have them"
    )
    before = state(country)
    assert say("publish", *asked)[0] == 0
    after = state(country)
    assert touched(before, after) == {
        f"{HOME}/en/zenda.xlsx",
        f"{HOME}/en/zenda.html",
        f"{HOME}/records/en/zenda.json",
        "reports/run.json",
    }
    assert b"zenda.xlsx" in after[f"{HOME}/en/zenda.html"][2], "the page links it"
    assert "Nothing has changed" in say("publish", *asked)[1]
    assert "Nothing has changed" in say("publish")[1] and state(country) == after, (
        "a format that is not asked for again is not taken away"
    )


def test_a_file_that_was_removed_or_edited_is_put_back_as_it_was(country, say):
    before = state(country)
    (country / HOME / "en" / "zenda.csv").unlink()
    with open(country / HOME / "vi" / "strelsau.html", "a") as page:
        page.write("<p>By hand.</p>")
    code, out, _ = say("status")
    assert code == 1 and reasons(out) == {
        "en/zenda.csv is missing": 1,
        "vi/strelsau.html was changed by another hand": 1,
    }
    code, out, _ = say("publish")
    assert (
        code == 0
        and out.startswith("2 reports and pages built")
        and f"{THINGS - 2} were up to date" in out
    )
    after = state(country)
    assert touched(before, after) == {
        f"{HOME}/en/zenda.csv",
        f"{HOME}/vi/strelsau.html",
        "reports/run.json",
    }
    assert all(after[path][2] == before[path][2] for path in after if path != "reports/run.json")


# A new edition


def test_a_figure_of_one_place_rewrites_the_reports_that_show_it_and_no_other(
    country, remembering, say
):
    replace_in(
        country / "data/observations/digital_infrastructure.csv",
        ",fibre_households_pct,88,",
        ",fibre_households_pct,89,",
    )
    code, out, _ = say("status")
    assert (
        code == 1
        and out
        == "The edition would be computed anew: observations/digital_infrastructure.csv"
        f" changed.\nWhich of the {THINGS} reports and pages change will be known then.\n"
    )
    before = state(country)
    old = json.loads((country / HOME / "edition/manifest.json").read_text())["key"]
    code, out, _ = say("publish")
    assert code == 0 and re.match(
        rf"{SITE + 5} reports and pages built in \d+ s, {THINGS - SITE - 5} were up to date", out
    ), "Strelsau, the key region that shows its members' figures, and the pages of the edition"
    after = state(country)
    new = json.loads((country / HOME / "edition/manifest.json").read_text())["key"]
    rewritten = {
        path
        for path in touched(before, after)
        if re.search(r"/(vi|en)/[\w-]+\.(html|csv|ipynb)$", path)
    }
    site = {
        f"{HOME}/{language}/{page}.html" for language in ("vi", "en") for page in PAGES.values()
    }
    places = files("strelsau", "vi", "en") | files("elbe-valley", "vi", "en")
    assert rewritten == {path for path in places if "/records/" not in path} | site
    assert (
        old != new
        and new[:12].encode() in after[f"{HOME}/en/strelsau.html"][2]
        and old[:12].encode() in after[f"{HOME}/en/zenda.html"][2]
    )
    for path in files("zenda", "vi", "en"):
        if "/records/" in path:
            assert json.loads(after[path][2]) == json.loads(before[path][2]) | dict(checked=new), (
                "only the record knows that it was looked at"
            )
    edition = {path for path in touched(before, after) if "/edition/" in path}
    tables = ("infrastructure.parquet", "group_figures.parquet", "readiness.parquet")
    assert edition == {f"{HOME}/edition/{name}" for name in ("manifest.json", *tables)}, (
        "tables that are the same are not written again"
    )
    assert "Nothing has changed" in say("publish")[1] and state(country) == after
    assert say("verify", "2026-11-22")[:2] == (
        0,
        say_same(after),
    ), "what stayed is what would be made from the new figures, but for the hash in its foot"


def say_same(found: dict) -> str:
    tables = len(json.loads(found[f"{HOME}/edition/manifest.json"][2])["tables"])
    records = [json.loads(c) for path, (_, _, c) in found.items() if "/records/" in path]
    return (
        f"All the same: {tables} tables and {sum(len(r['files']) for r in records)} documents, byte"
        " by byte.\n"
    )


# A report that fails


def test_a_failing_report_is_told_and_made_when_its_reason_is_gone(country, say):
    flag = country / "missing"
    flag.touch()
    edit_template(
        country,
        new_code_cell(
            f"import os\nif unit == '3-02' and language == 'en' and os.path.exists({str(flag)!r}):"
            f" raise ValueError('no figure\\nfor this year')\n{WORD}"
        ),
    )
    template = nbformat.read(country / "reports" / "unit.ipynb", as_version=4)
    codes = [cell for cell in template.cells if cell.cell_type == "code"]
    cell = f"In [{len(codes) + 1}]"  # the last one, after the cell of injected parameters
    choice = ("--unit", "Zenda", "--unit", "Strelsau")
    before = state(country)
    code, out, err = say("publish", *choice)
    after = state(country)
    assert code == 1 and "Traceback" not in err
    assert out.splitlines()[:3] == [
        "1 not built:",
        f"unit   language  {'cell':{len(cell)}}  line  message",
        f"Zenda  en        {cell}  2     ValueError: no figure",
    ]
    assert "*.failed.ipynb" in out and "3 reports and pages built" in out
    (failure,) = json.loads((country / "reports/run.json").read_text())["failures"]
    failed = country / HOME / "notebooks/en/zenda.failed.ipynb"
    assert (
        failure
        == dict(
            unit="Zenda",
            language="en",
            cell=cell,
            line="2",
            message="ValueError: no figure",
            detail="",
            notebook=str(failed),
        )
        and failed.is_file()
    )
    assert not touched(before, after) & files("zenda", "en"), "the last good report stays"
    assert files("strelsau", "vi", "en") - touched(before, after) == {
        f"{HOME}/{language}/strelsau.csv" for language in ("vi", "en")
    }
    assert reasons(say("status", *choice)[1]) == {"the template was edited": 1}
    flag.unlink()
    code, out, _ = say("publish", *choice)
    assert code == 0 and out.startswith("1 reports and pages built") and not failed.exists()
    assert touched(after, state(country)) == files("zenda", "en") - {f"{HOME}/en/zenda.csv"} | {
        f"{HOME}/notebooks/en/zenda.failed.ipynb",
        "reports/run.json",
    }


# A run that is killed

KILL = """
import os, signal, time
run, replace = os.getpid(), os.replace
def deadly(part, path):
    if str(path).endswith({where!r}): os.kill(run, signal.SIGKILL); time.sleep(60)
    return replace(part, path)
os.replace = deadly
"""
# the file that was about to take its place → how many of the two reports had been finished
MOMENTS = {
    "en/strelsau.html": 0,
    "records/en/strelsau.json": 0,
    "en/zenda.html": 1,
    "reports/run.json": 2,
}


def whole(found: dict) -> None:
    "Everything a reader can see is complete."
    for path, (_, _, content) in found.items():
        if "/." in path:
            continue
        if path.endswith(".html"):
            assert content.rstrip().endswith(b"</html>"), path
        if path.endswith((".json", ".ipynb")):
            json.loads(content)


@pytest.mark.parametrize("where", MOMENTS)
def test_a_run_killed_at_any_moment_leaves_whole_files_and_the_next_one_makes_what_is_missing(
    sketch, say, where
):
    choice = ("--unit", "Zenda", "--unit", "Strelsau", "--language", "en", "--jobs", "1")
    edit_template(sketch, new_code_cell(WORD))
    before = state(sketch)
    done = outside("publish", *choice, folder=sketch, script=KILL.format(where=where))
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert gone(sketch), "what the run started ends with it"
    after = state(sketch)
    whole(after)
    reader = {
        path
        for path in touched(before, after)
        if "/." not in path and re.search(r"\.(html|csv|ipynb)$", path)
    }
    assert (
        all(after[path][2].count(b"A word more.") for path in reader)
        and f"{HOME}/{where}" not in reader
    )
    code, out, _ = say("publish", *choice)
    missing = 2 - MOMENTS[where]
    assert code == 0 and out.startswith(
        f"{missing} reports and pages built" if missing else "Nothing has changed"
    )
    final = state(sketch)
    assert not (sketch / HOME / ".part").exists() and not [
        path for path in final if "/.part" in path and "run.json" not in path
    ]
    assert all(
        b"A word more." in final[f"{HOME}/en/{slug}.html"][2] for slug in ("zenda", "strelsau")
    )
    assert "Nothing has changed" in say("publish", *choice)[1]


def test_pages_around_the_editions_that_a_killed_run_did_not_reach_come_with_the_next(sketch, say):
    choice = ("--unit", "Zenda", "--language", "en", "--jobs", "1")
    say("publish", *choice)
    wanted = state(sketch)
    late = {path for path in wanted if re.fullmatch(r"reports/(en/)?[^/]+\.(html|xml)", path)}
    assert {"reports/index.html", "reports/en/zenda.html", "reports/feed.en.xml"} <= late
    for path in late:
        (sketch / path).write_text("<!-- of the run before -->", encoding="utf-8")
    assert say("publish", *choice)[0] == 0
    assert {path: state(sketch)[path][2] for path in late} == {p: wanted[p][2] for p in late}
    assert "Nothing has changed" in say("publish", *choice)[1]


def test_a_run_killed_while_a_cell_runs_ends_the_cell_too(sketch, say):
    edit_template(
        sketch,
        new_code_cell(
            "import os, pathlib, psutil, signal, time\nif"
            " pathlib.Path(os.getcwd()).parents[3].joinpath('kill').exists():"
            " psutil.Process(os.getppid()).parent().kill(); time.sleep(60)"
        ),
    )
    (sketch / "kill").touch()
    before = state(sketch)
    done = outside("publish", "--unit", "Zenda", "--language", "en", folder=sketch)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert gone(sketch), "the cell would have gone on for a minute"
    assert {path for path in touched(before, state(sketch)) if "/.part/" not in path} == set(), (
        "nothing a reader sees was begun"
    )
    (sketch / "kill").unlink()
    assert say("publish", "--unit", "Zenda", "--language", "en")[1].startswith(
        "1 reports and pages built"
    )
    assert not (sketch / HOME / ".part").exists()


OTHER = f"""
import digitransform.edition.edition as module
from digitransform.edition.provenance import edition_fingerprint
def other(collection, settings, progress=None):
    old = module.Edition.load("{HOME}/edition")
    tables = {{name: t.iloc[:-1] for name, t in old.tables.items()}}
    return module.Edition(old.manifest | dict(key=edition_fingerprint(settings)), tables)
module.make_edition = other
"""


def test_a_run_killed_while_a_new_edition_is_saved_leaves_the_old_one_as_it_was(country, say):
    before = state(country)
    done = outside(
        "publish",
        "--seed",
        "7",
        folder=country,
        script=KILL.format(where="edition/manifest.json") + OTHER,
    )  # an edition of which every table is another
    assert done.returncode == -signal.SIGKILL, done.stderr
    after = state(country)
    assert all(after[path] == content for path, content in before.items())
    assert len([path for path in after.keys() - before.keys() if path.endswith(".parquet")]) > 10, (
        "the new tables lay beside the old ones"
    )
    assert say("status")[0] == 0 and "Nothing has changed" in say("publish")[1]


# Two runs at once


def test_a_second_run_is_refused_and_the_lock_dies_with_its_holder(country, say):
    holder = (
        "import time\nfrom digitransform.core.files import lock\nwith"
        f" lock({str(country / 'reports')!r}): print('locked', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", holder],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
    )
    try:
        assert first.stdout.readline() == "locked\n"
        before = state(country)
        code, out, err = say("publish")
        assert (
            (code, out)
            == (
                2,
                "",
            )
            and err
            == f"digitransform: {country / 'reports'}: another run is publishing into this folder;"
            " wait until it has ended.\n"
        )
        assert say("status")[0] == 0, "looking is allowed"
        assert state(country) == before
    finally:
        first.kill(), first.wait()
    assert say("publish")[0] == 0


# What was damaged


def test_a_damaged_edition_is_saved_again_even_if_no_report_is_stale(country, remembering, say):
    before = state(country)
    table = country / HOME / "edition" / "gap.parquet"
    table.write_bytes(table.read_bytes()[:-8])
    code, out, _ = say("status")
    assert code == 1 and re.match(
        r"The edition would be computed anew: the saved one cannot be used: .*gap\.parquet: the"
        r" table is missing or was changed",
        out,
    )
    code, out, err = say("publish")
    assert (
        code == 0
        and "The saved edition is not used" in err
        and out.startswith("0 reports and pages built")
        and "no file was touched" not in out
    )
    after = state(country)
    assert {path for path in before if after[path][2] != before[path][2]} == {
        "reports/run.json"
    } and say("status")[0] == 0


def test_a_manifest_that_is_no_manifest_is_written_anew(country, remembering, say):
    (country / HOME / "edition" / "manifest.json").write_text("[]")
    assert say("status")[1].startswith("The edition would be computed anew: the saved one cannot")
    code, _, err = say("publish")
    assert code == 0 and "The saved edition is not used" in err
    assert say("status")[0] == 0


def test_a_folder_in_the_place_of_a_table_is_one_sentence(country, remembering, say):
    table = country / HOME / "edition" / "gap.parquet"
    table.unlink()
    table.mkdir()
    code, _, err = say("publish")
    assert (
        code == 2
        and f"{table}: a folder " in err
        and "move it away; every published file is" in err
    )
    assert "Traceback" not in err
    table.rmdir()
    assert say("publish")[0] == 0 and say("status")[0] == 0


def test_an_edition_saved_by_an_older_version_is_computed_anew(country, say):
    folder = country / HOME / "edition"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    units = pd.read_parquet(folder / "units.parquet").rename(columns=dict(map="boundary"))
    units.to_parquet(folder / "units.parquet")
    digest = fingerprint((folder / "units.parquet").read_bytes())
    tables = manifest["tables"] | {"units.parquet": digest}
    manifest |= dict(key="f" * 64, tables=tables)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, out, err = say("status")
    assert (code, err) == (1, "")
    assert "the saved one cannot be used: " in out and "publish it again" in out


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": ["Zenda", "en"]}'])
def test_a_record_that_cannot_be_read_counts_as_none(country, say, text):
    (country / HOME / "records/en/zenda.json").write_text(text)
    assert reasons(say("status")[1]) == {"never published": 1}
