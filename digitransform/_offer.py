"""What the package and its parts offer: each name is loaded when it is first used.

A slip gets the nearest name. This file is written by hand, like the `__init__` of each part.
"""

from collections.abc import Callable

import lazy_loader


def attach(package: str, file: str) -> tuple[Callable, Callable, list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package, from the stub beside its `__init__`.

    Parameters
    ----------
    package, file : str
        `__name__` and `__file__` of the package.

    Returns
    -------
    tuple
        The three functions and lists, to be assigned.
    """
    load, names, offered = lazy_loader.attach_stub(package, file)

    def getattr_(name: str):
        if name in offered or name.startswith("_"):
            return load(name)
        hint = _hint(name, offered)
        raise AttributeError(f"module {package!r} has no attribute {name!r}{hint}", name=name)

    return getattr_, names, offered


def _hint(name: str, offered: list[str]) -> str:
    "The nearest name, those of the same case first."
    from .core.names import nearest

    same_case_first = sorted(offered, key=lambda known: known[0].islower() != name[0].islower())
    near = nearest(name, same_case_first)
    return f"; did you mean {near!r}?" if near else ""
