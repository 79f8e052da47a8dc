"""`digitransform update` against a server of our own: right answers through every interface, and
everything that can go wrong on the way. Nothing may be lost, and each failure is one sentence.
"""

import hashlib
import io
import json
import shutil
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from fictional import write_fictional

import digitransform as dt
from digitransform.data import retrieval, updates
from digitransform.data.retrieval import Limits
from digitransform.publish import cli

FILES = Path(__file__).parent / "live"
QUICK = Limits(connect=2, read=0.2, whole=2, size=100_000, attempts=2, pause=0.01)
KINDS = {
    "bank.xml": "application/vnd.sdmx.genericdata+xml",
    "office.xml": "application/xml",
    "people.px": "application/json",
    "internet.json": "application/json",
    "shop.csv": "text/csv",
}


class Office(BaseHTTPRequestHandler):
    "Sends the recorded answers, or for a path whatever a test put into `server.instead`."

    def do_GET(self):
        self.server.asked.append((self.command, self.path, self.body()))
        todo = self.server.instead.get(self.path.lstrip("/"), [])
        do = todo.pop(0) if len(todo) > 1 else todo[0] if todo else None
        if do is not None:
            return do(self)
        name = self.path.lstrip("/")
        self.send((FILES / name.replace("people.px", "people.json")).read_bytes(), kind=KINDS[name])

    do_POST = do_GET

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def send(self, body: bytes, code=200, kind="text/plain", length=None, **headers):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Quiet(ThreadingHTTPServer):
    "A server that does not tell about clients who went away."

    def handle_error(self, *words):
        pass


@pytest.fixture(scope="module")
def office():
    server = Quiet(("127.0.0.1", 0), Office)
    server.instead, server.asked = {}, []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def untouched(office, tmp_path_factory):
    "The data folder of the fictional country, with live sources."
    folder = write_fictional(tmp_path_factory.mktemp("country") / "data")
    said = (FILES / "live.toml").read_text(encoding="utf-8")
    said = said.replace("{server}", f"http://127.0.0.1:{office.server_port}")
    (folder / "live.toml").write_text(said, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def known(untouched):
    return dt.collection(untouched)


@pytest.fixture(autouse=True)
def impatient(monkeypatch, office):
    office.instead.clear()
    office.asked.clear()

    def fetch(address, query=None):
        return retrieval.fetch(address, query, QUICK)

    monkeypatch.setattr(dt.data, "fetch", fetch, raising=False)


@pytest.fixture
def country(untouched, tmp_path, monkeypatch):
    "A collection of one's own to write into."
    shutil.copytree(untouched, tmp_path / "data")
    (tmp_path / "settings.ini").write_text("[collection]\nas_of = 2026-11-22\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def say(capsys, country):
    def say(*words):
        code = cli.main(["update", "--settings", "settings.ini", *words])
        return code, *capsys.readouterr()

    return say


class Terminal(io.StringIO):
    def isatty(self):
        return True


def news(known, untouched, name, **changes):
    "What one source would change."
    source = replace(dt.data.read_live_sources(untouched)[name], **changes)
    return dt.data.what_is_new(source, dt.data.fetch(source.address, source.request), known)


def told(update, change):
    "Year, period and new value of the figures that changed in one way."
    rows = update.changes[update.changes.change == change]
    period = rows.get("period", "")
    return [*zip(rows.year.astype(int), period, rows.new)]


def state(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


# Right answers


def test_sdmx_as_the_world_bank_sends_it(known, untouched):
    update = news(known, untouched, "bank")
    assert told(update, "revised") == [(2024, "", 14.523), (2025, "", 99.0)]
    assert set(update.rows.published) == {"2026-10-07"} and set(update.rows.unit) == {"Ruritania"}


def test_sdmx_as_an_office_sends_it_with_quarters(known, untouched):
    update = news(known, untouched, "office")
    assert told(update, "revised") == [(2025, "", 400.0)]
    assert told(update, "added") == [(2026, "Q1", 101.5005)]
    assert update.rows.preliminary.tolist() == ["true", "true"]


def test_pxweb_is_asked_with_a_query_and_answers_with_names(known, untouched, office):
    update = news(known, untouched, "people")
    method, path, body = office.asked[-1]
    assert (method, path) == ("POST", "/people.px")
    assert json.loads(body) == {
        "query": [
            {"code": "Province", "selection": {"filter": "all", "values": ["*"]}},
            {"code": "Year", "selection": {"filter": "item", "values": ["0", "1"]}},
        ],
        "response": {"format": "json-stat2"},
    }
    assert [row[::2] for row in told(update, "added")] == [(2026, 951.5), (2026, 530.75)]
    assert update.rows[update.rows.year == "2026"].unit.tolist() == ["Strelsau", "Zenda"]
    assert set(update.rows[update.rows.year == "2026"].preliminary) == {"true"}


def test_jsonstat_as_eurostat_sends_it(known, untouched):
    update = news(known, untouched, "internet")
    assert told(update, "revised") == [(2023, "", 72.0), (2024, "", 75.0)]
    assert told(update, "added") == [(2026, "", 80.5)]
    assert update.rows.preliminary.tolist() == ["false", "false", "true"]
    assert set(update.rows.note) == {"as of 2026-10-14"}


def test_csv_and_a_figure_that_stands_already(known, untouched):
    update = news(known, untouched, "shop")
    assert told(update, "added") == [(2026, "", 5.1)]
    assert told(update, "unchanged") == [(2025, "", 4.2)]
    assert set(update.rows.published) == {update.answer.day.isoformat()}


def test_a_figure_that_is_not_sent_any_more_has_vanished(known, untouched, office):
    office.instead["shop.csv"] = [
        lambda h: h.send(b"country,year,turnover,value\nRT,2021,t,2.1\nRT,2025,t,4.2\n")
    ]
    update = news(known, untouched, "shop")
    gone = update.changes[update.changes.change == "vanished"]
    assert gone.year.tolist() == ["2023"] and not len(update.rows)


# From the command: shown, asked, written, and nothing new the second time


def test_a_dry_run_says_what_is_new_and_writes_nothing(say, country):
    before = state(country)
    code, out, err = say("--source", "shop", "--dry-run")
    assert code == 1 and "1 added, 1 unchanged" in out and "gmv_total: 5.1" in out
    assert "nothing was written" in err and state(country) == before


@pytest.mark.parametrize(
    "answer, yes, questions, may",
    [
        ("y\n", False, 0, True),
        ("có\n", False, 2, True),
        ("n\n", False, 0, False),
        ("", False, 0, False),
        (None, False, 0, False),
        (None, True, 0, True),
        (None, True, 1, False),
    ],
)
def test_only_a_person_or_yes_may_write(answer, yes, questions, may, monkeypatch, capsys):
    "`None` is no terminal; --yes does not answer questions."
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n") if answer is None else Terminal(answer))
    args = SimpleNamespace(dry_run=False, yes=yes)
    assert cli._may_write(args, 3, questions) == may
    said = capsys.readouterr().err
    assert ("nothing was written" in said) == (answer is None and not may)


def test_what_is_new_is_added_beside_the_old_with_its_snapshot(say, country):
    before = state(country)
    code, out, err = say("--source", "shop", "--source", "internet", "--yes", "--csv")
    assert code == 0 and out.splitlines()[0].startswith("live_source,table,change,unit")
    after = state(country)
    for path, content in before.items():
        old = content.splitlines(keepends=True)
        kept = iter(after[path].splitlines(keepends=True))
        assert all(line in kept for line in old), f"{path}: a line was changed or moved"
    shop = after["observations/emarket.csv"].decode().splitlines()
    assert shop[-1].startswith("Ruritania,,2026,,gmv_total,5.1,s9003,")
    manifest = dt.data.retrieval.read_manifest(country)
    assert {entry["source"] for entry in manifest} == {"shop", "internet"}
    for entry in manifest:
        kept = after[f"snapshots/{entry['path']}"]
        assert hashlib.sha256(kept).hexdigest() == entry["sha256"] and len(kept) == entry["size"]
    code, out, err = say("--source", "shop", "--source", "internet", "--yes")
    assert (code, err.splitlines()[-1]) == (0, "Nothing new.") and state(country) == after


def test_two_sources_of_one_table_both_write_into_it(say, country, monkeypatch):
    before = state(country)["observations/gdp.csv"].decode().splitlines()
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))  # one figure raises a question
    code, out, err = say("--source", "bank", "--source", "office")
    assert code == 0, out + err
    after = state(country)["observations/gdp.csv"].decode().splitlines()
    assert not set(before) - set(after), "what stood there stays"
    added = [line for line in after if line not in before]
    assert {"gdp_current_usd", "gdp_crowns"} == {line.split(",")[4] for line in added}
    assert len(added) == 4 and len(after) == len(before) + 4
    manifest = dt.data.retrieval.read_manifest(country)
    assert {entry["source"] for entry in manifest} == {"bank", "office"}
    code, out, err = say("--source", "bank", "--source", "office")
    assert (code, err.splitlines()[-1]) == (0, "Nothing new.")


def test_a_figure_far_from_its_neighbours_is_shown_with_its_question(say, country, monkeypatch):
    before = state(country)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, out, err = say("--source", "bank", "--yes")
    assert code == 1 and "is gdp_current_usd = 99 for Ruritania 2025 right?" in err
    assert "are written in a terminal only" in err and state(country) == before


def test_a_person_is_asked_about_a_snapshot_too(say, country, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    code, out, err = say("--source", "shop", "--from-snapshot", str(FILES / "shop.csv"))
    assert code == 0 and "Write 1 new figures into the data folder? [y/N]" in err
    assert (
        "written: " in err
        and ",2026,,gmv_total,5.1," in state(country)["observations/emarket.csv"].decode()
    )


def test_a_table_that_was_edited_meanwhile_is_left_alone(known, untouched, country):
    own = replace(known, folder=country)
    source = dt.data.read_live_sources(country)["shop"]
    update = dt.data.what_is_new(source, dt.data.fetch(source.address), own)
    path = country / "observations" / "emarket.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    before = state(country)
    with pytest.raises(dt.DataError, match="edited in the meantime"):
        dt.data.write_updates(own, [update])
    assert state(country) == before


def test_a_killed_writer_leaves_every_table_whole(known, country, monkeypatch):
    "A snapshot may be left alone; the run is done again and finds it."
    own = replace(known, folder=country)
    source = dt.data.read_live_sources(country)["shop"]
    update = dt.data.what_is_new(source, dt.data.fetch(source.address), own)
    before = state(country)

    def killed(text, rows):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(updates, "with_rows", killed)
        dt.data.write_updates(own, [update])
    assert {k: v for k, v in state(country).items() if not k.startswith("snapshots")} == before
    dt.data.write_updates(own, [update])
    assert len(retrieval.read_manifest(country)) == 1


# What can go wrong


def redirect(to):
    return lambda h: h.send(b"", 302, Location=to)


def cut(h):
    h.send(b"country,year", length=500)
    h.close_connection = True


def slow(h):
    time.sleep(0.5)
    h.send(b"late")


def endless(h):
    h.send(b"country,year,turnover,value\n" + b"RT,2025,total,1\n" * 20_000)


def changed(name, *pairs):
    text = (FILES / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return lambda h: h.send(text.encode())


PAGE = b"<!DOCTYPE html>\n<html><title>Sign in</title>"
FAILURES = {
    "not found": ("shop", lambda h: h.send(b"", 404), "the server says 404 (Not Found)."),
    "forbidden": ("shop", lambda h: h.send(b"", 403), "the server says 403 (Forbidden)."),
    "always busy": ("shop", lambda h: h.send(b"", 500), "500 (Internal Server Error), in 2 att"),
    "timeout": ("shop", slow, "the server does not answer in time, in 2 attempts."),
    "cut": ("shop", cut, "the connection was cut, in 2 attempts."),
    "login page": ("bank", lambda h: h.send(PAGE), "is a page of the web, perhaps one that asks"),
    "empty": ("people", lambda h: h.send(b" \n"), "the answer is empty."),
    "huge": ("shop", endless, "the answer is larger than 0.1 MB."),
    "to a file": ("shop", redirect("file:///etc/passwd"), "neither http nor https"),
    "in circles": ("shop", redirect("/shop.csv"), "from one address to the next, 5 times."),
    "no xml": ("bank", lambda h: h.send(b"<a><b></a>"), "no SDMX message that can be read"),
    "no json": ("people", lambda h: h.send(b'{"value": [1,'), "no JSON-stat that can be read"),
    "no figures": ("bank", changed("bank.xml", ("generic:Obs", "generic:Obz")), "answer"),
    "semicolons": ("shop", changed("shop.csv", (",", ";")), "separated by semicolons"),
    "renamed dimension": (
        "people",
        changed("people.json", ('"Province"', '"Provinces"')),
        "no 'Province', which live.toml names for people; the nearest valid value is 'Provinces'.",
    ),
    "new dimension": (
        "people",
        changed(
            "people.json",
            ('"id": [', '"id": ["Sex", '),
            ('"size": [', '"size": [2, '),
            ('"Year": { "label"', '"Sex": {"category": {"index": ["m", "f"]}}, "Year": { "label"'),
            ("1011.44, null]", "1011.44, null, 1, 2, 3, 4, 5, 6]"),
        ),
        "a dimension 'Sex' (m, f …) that live.toml does not name",
    ),
    "unknown unit": (
        "internet",
        changed("internet.json", ("PC_IND", "THS_PER")),
        "unit is 'THS_PER', where live.toml says that it must be 'PC_IND'.",
    ),
    "other multiplier": (
        "bank",
        changed("bank.xml", ('UNIT_MULT" value="0"', 'UNIT_MULT" value="6"')),
        "UNIT_MULT is '6'",
    ),
    "unknown place": (
        "people",
        changed("people.json", ('"zenda"', '"Zendda"')),
        "there is no place called 'Zendda' on the map 3; the nearest valid value is 'Zenda'.",
    ),
    "unknown code": (
        "internet",
        changed("internet.json", ('"RT"', '"RTX"')),
        "geo = 'RTX' has no word in live.toml; the nearest valid value is 'RT'.",
    ),
    "duplicated cell": (
        "shop",
        changed("shop.csv", ("2026,total", "2025,total")),
        "the answer has two figures of (Ruritania, 2025, gmv_total).",
    ),
    "no number": (
        "shop",
        changed("shop.csv", ("5.1", "five")),
        "row 3: 'five' is not a number.",
    ),
    "no year": (
        "shop",
        changed("shop.csv", ("RT,2026", "RT,2026/27")),
        "'2026/27' is not a time with one year.",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_one_sentence(case, known, untouched, office, capsys):
    name, does, sentence = FAILURES[case]
    path = {"bank": "bank.xml", "people": "people.px", "internet": "internet.json"}
    office.instead[path.get(name, "shop.csv")] = [does]
    before = state(untouched)
    sources = {name: dt.data.read_live_sources(untouched)[name]}
    found, _, failed = cli._ask_all(sources, None, known)
    said = [line for line in capsys.readouterr().err.splitlines() if "Asking" not in line]
    assert (found, failed, len(said)) == ([], 1, 1), said
    assert said[0].startswith(f"digitransform: {name}: ") and sentence in said[0]
    assert state(untouched) == before


def test_a_figure_out_of_bounds_is_refused_by_the_collection(say, country, office):
    office.instead["internet.json"] = [changed("internet.json", ("80.5", "805"))]
    before = state(country)
    code, out, err = say("--source", "internet", "--yes")
    assert code == 2 and "internet_users_pct = 805 is outside" in err and state(country) == before


def test_one_source_that_fails_does_not_keep_the_others_back(say, country, office):
    office.instead["internet.json"] = [lambda h: h.send(b"", 404)]
    code, out, err = say("--source", "internet", "--source", "shop", "--yes")
    assert code == 2 and "404" in err
    assert b",2026,,gmv_total,5.1," in state(country)["observations/emarket.csv"]


@pytest.mark.parametrize("first", [lambda h: h.send(b"", 500), cut, slow])
def test_what_may_be_over_in_a_second_is_tried_again(first, known, untouched, office):
    recorded = (FILES / "shop.csv").read_bytes()
    office.instead["shop.csv"] = [first, lambda h: h.send(recorded)]
    assert told(news(known, untouched, "shop"), "added") == [(2026, "", 5.1)]
    assert len(office.asked) == 2


def test_a_redirection_to_the_web_is_followed_and_kept_in_mind(office, untouched):
    office.instead["old.csv"] = [redirect("/shop.csv")]
    answer = dt.data.fetch(f"http://127.0.0.1:{office.server_port}/old.csv")
    assert answer.address.endswith("/old.csv") and answer.answered_by.endswith("/shop.csv")


def test_no_password_of_the_machine_is_sent(office, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    heads = []

    def remember(h):
        heads.append(dict(h.headers))
        h.send(b"a,b\n")

    office.instead["shop.csv"] = [remember]
    dt.data.fetch(f"http://127.0.0.1:{office.server_port}/shop.csv")
    assert "Authorization" not in heads[0]


def test_without_the_extra_one_sentence_names_it(known, untouched, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "requests", None)
    sources = {"shop": dt.data.read_live_sources(untouched)["shop"]}
    assert cli._ask_all(sources, None, known) == ([], [], 1)
    assert "pip install 'digitransform[live]'" in capsys.readouterr().err


SLIPS = {
    'interface = "csv"': ('interface = "cvs"', "'cvs' is not one of sdmx, pxweb, jsonstat, csv"),
    'table = "observations/emarket"': ('table = "observations/market"', "no table"),
    'measure = "gmv_total"': ('measure = "gmv_totl"', "there is no measure 'gmv_totl'"),
    'source = "s9003"': ('source = "s9009"', "there is no source 's9009'"),
    "only = { country": ("onyl = { country", "'onyl' is not a key of a live source"),
    'address = "{server}/shop.csv"': ('address = "file:///etc/passwd"', "is not a web address"),
    'note = "as of': ('remark = "as of', "has no column 'remark' to fill"),
}


@pytest.mark.parametrize("old", SLIPS)
def test_a_slip_in_the_declaration_is_one_sentence(old, untouched, tmp_path):
    new, sentence = SLIPS[old]
    said = (FILES / "live.toml").read_text(encoding="utf-8")
    assert old in said
    for name in ("datapackage.json", "indicators.toml", "sources.csv"):
        shutil.copy(untouched / name, tmp_path)
    said = said.replace(old, new).replace("{server}", "http://127.0.0.1")
    (tmp_path / "live.toml").write_text(said, encoding="utf-8")
    with pytest.raises(dt.DataError, match="^live.toml, column") as error:
        dt.data.read_live_sources(tmp_path)
    assert sentence in str(error.value)
