"""What the pages say of a public function or class: how to import it, its signature, its docstring.

All is read from the source text: nothing is imported or executed.
"""

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "digitransform"
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.M)
WIDTH = 66  # what a page shows of a line without scrolling
ENTRIES = ("Parameters", "Returns", "Yields", "Raises", "Attributes")


@dataclass(frozen=True)
class Definition:
    "A public function or class of a module; `source` is the text of the file or cell it is in."

    module: str
    node: ast.ClassDef | ast.FunctionDef
    source: str

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def anchor(self) -> str:
        "Where it is on its page; capitals do not count there, and a class may share its name."
        kind = "class" if isinstance(self.node, ast.ClassDef) else "function"
        return f"{kind}-{self.module}.{self.name}".lower()

    @property
    def summary(self) -> str:
        "The first paragraph of its docstring, in one line."
        return (ast.get_docstring(self.node) or "").split("\n\n")[0].replace("\n", " ")


def definitions(module: str, source: str) -> list[Definition]:
    "The public functions and classes that the text `source` of a module defines."
    kinds = ast.ClassDef | ast.FunctionDef
    found = [node for node in ast.parse(source).body if isinstance(node, kinds)]
    return [Definition(module, n, source) for n in found if not n.name.startswith("_")]


def all_definitions() -> list[Definition]:
    "Those of the whole package, by name."
    found = []
    for path in sorted(PACKAGE.glob("*/*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        found += definitions(module, path.read_text(encoding="utf-8"))
    return sorted(found, key=lambda d: (d.name.lower(), d.module))


@functools.cache
def offered() -> dict[str, str]:
    "By module and name, as what `import digitransform as dt` offers it: `dt.forecast`."
    found = {}
    for path in [PACKAGE / "__init__.pyi", *sorted(PACKAGE.glob("*/__init__.pyi"))]:
        part = path.parent.relative_to(PACKAGE).as_posix().strip(".")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                above = f"{part}.{node.module}" if part else node.module
                for name in node.names:
                    said = ".".join(filter(None, ["dt", part, name.asname or name.name]))
                    found.setdefault(f"{above}.{name.name}", said)
    return found


def documentation(found: Definition, level: int = 3) -> str:
    """The Markdown of its place on a page: anchor, name, import, signature, docstring, methods.

    `level` is that of its title.
    """
    full = f"{found.module}.{found.name}"
    short = offered().get(full)
    lines = [f"from digitransform.{found.module} import {found.name}"]
    if short:
        lines.append(f"import digitransform as dt  # the same as {short}")
    code = "\n".join([*lines, "", _signature(found.node, found.source)])
    parts = [f"({found.anchor})=\n{'#' * level} {found.name}", f"```python\n{code}\n```"]
    parts += docstring(ast.get_docstring(found.node) or "")
    if isinstance(found.node, ast.ClassDef):
        parts += _methods(found.node, found.source)
    return "\n\n".join(parts)


def docstring(text: str) -> list[str]:
    "A docstring in the style of numpydoc as paragraphs and lists; its titles are no headings."
    before, *rest = SECTION.split(text)
    parts = [before.strip()] if before.strip() else []
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        parts.append(f"**{title}**")
        parts.append(_entries(body) if title in ENTRIES else _prose(body))
    return parts


def _prose(body: str) -> str:
    "A section of plain text; examples keep their prompt, in a block of code."
    if ">>>" in body:
        return f"```pycon\n{body.strip()}\n```"
    return body.strip()


def _entries(body: str) -> str:
    "A section of entries as a list of definitions."
    found: list[tuple[str, list[str]]] = []
    for line in body.strip("\n").splitlines():
        if line and not line.startswith(" "):
            found.append((line.strip(), []))
        elif found:
            found[-1][1].append(line.removeprefix("    "))
    return "\n\n".join(_term(name, "\n".join(lines).strip()) for name, lines in found)


def _term(name: str, text: str) -> str:
    "One term with its meaning; a term without one is a paragraph."
    ticks = "``" if "`" in name else "`"
    term = f"{ticks}{name}{ticks}"
    return f"{term}\n: " + text.replace("\n", "\n  ") if text else term


def _signature(node: ast.ClassDef | ast.FunctionDef, source: str) -> str:
    "The head of a definition as it is written; of a class also its fields."
    lines = source.splitlines()
    first = node.body[0].lineno
    head = "\n".join(lines[node.lineno - 1 : first - 1]).strip()
    if not head:  # all in one line
        head = lines[node.lineno - 1].split(":")[0].strip() + ":"
    if not isinstance(node, ast.ClassDef):
        return f"{broken(head)} ..."
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign)]
    shown = ["    " + ast.unparse(field) for field in fields if not _private(field)]
    return "\n".join([head, *shown]) if shown else f"{head} ..."


def broken(head: str) -> str:
    "A long head of a function in one line, broken so that each argument has a line of its own."
    if len(head) <= WIDTH or "\n" in head:
        return head
    start = head.index("(")
    depth, arguments = 0, [""]
    for place, character in enumerate(head[start:], start):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:  # the parenthesis that closes the arguments
            break
        if place > start:
            arguments[-1] += character
        if depth == 1 and character == ",":
            arguments.append("")
    shown = [f"    {argument.strip().rstrip(',')}," for argument in arguments if argument.strip()]
    return "\n".join([head[: start + 1], *shown, head[place:]]) if shown else head


def _private(field: ast.AnnAssign) -> bool:
    return ast.unparse(field.target).startswith("_")


def _methods(node: ast.ClassDef, source: str) -> list[str]:
    "The public methods of a class, each with the first sentence of its docstring."
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
    shown = [n for n in methods if not n.name.startswith("_")]
    if not shown:
        return []
    terms = [_term(_call(n), Definition("", n, source).summary) for n in shown]
    return ["**Methods**", "\n\n".join(terms)]


def _call(method: ast.FunctionDef) -> str:
    "How a method is written, without `self`; a property has no parentheses."
    made = [ast.unparse(decorator) for decorator in method.decorator_list]
    if any(name.endswith("property") for name in made):
        return f".{method.name}"
    arguments = re.sub(r"^(self|cls)(, )?", "", ast.unparse(method.args))
    return f".{method.name}({arguments})"
