"""A plugin of pytest: the kernels that nbval starts listen on files of this user, and on no port that others could take."""

from __future__ import annotations

import itertools
import tempfile
from typing import Any

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager


def pytest_configure(config: pytest.Config) -> None:
    """Give nbval, which has no setting for it, a manager of such kernels."""
    folder = tempfile.TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    numbers = itertools.count()

    def manager(**settings: Any) -> KernelManager:
        return KernelManager(transport="ipc", ip=f"{folder.name}/{next(numbers)}", **settings)

    nbval.kernel.KernelManager = manager
