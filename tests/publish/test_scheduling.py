"""The schedules in the workflows and in the documentation.

They name commands that exist, and the day and hour the pages announce.
"""

import re
import shlex
import tomllib
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
import yaml
from notebooks import ROOT

from digitransform.data import read_package
from digitransform.publish.cli import command_line
from digitransform.publish.settings import read_settings

PUBLISH = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8"))
MONTHLY = yaml.safe_load((ROOT / ".github/workflows/monthly.yml").read_text(encoding="utf-8"))
CANARY = yaml.safe_load((ROOT / ".github/workflows/canary.yml").read_text(encoding="utf-8"))
CI = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
DOC = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
SETTINGS = read_settings(ROOT / "settings.ini")
ZONE = read_package(SETTINGS.data)["locale"]["timezone"]
ON = True  # YAML 1.1 reads the key `on` so


def test_the_workflow_runs_on_the_day_the_pages_announce_at_eight_in_the_country():
    minute, hour, day, month, weekday = MONTHLY[ON]["schedule"][0]["cron"].split()
    assert (int(day), month, weekday) == (SETTINGS.update_day, "*", "*")
    there = datetime(2026, 12, int(day), int(hour), int(minute), tzinfo=timezone.utc).astimezone(
        ZoneInfo(ZONE)
    )
    assert (there.day, there.hour, there.minute) == (SETTINGS.update_day, 8, 0)


def test_the_documentation_gives_the_same_day_and_hour():
    assert re.search(rf"^CRON_TZ={ZONE}\n0 8 {SETTINGS.update_day} \* \*  ", DOC, re.M)
    assert f"OnCalendar=*-*-{SETTINGS.update_day:02} 08:00:00 {ZONE}" in DOC
    assert PUBLISH["env"]["TZ"] == ZONE


def test_what_publishing_depends_on_starts_it():
    paths = PUBLISH[ON]["push"]["paths"]
    for path in ("data/**", "reports/*.ipynb", "digitransform/**", "settings.ini"):
        assert path in paths
    for path in paths:
        assert list(ROOT.glob(path)), f"{path} matches nothing"


def commands(text: str) -> list:
    return [
        shlex.split(line.partition("#")[0])[1:]
        for line in re.findall(
            r"(?:^|[/\s`])(digitransform (?:publish|check|status|verify|forecast|units)[^\n`;]*)",
            text,
            re.M,
        )
    ]


@pytest.mark.parametrize(
    "words",
    [
        w
        for text in (DOC, (ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8"))
        for w in commands(text)
    ],
    ids=" ".join,
)
def test_commands_that_are_named_exist(words):
    command_line().parse_args(words)


def test_continuous_integration_runs_what_a_person_runs():
    assert [s["run"] for s in CI["jobs"]["test"]["steps"] if "run" in s] == [".ci/run"]
    assert re.search(r"^make test$", (ROOT / ".ci/run").read_text(), re.M)


def test_workflows_may_do_no_more_than_they_must():
    assert CI["permissions"] == {"contents": "read"}
    assert PUBLISH["permissions"] == {"contents": "write"}
    assert MONTHLY["permissions"] == {"contents": "write"}
    assert MONTHLY["jobs"]["keep-schedule"]["permissions"] == {"actions": "write"}
    assert CANARY["permissions"] == {"contents": "read"}


def test_quiet_months_silence_no_push():
    assert "schedule" not in PUBLISH[ON] and "push" in PUBLISH[ON]
    assert MONTHLY["jobs"]["publish"]["uses"] == "./.github/workflows/publish.yml"
    assert "workflow_call" in PUBLISH[ON]


def test_the_schedule_outlives_sixty_quiet_days():
    job = MONTHLY["jobs"]["keep-schedule"]
    assert job["if"] == "always()"
    assert "monthly.yml/enable" in job["steps"][0]["run"]
    assert "60 days" in DOC and "gh workflow enable monthly.yml" in DOC


def test_the_canary_takes_the_newest_libraries_and_not_the_locked_ones():
    assert CANARY[ON]["schedule"]
    runs = " ".join(step.get("run", "") for step in CANARY["jobs"]["newest"]["steps"])
    assert "--upgrade-strategy eager" in runs and "requirements.lock" not in runs
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(re.search(r"'\.\[(.*?)\]'", runs)[1].split(",")) == set(
        extras["optional-dependencies"]
    )
