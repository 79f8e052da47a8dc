"""Takes the two pictures of the README: the overview as a browser shows it, and a fan chart.

Needs a published site (`make report`) and a Chromium browser.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"


def newest_edition() -> Path:
    "The folder of the newest published edition."
    found = [p for p in (ROOT / "reports").glob("*/en/index.html")]
    if not found:
        raise SystemExit("Nothing is published yet: run `make report` first.")
    return max(found).parent.parent


def shots(edition: Path) -> None:
    "Write overview.png and fan_chart.png."
    from playwright.sync_api import sync_playwright

    names = ("chromium", "google-chrome", "chromium-browser")
    browser = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 1280, "height": 1500})
        tab.goto((edition / "en" / "index.html").as_uri())
        tab.screenshot(path=PICTURES / "overview.png")
        tab.goto((edition / "en" / "viet-nam.html").as_uri())
        tab.locator("figure").first.screenshot(path=PICTURES / "fan_chart.png")
        chromium.close()


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    shots(newest_edition())
    sys.exit(not all((PICTURES / f"{n}.png").is_file() for n in ("overview", "fan_chart")))
