"""Measures how smoothly a conversation of 500 messages scrolls in Chromium.

    python -m benchmarks.scrolling [--messages 500]

Opens it in the real page (no model is involved), scrolls up until all of it is loaded, then turns
the wheel from the top to the end. Counts for each direction: frames drawn, frames later than two
periods of 60 Hz, and tasks that blocked the page for more than 50 ms.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.long_chat import bring_in
from tests.fake_server import FakeServerProcess

WATCH = """() => {
    const seen = (window.seen = {frames: 0, late: 0, longest: 0, tasks: [], on: true});
    let last = performance.now();
    const frame = (now) => {
        seen.frames += 1;
        if (now - last > 34) seen.late += 1;
        seen.longest = Math.max(seen.longest, now - last);
        last = now;
        if (seen.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
        if (seen.on) seen.tasks.push(...list.getEntries().map((one) => one.duration));
    }).observe({type: "longtask"});
}"""
WHEEL_PX = 400
#: Pixels below the visible part.
REST = """() => {
    const box = document.querySelector(".messages");
    return box.scrollHeight - box.scrollTop - box.clientHeight;
}"""


def wheel(page: Page, down: bool) -> None:
    """Turn the wheel once and wait for the next frame."""
    page.mouse.wheel(0, WHEEL_PX if down else -WHEEL_PX)
    page.evaluate("() => new Promise(requestAnimationFrame)")


def row(label: str, page: Page) -> str:
    """The measurements since `WATCH`."""
    seen: dict[str, Any] = page.evaluate("() => { seen.on = false; return seen; }")
    tasks = seen["tasks"]
    longest = f"{max(tasks):.0f}" if tasks else "–"
    return (
        f"| {label} | {seen['frames']} | {seen['late']} | {seen['longest']:.0f} | {len(tasks)} | "
        f"{longest} |"
    )


def measure(page: Page, url: str, messages: int) -> list[str]:
    """Measure; returns the rows of the table."""
    page.goto(f"{url}/#/c/{bring_in(url, messages)}")
    page.get_by_text(f"Question {messages // 2 - 1}:").wait_for()
    page.mouse.move(1200, 300)
    page.evaluate(WATCH)
    first = page.get_by_text("Question 0:")
    while not first.count():
        wheel(page, down=False)
    rows = [row(f"upwards, {messages} messages loaded on the way", page)]
    page.evaluate("document.querySelector('.messages').scrollTop = 0")
    page.evaluate(WATCH)
    while page.evaluate(REST) > 2:
        wheel(page, down=True)
    return [*rows, row("from the top to the end", page)]


def main() -> None:
    """Measure and print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = FakeServerProcess(Path(folder) / "data")
        server.start().wait_ready()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"],
        )
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            rows = measure(page, server.url, options.messages)
        finally:
            browser.close()
            server.stop()
    print("| Direction | Frames | Late | Longest gap ms | Long tasks | Longest task ms |")
    print("|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
