"""Debian's Chromium, driven by Playwright: one for the whole run, a fresh profile for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.needs import ROOT, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PHONE = (390, 844)
SMALL_PHONE = (360, 640)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium_program() -> str:
    """Where it is; the test skips where it is not."""
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or missing("chromium", "apt-get install chromium")
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window. Starting it takes seconds."""
    program = chromium_program()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, headless=True, args=list(FLAGS), env=_environment()
        )
        try:
            yield browser
        finally:
            browser.close()


def _environment() -> dict[str, str | float | bool]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}


@contextmanager
def phone(
    browser: Browser, *, size: tuple[int, int] = PHONE, dark: bool = False, scripts: bool = True
) -> Iterator[BrowserContext]:
    """A phone's view of the web, without cookies; times are shown in UTC."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        locale="en-GB",
        timezone_id="UTC",
    )
    context.set_default_timeout(10_000)
    try:
        yield context
    finally:
        context.close()


def artefact(name: str) -> Path:
    """Where a picture is kept for people to look at."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
