"""The command line: exit codes, one sentence for what was wrong, and published pages that bad
input never touches.
"""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import nbformat
import pytest
from fictional import SHOW, site_pages, write_template
from nbformat.v4 import new_code_cell, new_notebook

from digitransform.core.errors import DataError
from digitransform.edition.provenance import edition_fingerprint, provenance
from digitransform.edition.store import Edition
from digitransform.publish import cli, preview
from digitransform.publish.cli import main

PAGES = site_pages()

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
ROOT = Path(__file__).resolve().parents[2]


def template(folder, *cells):
    write_template(folder / "reports" / "unit.ipynb", *cells)


@pytest.fixture
def country(sketched, standing_in):
    return standing_in(sketched)


@pytest.fixture
def computed(country, monkeypatch) -> list:
    """Keys of the editions that were computed.

    Computing is put on: the published tables, under the key of the settings asked for.
    """
    keys = []
    published = Edition.load(country / "reports" / "2026-11-22" / "edition")
    tables = dict(published.tables)

    def compute(collection, settings, progress=None):
        keys.append(edition_fingerprint(settings))
        own = dict(key=keys[-1], id=f"{settings.as_of}", settings=provenance(settings)["settings"])
        return Edition(published.manifest | own, tables)

    monkeypatch.setattr("digitransform.edition.edition.make_edition", compute)
    return keys


def tree(folder) -> dict:
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_mtime_ns, p.read_bytes())
        for p in sorted((folder / "reports").rglob("*"))
        if p.is_file() and p.name != ".lock"
    }


# The reports


def test_the_first_run_published_everything(sketched):
    pages = {p.name for p in (sketched / "reports" / "2026-11-22" / "en").glob("*.html")}
    assert pages == {
        *(f"{name}.html" for name in PAGES.values()),
        "ruritania.html",
        "nordland.html",
        "sudmark.html",
        "elbe-valley.html",
        "strelsau.html",
        "zenda.html",
        "tarlenheim.html",
    }
    assert (sketched / "reports" / "index.html").is_file()


def test_the_last_line_says_where_to_look(country, say):
    code, out, err = say("publish", "--unit", "Zenda", "--no-if-changed")
    assert code == 0 and out.splitlines()[-1].endswith(f"Open {country / 'reports' / 'index.html'}")
    assert f"{len(PAGES) + 2}/{len(PAGES) + 2}" in err


def test_the_line_after_one_place_says_where_its_page_is(country, say):
    _, out, _ = say("publish", "--unit", "Zenda")
    said = re.search(r"Its page is (.*zenda\.html)\. Open ", out)
    assert said and Path(said[1]).is_file()
    assert "Its page is" not in say("publish")[1]


@pytest.mark.parametrize(
    "day, sentence",
    [
        ("2021-01-05", "no official figure of the share had been published by 2021-01-05"),
        ("2010-06-01", "the first year 2019 is after the year 2010 of the cut-off date"),
    ],
)
@pytest.mark.parametrize("command", ["check", "publish"])
def test_a_day_before_the_first_official_figure_is_one_sentence(
    country, say, command, day, sentence
):
    before = tree(country)
    code, _, err = say(command, "--date", day)
    assert code == 2 and sentence in err and len(err.splitlines()) == 1
    assert tree(country) == before


def test_report_is_another_name_of_publish(country, say):
    assert say("report") == say("publish") and say("report", "--if-changed")[1].startswith(
        f"Nothing has changed: {len(PAGES) + 8} reports and pages are up to date"
    )


def test_a_saved_edition_is_used_again_until_something_it_depends_on_changes(
    country, computed, say
):
    def computes(*words) -> bool:
        "Whether publishing does so, and says it; what it is told to publish it does either way."
        done, (code, _, err) = len(computed), say("publish", "--unit", "Zenda", *words)
        assert (
            code == 0
            and ("Estimating" in err) == (len(computed) > done)
            and len(computed) <= done + 1
        )
        return len(computed) > done

    assert not computes() and not computes("--jobs", "1")
    assert computes("--seed", "7")
    assert computes(), "the saved edition now has another seed"
    sources = country / "data" / "sources.csv"
    sources.write_text(
        sources.read_text(encoding="utf-8").replace("White paper of the ministry", "White paper"),
        encoding="utf-8",
    )
    assert computes() and not computes()
    assert len(set(computed)) == 3


@pytest.mark.parametrize("name", ["gap.parquet", "manifest.json"])
def test_a_damaged_edition_is_made_again_and_said_so(country, computed, say, name):
    table = country / "reports" / "2026-11-22" / "edition" / name
    table.write_bytes(table.read_bytes()[:-8])
    code, out, err = say("publish", "--unit", "Zenda")
    assert (
        code == 0
        and "The saved edition is not used" in err
        and "Estimating" in err
        and len(computed) == 1
    )
    assert "Nothing has changed" in say("publish", "--unit", "Zenda")[1] and len(computed) == 1, (
        "what was damaged is whole again"
    )


@pytest.mark.parametrize(
    "spelling, slug",
    {
        "Zenda": "zenda",
        "ZENDA": "zenda",
        "3-02": "zenda",
        "the kingdom": "ruritania",
        "Sudmark": "sudmark",
        "strelsau city": "strelsau",
    }.items(),
)
def test_units_in_any_spelling(country, say, spelling, slug):
    template(country, SHOW.replace("# {", "# again {"))
    before = tree(country)
    assert say("publish", "--unit", spelling)[0] == 0
    changed = {
        Path(p).name
        for p, s in tree(country).items()
        if s != before[p] and "/en/" in p and p.endswith(".html")
    }
    assert changed == {f"{slug}.html"}, "the overview of this edition is there already"


def test_several_units_and_languages(country, say):
    code, out, _ = say(
        "publish", "--unit", "Zenda", "--unit", "Strelsau", "--language", "vi", "--language", "en"
    )
    assert (
        code == 0
        and out.startswith(f"{2 * len(PAGES) + 4} reports and pages built")
        and "1 were up to date" in out
    ), "two places and the pages of the site, in English once more to link the Vietnamese"
    assert (country / "reports" / "2026-11-22" / "vi" / "strelsau.html").is_file()


def test_a_place_of_the_former_map_gets_the_report_it_is_part_of(country, say):
    code, out, err = say("publish", "--unit", "Hentzau")
    assert code == 0 and re.search(
        r"Hentzau is reported as part of (Zenda|Tarlenheim|Strelsau)", err
    )


def test_options_for_one_run(country, computed, say, tmp_path):
    code, out, _ = say(
        "publish",
        "--unit",
        "Zenda",
        "--date",
        "2026-06-30",
        "--output",
        tmp_path / "elsewhere",
        "--draws",
        "120",
        "--last-year",
        "2030",
        "--level",
        "80",
        "--jobs",
        "1",
        "--format",
        "html",
    )
    folder = tmp_path / "elsewhere" / "2026-06-30"
    assert code == 0 and (folder / "en" / "zenda.html").is_file() and len(computed) == 1
    asked = json.loads((folder / "edition" / "manifest.json").read_text())["settings"]
    assert asked["as_of"] == "2026-06-30" and asked["levels"] == "(80,)"
    assert (asked["draws"], asked["last_year"]) == ("120", "2030")


def test_settings_of_another_place(country, say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = say("publish", "--settings", country / "settings.ini", "--unit", "Zenda")
    assert code == 0 and str(country / "reports") in out


def test_a_failing_report_is_exit_code_1_and_a_table(country, say):
    template(
        country,
        "if unit == '3-02': raise ValueError('no figure')",
        SHOW.replace("# {", "# again {"),
    )
    before = tree(country)
    code, out, err = say("publish")
    after = tree(country)
    assert (
        code == 1
        and "1 not built" in out
        and re.search(r"Zenda +en +In \[3\] +1 +ValueError: no figure", out)
        and out.splitlines()[-1].startswith("6 reports and pages built")
    )
    assert after["reports/2026-11-22/en/zenda.html"] == before["reports/2026-11-22/en/zenda.html"]
    assert (
        after["reports/2026-11-22/en/strelsau.html"]
        != before["reports/2026-11-22/en/strelsau.html"]
    )


def test_a_cluster_that_does_not_answer_is_one_sentence_and_nothing_is_written(country, say):
    template(country, SHOW.replace("# {", "# again {"))
    before = tree(country)
    code, out, err = say("publish", "--cluster", "tcp://127.0.0.1:9")
    assert (
        (code, out) == (2, "")
        and err.startswith("digitransform: no Dask scheduler answers at 'tcp://127.0.0.1:9'")
        and len(err.splitlines()) == 1
        and tree(country) == before
    )


def test_ctrl_c_ends_everything_and_leaves_whole_pages(country):
    template(
        country,
        "import subprocess, time\nchild = subprocess.Popen(['sleep', '99'])\nprint(child.pid,"
        f" file=open({str(country / 'pids')!r}, 'a'))\ntime.sleep(60)",
        SHOW,
    )
    before = tree(country)
    code = "import sys; from digitransform.publish.cli import main; sys.exit(main(['publish']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # a suite started in the background ignores it
    until = time.monotonic() + 60
    while not (country / "pids").exists():
        assert process.poll() is None and time.monotonic() < until, "no report was begun"
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert "stopped" in (err := process.stderr.read()) and "Traceback" not in err
    assert {p: s for p, s in tree(country).items() if p.endswith(".html") and "index" not in p} == {
        p: s for p, s in before.items() if p.endswith(".html") and "index" not in p
    }
    pids = (country / "pids").read_text().split()
    assert pids and not [
        p
        for p in pids
        if Path(f"/proc/{p}/status").exists()
        and "zombie" not in Path(f"/proc/{p}/status").read_text()
    ]


# Bad input: one sentence, exit code 2, nothing touched

WORDS = {
    (
        "publish",
        "--unit",
        "Zanda",
    ): "no place called 'Zanda'; the nearest valid value is 'Zenda'.",
    ("forecast", "Zanda"): "the nearest valid value is 'Zenda'",
    (
        "publish",
        "--draws",
        "2,000",
    ): (
        "option draws: '2,000' is not a whole number from 100 to 100000; the nearest valid value is"
        " '2000'."
    ),
    ("publish", "--date", "31/01/2026"): "the nearest valid value is '2026-01-31'",
    ("publish", "--language", "vn"): "'vn' is not one of en, vi; the nearest valid value is 'vi'.",
    ("publish", "--format", "pdf2"): "'pdf2' is not one of html",
    ("publish", "--level", "90"): "'90' is not one of 50, 80, 95",
    ("publish", "--data", "nowhere"): "does not exist",
    ("publish", "--first-year", "1990"): "GRDP is known from",
    ("publish", "--settings", "none.ini"): "none.ini: there is no such file of settings.",
    (
        "publish",
        "--drawz",
        "3",
    ): "there is no option '--drawz'; the nearest valid one is '--draws'.",
    ("publish", "--drawz=3"): "there is no option '--drawz'; the nearest valid one is '--draws'.",
    ("pulbish",): "there is no command 'pulbish'; the nearest valid one is 'publish'.",
    ("forecast",): "NAME",
    ("preview", "Zanda"): "the nearest valid value is 'Zenda'",
    ("units", "the", "kingdom"): "'the' is one word too many",
    ("publish", "--output", "settings.ini"): "settings.ini: a file stands where the folder",
    ("backtest", "p.csv", "--scale", "lin"): "'lin' is not one of logit, log, none",
    ("backtest", "p.csv", "--draws", "0"): "option draws: 0 is outside 100 to 100000",
    ("backtest", "p.csv", "--jobs", "-1"): "option jobs: -1 is outside 0 to 256",
    ("backtest", "p.csv", "--seed", "-1"): "option seed: -1 is outside",
    ("backtest", "p.csv", "--horizon", "0"): "option horizon: 0 is outside 1 to 100",
    ("backtest", "p.csv", "--json", "reports"): "reports: this is a folder",
}


@pytest.mark.parametrize("words", WORDS, ids=[" ".join(w) or "nothing" for w in WORDS])
def test_wrong_words(country, say, words):
    before = tree(country)
    code, out, err = say(*words)
    complaint = [line for line in err.splitlines() if line.startswith("digitransform")]
    assert code == 2 and out == "" and len(complaint) == 1 and WORDS[words] in complaint[0], err
    assert "Traceback" not in err and tree(country) == before


TABLE = "observations/digital_share.csv"
BROKEN = {  # what is done to the file: what the sentence says
    "missing column": (lambda t: t.replace(",value,", ",valeu,", 1), "column 'value' is missing"),
    "text in a number": (
        lambda t: re.sub(r",official,([\d.]+),", ",official,many,", t, count=1),
        "'many' is not a number",
    ),
    "comma decimal": (
        lambda t: re.sub(r",official,(\d+)\.(\d+),", r',official,"\1,\2",', t, count=1),
        "nearest valid value is '",
    ),
    "duplicate key": (lambda t: t + t.splitlines()[-1] + "\n", "is already in an earlier row"),
    "unknown unit": (lambda t: t.replace("Zenda", "Zanda", 1), "nearest valid value is 'Zenda'"),
    "share of 140": (lambda t: re.sub(r",official,[\d.]+,", ",official,140,", t, count=1), "140"),
    "year 20255": (lambda t: t.replace(",2025,", ",20255,", 1), "20255"),
    "unknown source": (lambda t: t.replace("s9004", "s9444", 1), "s9444"),
    "wrong encoding": (lambda t: t.replace("Zenda", "Zénda").encode("cp1252"), "UTF-8"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("command", ["publish", "check"])
def test_broken_data(country, say, kind, command):
    change, sentence = BROKEN[kind]
    file = country / "data" / TABLE
    text = file.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    file.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    before = tree(country)
    code, out, err = say(command)
    complaint = [line for line in err.splitlines() if line.startswith("digitransform: ")]
    assert code == 2 and out == "" and len(complaint) == 1, err
    assert TABLE.rsplit("/")[-1] in complaint[0] and sentence in complaint[0], complaint
    assert "Traceback" not in err and tree(country) == before


def test_a_broken_setting(country, say):
    (country / "settings.ini").write_text("[collection]\ndraws = 100\nseed = x\n")
    before = tree(country)
    code, out, err = say("publish")
    assert (code, out, err) == (
        2,
        "",
        (
            "digitransform: settings.ini, row 3, column seed: 'x' is not a whole number from 0 to"
            " 4294967295.\n"
        ),
    ) and tree(country) == before


def test_a_template_with_a_misspelt_parameter(country, say):
    nbformat.write(
        new_notebook(
            cells=[
                new_code_cell("edition = unti = language = ''", metadata=dict(tags=["parameters"]))
            ]
        ),
        country / "reports" / "unit.ipynb",
    )
    before = tree(country)
    code, out, err = say("publish", "--unit", "Zenda")
    assert (
        code == 2
        and "unit.ipynb: the notebook has no parameter 'unit'" in err
        and "'unti'" in err
        and tree(country) == before
    )


def test_an_error_of_ours_keeps_its_traceback(country, monkeypatch):
    monkeypatch.setattr(cli, "_edition", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["publish", "--unit", "Zenda"])


# The smaller commands


def test_check_counts(country, say):
    code, out, err = say("check")
    assert (
        code == 0
        and err == ""
        and re.search(r"^ +26  observations/digital_share.csv$", out, re.M)
        and out.splitlines()[-1].startswith("All in order: ")
    )


def test_check_tells_all_findings_and_other_commands_how_many(country, say):
    for file, old, new in (
        (TABLE, "s9004", "s9444"),
        ("observations/gdp.csv", "gdp_current_usd", "gdp_curent_usd"),
        ("sources.csv", "https://example.org/s9002", "javascript:alert(1)"),
    ):
        path = country / "data" / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    (country / "reports" / "unit.ipynb").write_text("{", encoding="utf-8")
    code, out, err = say("check")
    assert code == 2 and out == ""
    assert all(name in err for name in ("s9444", "gdp_curent_usd", "javascript", "unit.ipynb")), err
    for command in (["status"], ["publish"], ["forecast", "Zenda"], ["check", "--date", "newest"]):
        code, out, err = say(*command)
        complaint = [line for line in err.splitlines() if line.startswith("digitransform: ")]
        assert code == 2 and len(complaint) == 1, err
        assert command[0] == "check" or "more: digitransform check lists them" in complaint[0]


def test_a_doubtful_figure_is_asked_about_and_nothing_is_published(country, say):
    path = country / "data" / "observations/population.csv"
    rows = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"(Zenda,5,2020,,total,)(\d+)", r"\g<1>\g<2>000", rows), encoding="utf-8"
    )
    before = tree(country)
    for command in ("check", "status", "publish"):
        code, _, err = say(command)
        assert code == 2 and "population.csv, row" in err and "confirmed.csv" in err, err
    assert tree(country) == before


def test_units_lists_what_can_be_asked_for(country, say):
    code, out, _ = say("units")
    assert (
        code == 0
        and len(out.splitlines()) == 7
        and out.splitlines()[0].split() == ["RT", "Ruritania", "Ruritania", "country"]
    )


def test_forecast_prints_the_edition(country, say):
    code, out, err = say("forecast", "zenda")
    assert code == 0 and "Estimating" not in err
    lines = out.splitlines()
    assert (
        lines[0].startswith("Zenda")
        and lines[0].endswith("percent of output")
        and [line.split()[0] for line in lines[2:]] == [str(y) for y in range(2019, 2036)]
    )
    assert say("forecast", "ruritania")[1].startswith("Ruritania (Ruritania): forecast")


def test_forecast_of_several_places(country, say):
    out = say("forecast", "zenda, strelsau")[1]
    assert re.findall(r"^(\w+) \(", out, re.M) == ["Strelsau", "Zenda"]
    assert len(re.findall(r"^\w.* \(.*percent of output$", say("forecast", "all")[1], re.M)) == 7


def test_tables_for_programs(country, say):
    code, out, err = say("forecast", "zenda", "--csv", "--level", "80")
    assert code == 0 and "Estimating" not in err, "levels only choose what is printed"
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["unit", "name_vi", "name_en", "year", "probability", "value"]
    assert {row["unit"] for row in rows} == {"3-02"} and len(rows) == 3 * len(range(2019, 2036))
    assert {row["probability"] for row in rows} == {"0.1", "0.5", "0.9"}
    same = json.loads(say("forecast", "zenda", "--json", "--level", "80")[1])
    assert [row["value"] for row in same] == [float(row["value"]) for row in rows]
    printed = say("forecast", "zenda", "--level", "80")[1].splitlines()[2]
    assert printed.split()[1] == f"{same[1]['value']:.1f}"


def test_status_for_programs(country, say):
    assert say("status", "--json") == (0, "[]\n", "")
    template(country, SHOW.replace("# {", "# again {"))
    code, out, _ = say("status", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 1 and {"stale", "why"} == set(rows[0])
    assert all("template" in row["why"] for row in rows), rows


@pytest.mark.parametrize(
    "typed, completed",
    {"fore": "forecast forecast-panel", "units --js": "--json", "completion x": ""}.items(),
)
def test_a_shell_completes_words(say, tmp_path, typed, completed):
    script = tmp_path / "digitransform.bash"
    script.write_text(say("completion", "bash")[1])
    words = typed.split()
    ask = f"""
source {script}
COMP_WORDS=(digitransform {typed}); COMP_CWORD={len(words)}; _digitransform
echo "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (completed, "")


def test_a_shell_completes_places_and_asks_for_them_once(country, say, tmp_path):
    script = tmp_path / "digitransform.bash"
    script.write_text(say("completion", "bash")[1])
    ask = f"""
source {script}
digitransform() {{ echo asked >> {tmp_path}/asked; {sys.executable} -m digitransform "$@"; }}
COMP_WORDS=(digitransform forecast zen); COMP_CWORD=2; _digitransform; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(digitransform publish --unit s); COMP_CWORD=3; _digitransform; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(digitransform forecast --js); COMP_CWORD=2; _digitransform; echo "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=country)
    assert (done.stdout.split("\n"), done.stderr) == (
        ["zenda", "sudmark strelsau", "--json", ""],
        "",
    )
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_a_preview_shows_the_page_and_publishes_nothing(country, say, monkeypatch):
    before = tree(country)
    code, out, err = say("preview", "zenda", "--language", "en")
    page = Path(out.split("  ")[0])
    assert code == 0 and page == country / "reports" / "preview" / "pages" / "en" / "zenda.html"
    assert "Zenda" in page.read_text(encoding="utf-8") and "published as of" in err
    assert {p: s for p, s in tree(country).items() if "/preview/" not in p} == before
    table = country / "data" / TABLE
    saved = table.read_text(encoding="utf-8")

    def saves(paths):
        "What `watch` tells: a template with a fault, one without, and a table with a fault."
        template(country, SHOW, "sections.nothing()")
        yield [country / "reports" / "unit.ipynb"]
        template(country, SHOW)
        yield [country / "reports" / "unit.ipynb"]
        table.write_text(saved.replace("Zenda", "Zanda", 1), encoding="utf-8")
        yield [table]

    monkeypatch.setattr("digitransform.publish.preview.watch", saves)
    code, out, err = say("preview", "zenda", "--language", "en", "--watch")
    assert out.count("zenda.html") == 2 and "NameError" in err and "the nearest valid" in err
    assert err.count(" was saved.") == 3


def test_a_figure_saved_while_a_preview_still_prepares_is_noticed(country, say, monkeypatch):
    table = country / "data" / TABLE
    saved = table.read_text(encoding="utf-8")

    def save(settings):
        table.write_text(saved.replace("Zenda", "Zanda", 1), encoding="utf-8")

    def watching(paths, watch=preview.watch):
        return islice(watch(paths, every=0.05), 1)

    monkeypatch.setattr(preview, "prepare", save)
    monkeypatch.setattr(preview, "watch", watching)
    code, out, err = say("preview", "zenda", "--language", "en", "--watch")
    assert f"{table.name} was saved." in err and "'Zanda'" in err


def test_a_panel_whose_values_do_not_suit_the_scale_is_named(tmp_path, say):
    panel = tmp_path / "thousands.csv"
    rows = [f"{unit},{year},{1000 + year}" for unit in "ab" for year in range(2000, 2015)]
    panel.write_text("\n".join(["unit,year,value", *rows]))
    code, out, err = say("backtest", panel)
    assert (code, out) == (2, "")
    assert f"{panel}: no value has a place on the scale logit" in err
    assert err.rstrip().endswith("the nearest valid value is 'log'.")


def test_a_name_with_a_comma_is_one_place():
    codes = {"Korea, Rep.": "KOR", "Fiji": "FJI"}

    def resolve(name):
        if name not in codes:
            raise DataError(f"no place called {name!r}")
        return codes[name]

    assert cli._codes(["Korea, Rep."], resolve) == {"Korea, Rep.": "KOR"}
    assert list(cli._codes(["Korea, Rep.", "Fiji"], resolve).values()) == ["KOR", "FJI"]
    with pytest.raises(DataError, match="no place called 'Rep.'"):
        cli._codes(["Fiji, Rep."], resolve)


def test_with_no_words_the_help_is_shown(say):
    assert say()[:2] == say("--help")[:2]


def test_the_package_can_be_run_and_its_output_cut_off():
    run = [sys.executable, "-m", "digitransform"]
    env = os.environ | dict(PYTHONPATH=str(ROOT))
    told = subprocess.run([*run, "--version"], capture_output=True, text=True, env=env)
    assert (told.returncode, told.stderr) == (0, "") and told.stdout.startswith("digitransform ")
    line = f"{' '.join(run)} units | head -n 1"
    cut = subprocess.run(line, shell=True, capture_output=True, text=True, env=env, cwd=ROOT)
    assert (cut.returncode, cut.stderr) == (0, "") and len(cut.stdout.splitlines()) == 1


def test_an_output_folder_that_is_not_writable_is_refused_before_computing(
    country, computed, say, monkeypatch
):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    code, out, err = say("publish", "--output", country / "elsewhere", "--seed", "7")
    assert code == 2 and err.startswith("digitransform: ") and len(err.splitlines()) == 1
    assert "nothing can be written into this folder" in err and computed == []
    assert not (country / "elsewhere").exists()


def test_status_checks_what_would_be_computed(country, say):
    table = country / "data" / TABLE
    table.write_text(table.read_text(encoding="utf-8").replace("Zenda", "Zanda", 1))
    code, out, err = say("status")
    assert code == 2 and out == "" and "nearest valid value is 'Zenda'" in err


def test_version_and_help(say):
    assert say("version")[0] == 0 and "digitransform" in say("version")[1]
    code, out, _ = say("--help")
    assert code == 0 and all(
        name in out
        for name in (
            "publish",
            "status",
            "verify",
            "check",
            "units",
            "forecast",
            "backtest",
            "version",
        )
    )
    code, out, _ = say("publish", "--help")
    assert code == 0 and all(
        option in out for option in ("--unit", "--draws", "--date", "--settings")
    )


def test_start_is_light():
    code = (
        "import sys; import digitransform.publish.cli as c\ntry: c.main(['--help'])\nexcept"
        " SystemExit: pass\nsys.exit(bool({'pandas', 'numpy', 'papermill', 'matplotlib'} &"
        " set(sys.modules)))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code],
            stdout=subprocess.DEVNULL,
            env=os.environ | dict(PYTHONPATH=str(ROOT)),
        ).returncode
        == 0
    )


def test_names_are_printed_whatever_the_terminal_believes(country):
    code = "import sys; from digitransform.publish.cli import main; sys.exit(main(['units']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0 and "Südmark" in done.stdout.decode("utf-8")
