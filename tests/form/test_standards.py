"""What a repository is expected to have, kept in step with what it says elsewhere."""

import json
import re
import tomllib

import pytest
import yaml
from notebooks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_name_their_version(path):
    lines = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert lines
    for line in lines:
        if (ROOT / line).is_file():  # a workflow of our own
            continue
        assert re.fullmatch(r"[\w/.-]+@[0-9a-f]{40}  # v\d+(\.\d+)+", line), line


def test_an_action_has_one_commit_in_all_workflows():
    said = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    pins = set(re.findall(r"uses: ([\w/.-]+)@([0-9a-f]{40})", said))
    assert len(pins) == len({name for name, _ in pins})


def test_a_release_is_published_without_a_password():
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    release = yaml.safe_load(text)
    assert release["permissions"] == {"contents": "read"}
    assert release["jobs"]["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in text and not re.search(r"^ *(password|token):", text, re.M)


def test_continuous_integration_tests_every_python_that_is_promised():
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    tested = ci["jobs"]["test"]["strategy"]["matrix"]["python"]
    promised = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r" 3\.\d", c)]
    assert tested == promised and PROJECT["requires-python"] == f">={tested[0]}"


def test_the_packages_of_the_lock_file_are_audited_on_a_schedule():
    audited = [
        workflow
        for path in WORKFLOWS
        if "schedule:" in (workflow := path.read_text(encoding="utf-8"))
        and re.search(r"run: pipx run pip-audit==\S+ .*requirements\.lock", workflow)
    ]
    assert len(audited) == 1 and (ROOT / "requirements.lock").is_file()


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["title"] == PROJECT["name"] and citation["version"] == PROJECT["version"]
    assert citation["authors"] == PROJECT["authors"]
    assert citation["license"] in PROJECT["license"]


def test_the_licence_of_the_typeface_is_declared_and_packed():
    assert "OFL-1.1" in PROJECT["license"]
    assert all((ROOT / path).is_file() for path in PROJECT["license-files"])
    fonts = {path.suffix for path in (ROOT / "digitransform/style/fonts").iterdir()}
    assert fonts == {".ttf", ".txt", ".md"}


def test_other_ways_to_an_environment_use_what_make_uses():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make setup"
    assert (ROOT / ".binder/requirements.txt").read_text().strip() == "-r ../requirements.lock"
    assert "--no-deps" in (ROOT / ".binder/postBuild").read_text()
    bots = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert {bot["package-ecosystem"] for bot in bots} == {"github-actions", "pip"}


def test_what_no_test_reaches_is_looked_for_on_a_schedule():
    "Notebooks and reports run in forked processes, so coverage has to follow them."
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    measured = settings["tool"]["coverage"]["run"]
    assert {"fork", "subprocess"} <= set(measured["patch"]) and measured["parallel"]
    weekly = yaml.safe_load((ROOT / ".github/workflows/campaign.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for step in weekly["jobs"]["coverage"]["steps"]]
    assert any(step.startswith("make coverage") for step in steps)
    assert "coverage run -m pytest" in (ROOT / "Makefile").read_text(encoding="utf-8")
