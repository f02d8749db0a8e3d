"""The wheel has a copy of guidelines/, from which `standpoint init --template standpoint` makes a project."""

from pathlib import Path
from shutil import copytree

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithGuidelines(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:  # then the package finds guidelines/ beside it
            copytree("guidelines", Path(self.build_lib) / "standpoint" / "init" / "guidelines", dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithGuidelines})
