"""Which packages a wheel holds; all else is in pyproject.toml, where packages can only be found or only be named."""

from setuptools import find_namespace_packages, setup

RELEASED = "handgrad.released"
"""Lies in release/, where nbgrader writes it."""

setup(
    packages=[
        *find_namespace_packages(include=["handgrad", "handgrad.*"], exclude=["*.__pycache__"]),
        RELEASED,
        *(f"{RELEASED}.{name}" for name in find_namespace_packages("release")),
    ]
)
