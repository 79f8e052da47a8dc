"""Three files describe one environment.

Pyproject.toml declares it, environment.yml repeats it, requirements.lock pins it.
"""

import re
import tomllib

import pytest
import yaml
from notebooks import ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
DECLARED = [
    *PROJECT["project"]["dependencies"],
    *(r for extra in EXTRAS.values() for r in extra),
    *PROJECT["build-system"]["requires"],
]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def pins(lock: str) -> list[tuple[Requirement, list[str]]]:
    "Each pinned requirement with its hashes."
    entries = re.sub(r"^\s*#.*$", "", lock, flags=re.M).replace("\\\n", " ").splitlines()
    found = []
    for entry in filter(str.strip, entries):
        requirement, *hashes = entry.split("--hash=")
        found.append((Requirement(requirement.strip()), [h.strip() for h in hashes]))
    return found


def troubles(lock: str, declared: list[str]) -> list[str]:
    """What would keep this lock from being a complete, checkable, address-free list of the
    declared packages.
    """
    found = [
        f"an address or an index option: {line.strip()}"
        for line in lock.splitlines()
        if re.search(r"://|^\s*-(?!-hash)|(?<!\S)--(?!hash=)|\s@\s", line)
        and not line.strip().startswith("#")
    ]
    if found:
        return found
    versions: dict[str, list[str]] = {}
    for pin, hashes in pins(lock):
        if not re.fullmatch(r"==[^*,]+", str(pin.specifier)):
            found.append(f"{pin.name} is not pinned to one version")
        if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes):
            found.append(f"{pin.name} has no sha256 hash")
        if pin.marker is None or pin.marker.evaluate():
            versions.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier)[2:])
    for requirement in map(Requirement, declared):
        pinned = versions.get(canonicalize_name(requirement.name), [])
        if not any(requirement.specifier.contains(v, prereleases=True) for v in pinned):
            found.append(
                f"{requirement} is declared, and the lock holds"
                f" {', '.join(pinned) or 'no version of it'}: run `make lock`"
            )
    return found


def test_environment_has_the_same_python():
    python = next(
        d for d in ENVIRONMENT["dependencies"] if isinstance(d, str) and d.startswith("python")
    )
    version = python.partition("=")[2].strip("=")
    assert version in SpecifierSet(PROJECT["project"]["requires-python"])
    assert PROJECT["project"]["requires-python"].startswith(f">={version}"), (
        "environment.yml should hold the oldest Python that is supported"
    )


def test_environment_installs_this_package_with_every_extra():
    pip = next(d["pip"] for d in ENVIRONMENT["dependencies"] if isinstance(d, dict))
    editable = [re.fullmatch(r"-e \.\[([\w,-]+)\]", line) for line in pip]
    assert len(pip) == 1 and editable[0], (
        f"environment.yml should install only `-e .[...]`, and says {pip}"
    )
    assert sorted(editable[0][1].split(",")) == sorted(EXTRAS)
    assert (
        "pip" in ENVIRONMENT["dependencies"] and ENVIRONMENT["name"] == PROJECT["project"]["name"]
    )


def test_lock_holds_what_is_declared():
    assert len(pins(LOCK)) > 50
    found = troubles(LOCK, DECLARED)
    assert not found, "\n".join(found)


H = "--hash=sha256:" + "a" * 64


@pytest.mark.parametrize(
    "lock, said",
    [
        (f"numpy==2.4.0 {H}\n", "pandas>=3 is declared"),
        (f"pandas==2.9 {H}\n", "the lock holds 2.9"),
        ("pandas==3.1\n", "no sha256"),
        (f"pandas>=3 {H}\n", "not pinned"),
        (f"pandas @ https://example.org/pandas.whl {H}\n", "an address"),
        (f"--index-url https://example.org\npandas==3.1 {H}\n", "an address"),
        (f"--find-links wheels\npandas==3.1 {H}\n", "an address"),
        (f"pandas==3.1 ; python_version < '3' {H}\n", "no version of it"),
    ],
)
def test_a_bad_lock_is_reported(lock, said):
    assert any(said in trouble for trouble in troubles(lock, ["pandas>=3"]))


def test_a_good_lock_is_not():
    assert not troubles(
        f"pandas==3.1 \\\n    {H} \\\n    {H}\n    # via digitransform\n", ["pandas>=3"]
    )
