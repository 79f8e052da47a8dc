"""Turns the source notebooks into pages.

`python docs/pages.py README.md` writes the README from nbs/index.ipynb.
Sphinx calls `write_chapters` from conf.py: in a copy of each notebook the documentation of what
a cell exports takes the place of its code, and MyST-NB reads the copy. Nothing is executed here.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "nbs" / "index.ipynb"
CHAPTERS = ROOT / "docs" / "chapters"
DIRECTIVES = re.compile(r"^#\s*\|.*\n?", re.M)
HIDDEN = re.compile(r"^#\s*\|\s*(hide|default_exp)\b", re.M)
EXPORTED = re.compile(r"^#\s*\|\s*export\b", re.M)
FENCE = re.compile(r"(^```.*?^```[^\S\n]*$)", re.M | re.S)
SECTION = re.compile(r"^## ", re.M)
NAME = re.compile(r"(?<![`\[])`([A-Za-z]\w+)`(?!`)")
OUTSIDE = re.compile(r"\[([^]]+)\]\(\.\./\.\./([^)]+)\)")
PARTS = {
    "1_core": "1 What knows nothing of the subject",
    "2_data": "2 What was published",
    "3_measurement": "3 How the share is measured",
    "4_models": "4 From information to draws",
    "5_evaluation": "5 How good a forecast is",
    "6_policy": "6 What people ask",
    "7_edition": "7 One publication, computed once",
    "8_report": "8 What readers get",
    "9_publish": "9 Making only what is stale",
    "studies": "Studies",
}
FIELDS = {
    "markdown": ("id", "cell_type", "metadata", "source"),
    "code": ("id", "cell_type", "metadata", "source", "execution_count", "outputs"),
}


def load(path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def readme(index: Path = INDEX) -> str:
    "The index notebook as plain Markdown: prose as it stands, code in fences, no hidden cells."
    origin = index.relative_to(ROOT).as_posix()
    parts = [f"<!-- Made from {origin} by `make export`; edit it there. -->"]
    for cell in load(index)["cells"]:
        source = "".join(cell["source"])
        code = DIRECTIVES.sub("", source).strip()
        if cell["cell_type"] == "markdown":
            parts.append(source.strip())
        elif code and not HIDDEN.search(source):
            parts.append(f"```python\n{code}\n```")
    return "\n\n".join(parts) + "\n"


def public_definitions(cell: dict, module: str | None, level: int) -> list[str]:
    "Documentation of what an exported cell defines, in place of its code; titles of that level."
    from definitions import definitions, documentation

    return [documentation(found, level) for found in definitions(module, cell["source"])]


def import_line(module: str) -> str:
    "Says under the title which module the chapter is, and how to import it."
    return f"Module `digitransform.{module}` · `from digitransform.{module} import …`"


def page(cells: list[dict], anchors: dict[str, str], module: str | None) -> list[dict]:
    "The cells of one page. `anchors` maps the name of a function or class to its place."
    made = []
    level = 2
    for number, cell in enumerate(cells):
        cell = dict(cell, metadata={}, source="".join(cell["source"]))
        if cell["cell_type"] == "code" and (HIDDEN.search(cell["source"]) or not cell["source"]):
            continue
        if cell["cell_type"] == "markdown":
            level = 3 if SECTION.search(cell["source"]) else level  # under a title of the prose
            made.append(cell | {"source": linked(cell["source"], anchors)})
        elif EXPORTED.search(cell["source"]):
            shown = public_definitions(cell, module, level)
            made += [markdown(f"{cell['id']}-{k}", text) for k, text in enumerate(shown)]
        else:
            made.append(cell | {"source": DIRECTIVES.sub("", cell["source"]).strip()})
        if module and number == 0:
            made.append(markdown("import-line", import_line(module)))
    return [{key: c[key] for key in FIELDS[c["cell_type"]] if key in c} for c in made]


def markdown(name: str, text: str) -> dict:
    return dict(id=name, cell_type="markdown", metadata={}, source=text)


def linked(text: str, anchors: dict[str, str]) -> str:
    "Prose in which the name of a function or class leads to its place; code and titles stay."
    text = OUTSIDE.sub(r"\1 (`\2`)", text)  # a file of the repository has no page
    parts = FENCE.split(text)  # every other one is a block of code
    for k in range(0, len(parts), 2):
        lines = parts[k].split("\n")
        parts[k] = "\n".join(x if x.startswith("#") else _linked_line(x, anchors) for x in lines)
    return "".join(parts)


def _linked_line(line: str, anchors: dict[str, str]) -> str:
    def link(match: re.Match) -> str:
        anchor = anchors.get(match[1])
        return f"[{match[0]}](#{anchor})" if anchor else match[0]

    return NAME.sub(link, line)


def module_of(path: Path) -> str | None:
    "The module that the source notebook of a page exports to."
    source = ROOT / "nbs" / path
    text = source.read_text(encoding="utf-8") if source.is_file() else ""
    found = re.search(r"#\| default_exp ([\w.]+)", text)
    return found[1] if found else None


def write_chapters(executed: bool = True) -> None:
    "Fill docs/chapters/ with one page per source notebook, with outputs if `executed`."
    if executed:
        from execute import run_all

        source = run_all()
    else:
        source = ROOT / "nbs"
    anchors = unique_anchors()
    made = {Path("index.md"): index_of_parts()}
    made |= {Path(part) / "index.md": index_of_part(part) for part in PARTS}
    for path in sorted(source.glob("[!.]*/*.ipynb")):
        name = path.relative_to(source)
        raw = load(path)
        raw["cells"] = page(raw["cells"], anchors, module_of(name))
        made[name] = json.dumps(raw, ensure_ascii=False, indent=1) + "\n"
    for path in CHAPTERS.glob("*/*.*"):
        if path.relative_to(CHAPTERS) not in made:
            path.unlink()
    for name, text in made.items():
        write(CHAPTERS / name, text)
    write(ROOT / "docs" / "names.md", index_of_names())


def write(path: Path, text: str) -> None:
    "Write `text`, but leave a file that has it already: Sphinx then takes its page as built."
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _sources() -> list[Path]:
    "The source notebooks, as paths below nbs/."
    return [p.relative_to(ROOT / "nbs") for p in sorted((ROOT / "nbs").glob("[0-9]_*/*.ipynb"))]


def unique_anchors() -> dict[str, str]:
    "By name of a function or class that only one module has: its place."
    from definitions import all_definitions

    found = all_definitions()
    times = Counter(definition.name for definition in found)
    return {d.name: d.anchor for d in found if times[d.name] == 1}


def title_and_summary(notebook: Path) -> tuple[str, str]:
    "What stands in the first cell of a notebook: its title, and the sentence under it."
    first = "".join(load(notebook)["cells"][0]["source"])
    title, summary = re.match(r"# (.+)\n+(?:> (.+))?", first + "\n").groups()
    return title, summary or ""


def index_of_part(part: str) -> str:
    "The page of a part: its chapters, each with the sentence under its title."
    lines = [f"# {PARTS[part]}", ""]
    paths = sorted((ROOT / "nbs" / part).glob("*.ipynb"))
    for path in paths:
        title, summary = title_and_summary(path)
        lines += [
            f"- [{title}]({path.name}): {summary}" if summary else f"- [{title}]({path.name})"
        ]
    return "\n".join([*lines, "", *toctree(path.stem for path in paths)])


def index_of_parts() -> str:
    "The page of the nine parts: each with its chapters."
    lines = ["# The nine parts", "", "A part imports only from parts of a smaller number.", ""]
    numbered = [part for part in PARTS if part[0].isdigit()]
    for part in numbered:
        paths = sorted((ROOT / "nbs" / part).glob("*.ipynb"))
        links = [f"[{title_and_summary(p)[0]}]({part}/{p.name})" for p in paths]
        lines += [f"- [{PARTS[part]}]({part}/index.md): {' · '.join(links)}"]
    return "\n".join([*lines, "", *toctree(f"{part}/index" for part in numbered)])


def toctree(names) -> list[str]:
    return ["```{toctree}", ":hidden:", "", *names, "```", ""]


def bibtex(project: dict) -> str:
    "The package as an entry of BibTeX, in a block of code; `project` is that of pyproject.toml."
    fields = {
        "author": "{" + project["authors"][0]["name"] + "}",
        "title": project["name"],
        "version": project["version"],
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items()]
    return "\n".join([f"```bibtex\n@software{{{project['name']},", *lines, "}\n```"])


def index_of_names() -> str:
    "All public names of the package: name, module with a link to its page, first sentence."
    from definitions import all_definitions

    lines = ["# Index of names", "", "| name | module | what it is |", "|---|---|---|"]
    chapter = {module_of(p): p for p in _sources()}
    for found in all_definitions():
        page = chapter.get(found.module)
        module = f"`digitransform.{found.module}`"
        where = f"[{module}](chapters/{page.as_posix()})" if page else module
        name = f"[`{found.name}`](#{found.anchor})" if page else f"`{found.name}`"
        summary = found.summary.replace("|", "\\|")
        lines.append(f"| {name} | {where} | {summary} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python docs/pages.py README.md   (or - for the standard output)")
    if sys.argv[1] == "-":
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        sys.stdout.write(readme())
    else:
        Path(sys.argv[1]).write_text(readme(), encoding="utf-8", newline="\n")
