"""Which packages a wheel holds; all else is in pyproject.toml, where packages can only be found or only be named."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["handgrad", "handgrad.*"]), "handgrad.released"])
