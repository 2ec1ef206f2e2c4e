"""A browser, and JupyterLab with folders of its own, as a student's or an instructor's."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from PIL import Image, ImageColor
from playwright.sync_api import Browser, FrameLocator, Locator, Page, ViewportSize, expect, sync_playwright

from handgrad.assignments.drawing import LINE

# containers, and root, cannot start the browser's own sandbox; every page it opens is ours
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

PATIENCE = 60_000
"""Milliseconds to wait for anything, on a machine that is busy with other tests."""

expect.set_options(timeout=PATIENCE)

failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note that a test has failed, for the picture that is then taken."""
    report = yield
    item.stash[failed] = item.stash.get(failed, False) or report.failed
    return report


def chromium() -> str:
    """Return the path of the browser; skip where there is none, and fail in the gate."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    why = "there is no Chromium here; on Debian `sudo apt install chromium` brings it"
    if os.environ.get("CI"):
        pytest.fail(f"the gate must run the tests in the browser, but {why}")
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """The folder for screenshots: that of the environment variable HANDGRAD_SCREENSHOTS, or a temporary one."""
    folder = Path(os.environ.get("HANDGRAD_SCREENSHOTS", tmp_path / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    environment: dict[str, str]

    def url(self, path: str) -> str:
        """Return the address of a page, with the token."""
        return f"{self.address}/{path}?token={self.token}"


def own_folders(base: Path, theme: str = "JupyterLab Light") -> dict[str, str]:
    """Return an environment in which Jupyter reads and writes nothing but folders of its own."""
    settings = base / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "run", "HOME": "home"}
    for folder in names.values():
        (base / folder).mkdir(exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "HANDGRAD"))}
    return {**kept, **{name: str(base / folder) for name, folder in names.items()}}


@contextmanager
def jupyterlab(root: Path, environment: dict[str, str], cwd: Path) -> Iterator[Lab]:
    """Run JupyterLab on a folder, on loopback, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    log = Path(environment["HOME"]) / "jupyterlab.log"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}"]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    lab = Lab(f"http://127.0.0.1:{port}", token, environment)
    try:
        answered(lab, server, log)
        yield lab
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answered(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(lab.url("api/status"), timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)


def check_accessible(page: Page) -> None:
    """Fail where axe finds that somebody could not use a page, by the rules of WCAG 2.1 at levels A and AA."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    # what is folded counts, too; and whoever has a keyboard alone scrolls a long formula in any browser of today
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, {"exclude": [["math[display=block]"]]}, rules)
    assert found["passes"], "axe has looked at nothing"
    told = [
        f"{one['id']} ({one['impact']}): {one['help']}; " + ", ".join(str(node["target"]) for node in one["nodes"][:5])
        for one in found["violations"]
    ]
    assert not told, "\n".join([page.url, *told])


def brightness(colour: tuple[int, ...]) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    channels = [value / 255 for value in colour[:3]]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def drawn_readably(shown: Locator) -> None:
    """Hold the lines and words of a picture against the ground that the page gives it."""
    corner = Image.open(io.BytesIO(shown.screenshot())).convert("RGB").crop((2, 2, 3, 3))
    ground, ink = brightness(tuple(corner.tobytes())), brightness(ImageColor.getrgb(LINE))
    assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5


def listening(formgrader: Page | FrameLocator) -> None:
    """Wait until formgrader saves what is typed: its fields are there before its script has read the marks."""
    for field in (".extra-credit", "textarea.comment"):
        expect(formgrader.locator(field).last).to_have_attribute("placeholder", re.compile("."))


Start = Callable[..., Lab]
Open = Callable[..., Page]


@pytest.fixture
def start_lab() -> Iterator[Start]:
    """Start JupyterLab as :func:`jupyterlab` does; it ends with the test."""
    with ExitStack() as running:
        yield lambda *arguments: running.enter_context(jupyterlab(*arguments))


@pytest.fixture
def open_page(browser: Browser, pictures: Path, start_lab: Start, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a page of some width; where the test fails, a picture of each is kept, while the server still runs."""
    pages: list[Page] = []

    def opened(url: str, width: int = 1300, height: int = 950) -> Page:
        phone = width < 500
        page = browser.new_page(viewport=ViewportSize(width=width, height=height), is_mobile=phone, has_touch=phone)
        pages.append(page)
        page.set_default_timeout(PATIENCE)
        # nothing of ours needs the web, and a test must not wait for it
        page.route(lambda address: "//127.0.0.1" not in address and address.startswith("http"), lambda r: r.abort())
        page.goto(url, wait_until="domcontentloaded")
        return page

    yield opened
    for number, page in enumerate(pages):
        if request.node.stash.get(failed, False):
            path = pictures / f"failed-{request.node.name}-{number}.png"
            page.screenshot(path=path)
            print(f"what the browser showed at {page.url}: {path}")
        page.close()
