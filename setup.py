"""Puts the collection (data/, the report templates, settings.ini) inside the wheel, as digitransform/collection/.

An editable install copies nothing: the package then finds the checkout's own folders beside it.
"""
from pathlib import Path
from shutil import copy2

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithCollection(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            for source, target in self.collection().items():
                self.mkpath(str(target.parent))
                copy2(source, target)

    def get_outputs(self, include_bytecode=True):
        return super().get_outputs(include_bytecode) + [str(target) for target in self.collection().values()]

    def collection(self):
        "Each file of the collection, and where it goes below the build folder."
        here = Path(__file__).parent
        files = [p for p in here.glob("data/**/*") if p.is_file() and not p.name.startswith(".")]
        files += [*here.glob("reports/*.ipynb"), *here.glob("settings.ini")]
        return {p: Path(self.build_lib, "digitransform", "collection", p.relative_to(here)) for p in sorted(files)}


setup(cmdclass={"build_py": BuildWithCollection})
