"""The console as a person has it: a browser, its pages, and what went wrong on them."""

import contextlib
import pathlib
import shutil

from playwright.sync_api import sync_playwright

AUDIT = (pathlib.Path(__file__).parent / "audit.js").read_text().split("\n", 1)[1]
SCREENSHOTS = pathlib.Path(__file__).resolve().parents[2] / ".build" / "console-screenshots"
WIDTHS, SCHEMES = (400, 1600), ("light", "dark")


@contextlib.contextmanager
def browsing():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """One tab, and all that a page should not do."""

    def __init__(self, browser, server):
        self.base = f"http://127.0.0.1:{server.http}"
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{error.message}\n{error.stack}"))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path):
        """A page, once it is there and follows along."""
        self.page.goto(self.base + path)
        self.page.wait_for_selector("main h1")
        self.page.wait_for_selector("#connection.live")
        return self.page

    def resize(self, width, scheme):
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")

    def assert_well(self):
        assert not self.complaints, self.complaints
        strangers = [url for url in self.requests if not url.startswith(self.base)]
        assert not strangers, strangers
        assert self.page.evaluate("window.hacked") is None

    def audit(self):
        return self.page.evaluate(AUDIT)

    def overflow(self):
        """What is wider than the window, and in nothing that scrolls."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility()
                && !node.closest(".scrolling, .heatmap-view, .skip, .unseen, svg, dialog")
                && node.getBoundingClientRect().right > innerWidth + 1).map((node) => node.outerHTML.slice(0, 120))"""
        )

    def photograph(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def close(self):
        self.context.close()
