"""The site in a real browser: headless Chromium opens every kind of page.

From a file and from a server, in light and dark, by keyboard alone.

Skipped, with the reason, where no Chromium is installed; `apt-get install chromium` is enough."""

import functools
import http.server
import shutil
import threading
from dataclasses import replace

import pandas as pd
import pytest
from fictional import write_fictional
from pretended import pretended
from shown import notebook

from digitransform.data.collection import read_collection
from digitransform.edition.edition import make_edition
from digitransform.publish.settings import read_settings
from digitransform.report.changes_page import write_changes
from digitransform.report.comparison import write_comparison
from digitransform.report.contributions_page import write_contributions
from digitransform.report.measurement_page import write_measurement
from digitransform.report.mergers_page import write_mergers
from digitransform.report.methods_page import write_methods
from digitransform.report.overview import write_overview
from digitransform.report.page import write_page
from digitransform.report.readiness_page import write_readiness
from digitransform.report.scenarios_page import write_scenarios
from digitransform.report.sections import sections
from digitransform.report.site import write_site
from digitransform.report.view import unit_report

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
CHROMIUM = next(
    filter(
        None,
        map(
            shutil.which,
            ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
        ),
    ),
    None,
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"
)

DAY = "2026-10-01"
LANGUAGES = ("vi", "en")
KINDS = (
    "index",
    "strelsau",
    "tarlenheim",
    "compare",
    "changes",
    "scenarios",
    "methods",
    "contributions",
    "mergers",
    "readiness",
)  # tarlenheim was formed from two provinces and has no figure of its own
PAGES = ["index.html"] + [
    f"{DAY}/{language}/{kind}.html" for language in LANGUAGES for kind in KINDS
]
WCAG = dict(
    runOnly=dict(type="tag", values=["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]),
    resultTypes=["violations"],
)
COLOURS = dict(
    runOnly=dict(type="rule", values=["color-contrast", "link-in-text-block"]),
    resultTypes=["violations"],
)


def earlier(edition):
    "The edition of a year ago: a figure less, one revised since, lower forecasts, a target less."
    tables = dict(edition.tables)
    figures = tables["evidence"].copy()
    used = figures.index[(figures.unit == "RT") & (figures.measure == "official") & figures.used]
    figures.loc[used[0], "value"] -= 0.3
    tables["evidence"] = figures.drop(used[-1])
    tables["quantiles"] = tables["quantiles"].assign(value=tables["quantiles"].value * 0.97)
    tables["targets"] = tables["targets"].iloc[:-1]
    return replace(
        edition,
        manifest=edition.manifest | dict(id="2025-10-01", as_of="2025-10-01"),
        tables=tables,
    )


@pytest.fixture(scope="module")
def site(once):
    return once("site", write_whole_site) / "out"


def write_whole_site(root) -> None:
    "Two editions of the fictional country, with every kind of page, in `out` below `root`."
    write_fictional(root / "data")
    goals = pd.read_csv(root / "data" / "targets.csv", dtype=str)
    goals.assign(published="2024-01-15").to_csv(
        root / "data" / "targets.csv", index=False
    )  # undated ones do not count as stated
    (root / "settings.ini").write_text(f"[collection]\ndraws = 100\nas_of = {DAY}\n")
    settings = read_settings(root / "settings.ini")
    edition = make_edition(read_collection(settings.data), settings)
    out = root / "out"
    for one, before in ((earlier(edition), None), (edition, earlier(edition))):
        folder = out / one.id
        (folder / "edition").mkdir(parents=True)
        (folder / "edition" / "manifest.json").write_text(
            f'{{"as_of": "{one.id}", "timezone": "Europe/Vienna"}}'
        )
        for language in LANGUAGES:
            (folder / language).mkdir()
            write_overview(one, folder / language / "index.html", language)
            write_changes(one, before, folder / language / "changes.html", language)
            write_comparison(one, folder / language / "compare.html", language)
            write_scenarios(one, folder / language / "scenarios.html", language)
            write_methods(one, folder / language / "methods.html", language)
            write_contributions(one, folder / language / "contributions.html", language)
            write_mergers(one, folder / language / "mergers.html", language)
            write_readiness(one, folder / language / "readiness.html", language)
            write_measurement(one, folder / language / "measurement.html", language)
            for unit in ("3-01", "3-04") if before else ():
                report = unit_report(one, unit, language)
                write_page(
                    notebook(root, *sections(report)),
                    folder / language / f"{report.slug}.html",
                    edition=one,
                    unit=unit,
                    language=language,
                )
    write_site(out, languages=LANGUAGES)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server(site):
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=site)
    ) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(scope="module")
def browser():
    with api.sync_playwright() as p:
        running = p.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.fixture
def visit(browser, site):
    "Open a page, in a new window or in `tab`; nothing may leave the site, no console message."
    windows = []
    asked = []
    said = []

    def listen(message):
        if message.type in ("error", "warning"):
            said.append(f"{message.text} {message.location['url']}")

    def visit(page, base=None, tab=None, **options):
        if tab is None:
            windows.append(browser.new_context(**options))
            tab = windows[-1].new_page()
            tab.on("request", lambda r: asked.append(r.url))
            tab.on("console", listen)
            tab.on("pageerror", lambda e: said.append(str(e)))
        tab.goto(f"{base or site.as_uri()}/{page}")
        return tab

    yield visit
    for window in windows:
        window.close()
    outside = [
        url for url in asked if not url.startswith((site.as_uri(), "http://127.0.0.1:", "data:"))
    ]
    assert not outside, f"the page asked for {outside}"
    assert not [text for text in said if "favicon" not in text], said


def violations(tab, rules=WCAG):
    found = axe.Axe().run(tab, options=rules).response["violations"]
    return [
        f"{v['id']}: {n['html'][:160]} | {n['failureSummary'][:300]}"
        for v in found
        for n in v["nodes"]
    ]


def tab_to(tab, selector, most=80):
    "Press Tab until the element that `selector` names has the focus."
    for _ in range(most):
        tab.keyboard.press("Tab")
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with the Tab key")


# It is short, and nothing of it is lost


def is_shown(tab, selector):
    return tab.evaluate("s => document.querySelector(s).checkVisibility()", selector)


@pytest.mark.parametrize("unit, language", [("34-24", "vi"), ("34-25", "en")])
def test_a_province_is_at_most_five_screens(browser, tmp_path, unit, language):
    report = unit_report(pretended(), unit, language)
    about = dict(edition=pretended(), unit=unit, language=language)
    page = write_page(notebook(tmp_path, *sections(report)), tmp_path / "page.html", **about)
    tab = browser.new_page(viewport=dict(width=1280, height=900))
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollHeight") <= 5 * 900
    assert is_shown(tab, "#peers table")
    tab.close()


def test_a_link_to_what_is_folded_opens_it_and_print_shows_it(visit):
    folded = visit(f"{DAY}/en/tarlenheim.html")
    assert not is_shown(folded, "#sources")
    folded.emulate_media(media="print")
    assert is_shown(folded, "#sources")
    assert is_shown(visit(f"{DAY}/en/tarlenheim.html#sources"), "#sources")


# Everybody can read it


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(visit, page):
    tab = visit(page, color_scheme="light")
    assert violations(tab) == []
    tab.emulate_media(color_scheme="dark")
    assert violations(tab, COLOURS) == []
    if page.endswith("vi/index.html"):
        tab.locator("#map-former").check()
        tab.locator("#show-chance").check()
        assert violations(tab, COLOURS) == []
        tab.emulate_media(color_scheme="light")
        assert violations(tab, COLOURS) == []


LOOKS = [(scheme, width) for width in (320, 390, 1280) for scheme in ("light", "dark")]
HALVES = ((0, 3, 4), (1, 2, 5))  # of the looks, each with all widths and both schemes
EVERYTHING = (
    dict(  # also what is advised and not required, such as landmarks with names of their own
        rules={"label-content-name-mismatch": dict(enabled=True)},
        resultTypes=["violations"],
    )
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["", *KINDS])
def test_axe_finds_nothing_in_any_look_of_a_page(visit, kind):
    "Each kind of page in each width and in both schemes and languages, with all folds open."
    tab = None
    for i in HALVES[["", *KINDS].index(kind) % 2]:
        scheme, width = LOOKS[i]
        language = LANGUAGES[(i // 2 + i) % 2]  # both languages in both schemes
        page = f"{DAY}/{language}/{kind}.html" if kind else "index.html"
        tab = visit(page, tab=tab)
        tab.set_viewport_size(dict(width=width, height=800))
        tab.emulate_media(color_scheme=scheme)
        tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert violations(tab, EVERYTHING) == [], (page, width, scheme)


@pytest.mark.parametrize("kind", ["", *KINDS])
def test_landmarks_have_names_of_their_own(visit, kind):
    page = f"{DAY}/en/{kind}.html" if kind else "index.html"
    named = visit(page).evaluate(
        "[...document.querySelectorAll('nav, search, [role=search], [role=region]')]"
        ".map(n => [n.role ?? n.tagName, n.ariaLabel ?? n.getAttribute('aria-labelledby')].join())"
    )
    assert len(named) == len(set(named)), named


def test_axe_would_find_something(visit, tmp_path):
    tab = visit(PAGES[1])
    tab.evaluate(
        "document.querySelector('.ranking a').style.color = '#ddd';"
        "document.querySelector('#search').labels[0].remove()"
    )
    tab.emulate_media(color_scheme="light")
    assert {text.split(":")[0] for text in violations(tab)} == {"color-contrast", "label"}


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_is_wider_than_a_telephone(visit, width):
    wide = {}
    tab = None
    for page in PAGES:
        tab = visit(page, tab=tab, viewport=dict(width=width, height=800))
        if page.endswith("index.html") and page != "index.html":
            tab.locator("#map-former").check()
        wide[page] = tab.evaluate("document.documentElement.scrollWidth")
    assert {page: w for page, w in wide.items() if w > width} == {}


# It works from a file and from any host


def test_every_page_opens_from_a_server_too(visit, server):
    tab = None
    for page in PAGES:
        tab = visit(page, base=server, tab=tab)
        assert tab.locator("h1").count() == 1 and tab.title()


def test_links_inside_the_site_lead_somewhere(visit, site):
    dead = set()
    tab = None
    for page in PAGES:
        tab = visit(page, tab=tab)
        for address in tab.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"):
            path = address.split("#")[0].split("?")[0]
            made = path.startswith(f"{site.as_uri()}/") and not path.endswith(
                (".pdf", ".xlsx", ".parquet", ".zip", ".csv", ".json")
            )  # other functions write those
            name = path.rsplit("/", 1)[-1]
            if (
                made
                and not (site / path.removeprefix(f"{site.as_uri()}/")).is_file()
                and name not in UNWRITTEN
            ):
                dead.add((page, path))
    assert dead == set()


UNWRITTEN = {
    f"{slug}.html" for slug in ("ruritania", "nordland", "sudmark", "elbe-valley", "zenda")
}  # units whose page this test does not write


def test_a_permalink_leads_to_the_newest_edition(visit, site, server):
    for base in (None, server):
        tab = visit("en/strelsau.html", base=base)
        tab.wait_for_url(f"**/{DAY}/en/strelsau.html")


# Sorting and searching by keyboard


def test_the_table_is_searched_by_keyboard(visit):
    tab = visit(f"{DAY}/en/index.html")
    tab_to(tab, "#search")
    tab.keyboard.type("krauden")  # a former province, without its umlaut
    assert tab.locator(".ranking tbody tr:visible th").all_inner_texts()[0].startswith("Tarlenheim")
    assert (
        tab.locator(".ranking tbody tr:visible").count() == 1
        and tab.locator("#found").inner_text() == "Places found: 1"
    )


def test_the_table_is_sorted_by_keyboard(visit):
    tab = visit(f"{DAY}/vi/index.html")

    def names():
        return tab.locator(".ranking tbody th a").all_inner_texts()

    before = names()
    tab_to(tab, ".ranking th[data-key=name] button")
    tab.keyboard.press("Enter")
    assert names() == sorted(before, key=str.casefold) != before
    assert tab.locator(".ranking th[data-key=name]").get_attribute("aria-sort") == "ascending"
    tab.keyboard.press("Enter")
    assert names() == sorted(before, key=str.casefold, reverse=True)


def test_what_the_overview_shows_is_in_its_address(visit, server):
    for base in (None, server):
        tab = visit(f"{DAY}/en/index.html", base=base)
        tab.locator("#map-former").check()
        tab.locator("#show-chance").check()
        tab.locator("#search").fill("tarl")
        tab.locator(".ranking th[data-key=name] button").click()
        assert tab.url.endswith("?map=former&show=chance&q=tarl&sort=name")
        tab.locator("header a[hreflang=vi]").click()
        assert tab.locator("html").get_attribute("lang") == "vi"
        assert tab.locator("#map-former").is_checked() and tab.locator("#show-chance").is_checked()
        assert tab.locator(".ranking tbody tr:visible").count() == 1
        assert tab.locator(".ranking th[data-key=name]").get_attribute("aria-sort") == "ascending"
        for choice in ("#map-today", "#show-share"):
            tab.locator(choice).check()
        tab.locator("#search").fill("")
        tab.wait_for_url(lambda url: url.endswith("index.html?sort=name"))  # typing is waited for


@pytest.mark.parametrize("width", [320, 390, 760, 1280])
def test_no_tile_is_cut_off(visit, width):
    tab = visit(f"{DAY}/vi/index.html", viewport=dict(width=width, height=800))
    for chosen in ("#map-today", "#map-former"):
        tab.locator(chosen).check()
        ends = tab.locator(".tile:visible").evaluate_all(
            "tiles => tiles.map(t => [t.getBoundingClientRect().right,"
            " Math.max(t.scrollWidth - t.clientWidth, t.scrollHeight - t.clientHeight)])"
        )
        assert all(right <= width and over <= 1 for right, over in ends), ends
        sizes = tab.locator(".tile:visible > span:first-child").evaluate_all(
            "names => names.map(n => parseFloat(getComputedStyle(n).fontSize))"
        )
        assert min(sizes) >= (14 if width < 752 else 11)


def test_the_two_maps_change_by_keyboard_and_without_a_script(visit):
    for script in (True, False):
        tab = visit(f"{DAY}/en/index.html", java_script_enabled=script)

        tiles = tab.locator(".tile:visible")
        assert tiles.count() == 3
        if script:
            tab_to(tab, "#map-today")
        else:
            tab.locator("#map-today").focus()
        tab.keyboard.press("ArrowDown")
        assert tiles.count() == 5
        former = tab.get_by_role("link", name="former place, today in Tarlenheim")
        assert former.count() == 2 and former.first.get_attribute("href") == "tarlenheim.html"


def test_a_place_without_a_target_has_no_colour_of_a_class(visit):
    tab = visit(f"{DAY}/en/index.html")
    tab.locator("#show-chance").check()

    def ground(selector):
        return set(
            tab.locator(selector).evaluate_all(
                "tiles => tiles.filter(t => t.checkVisibility())"
                ".map(t => getComputedStyle(t).backgroundColor)"
            )
        )

    assert len(ground(".tile.px")) == 1 and not ground(".tile.px") & ground(".tile:not(.px)")


# From any page to any place


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_is_chosen_by_keyboard_right_after_the_skip_links(visit, server, kind):
    for base in (None, server):
        tab = visit(f"{DAY}/en/{kind}.html", base=base)
        reached = []
        for _ in range(3 if kind == "index" else 2):
            tab.keyboard.press("Tab")
            reached.append(tab.evaluate("document.activeElement.className"))
        assert set(reached[:-1]) == {"skip"}
        assert tab.evaluate("document.activeElement.id") == "pick"
        tab.keyboard.type("krauden")  # a former province of Tarlenheim, without its umlaut
        option = tab.locator("#picked [role=option]")
        assert option.all_inner_texts() == ["Tarlenheim (Kräuden)"]
        tab.keyboard.press("ArrowDown")
        assert option.get_attribute("aria-selected") == "true"
        field = tab.get_by_role("combobox", name="Choose a place")
        assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
        assert field.get_attribute("aria-expanded") == "true"
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/en/tarlenheim.html")


def options(tab, typed):
    tab.locator("#pick").fill(typed)
    return tab.locator("#picked [role=option]").all_inner_texts()


def test_the_picker_forgives_and_can_be_left(visit):
    tab = visit(f"{DAY}/vi/changes.html")
    assert options(tab, "STRELSAU-city")[0] == "Strelsau"
    assert options(tab, "strelzau")[0] == "Strelsau"  # a slip
    assert options(tab, "qqqq") == [] and tab.locator("#picker [role=status]").is_visible()
    assert tab.locator("#pick").get_attribute("aria-expanded") == "false"
    assert len(options(tab, "")) == 7
    tab.keyboard.press("Escape")
    assert not tab.get_by_role("listbox").is_visible()
    assert violations(tab) == []
    options(tab, "e")
    assert violations(tab) == []
    tab.keyboard.press("Tab")
    assert not tab.get_by_role("listbox").is_visible()


def test_without_a_script_the_picker_is_a_link_to_the_table(visit):
    for kind in KINDS:
        tab = visit(f"{DAY}/vi/{kind}.html", java_script_enabled=False)
        link = tab.get_by_role("link", name="Chọn địa phương")
        assert link.get_attribute("href").endswith("#ranking") and link.is_visible()


# Only the page's own scripts run


@pytest.mark.parametrize("kind", KINDS)
def test_the_scripts_of_a_page_run_and_one_that_was_smuggled_in_does_not(
    browser, site, tmp_path, kind
):
    page = (site / DAY / "en" / f"{kind}.html").read_text(encoding="utf-8")
    assert "script-src 'sha256-" in page and "script-src 'unsafe-inline'" not in page
    smuggled = (
        "<script>document.title = 'by script'</script>"
        "<img src=x onerror=\"document.title = 'by event'\">"
        "<a id=evil href=\"javascript:document.title = 'by address'\">x</a>"
    )
    hostile = tmp_path / "hostile.html"
    hostile.write_text(page.replace('<main id="main"', smuggled + '<main id="main"'), "utf-8")
    assert "by event" in hostile.read_text(encoding="utf-8")
    tab = browser.new_page()
    refused = []
    tab.on("console", lambda message: refused.append(message.text))
    tab.goto(hostile.as_uri())
    title = tab.title()
    tab.evaluate("document.getElementById('evil').click()")
    tab.wait_for_timeout(50)
    assert tab.title() == title and not title.startswith("by ")
    directive = [text for text in refused if "script-src" in text]
    assert len(directive) == 3, refused  # the script, the event and the address, none of ours
    assert tab.locator("#picker input").count() == 1, "the page's own script made the field"
    tab.close()


def watched(browser, server):
    "A tab, and a list that gets what its pages' policies refuse, whichever page it shows."
    window = browser.new_context()
    window.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    refused = []
    window.expose_function("refused", lambda text: refused.append(text))
    window.add_init_script(
        "addEventListener('securitypolicyviolation', e => refused("
        "`${e.violatedDirective} refused ${e.blockedURI} of ${e.documentURI}`))"
    )
    return window.new_page(), refused


def use_every_control(tab):
    "Use each control of a page once, and the picker last: it leaves the page. How many there were."
    used = 0
    for summary in tab.locator("summary:visible").all():
        summary.click()
        used += 1
    for chosen in tab.locator("main select:visible").all():
        chosen.select_option(index=chosen.locator("option").count() - 1)
        used += 1
    for slider in tab.locator("input[type=range]:visible").all():
        before = slider.input_value()
        slider.press("ArrowLeft")
        slider.press("ArrowLeft")
        assert slider.input_value() != before
        used += 1
    for choice in tab.locator("input[type=radio]:visible").all():
        choice.check()
        used += 1
    for search in tab.locator("input[type=search]:visible").all():
        search.fill("a")
        used += 1
    for chart in tab.locator("figure .chart:visible").all():
        chart.hover()
        chart.focus()
        chart.press("ArrowLeft")
        assert chart.locator("output").inner_text()
        used += 1
    for button in tab.locator("main button:visible").all():
        if button.inner_text() in ("SVG", "PNG"):
            with tab.expect_download() as saved:
                button.click()
            assert saved.value.suggested_filename.endswith(("svg", "png"))
        else:
            button.click()
        used += 1
    for copied in tab.locator(".table .tools button:visible").all():
        api.expect(copied).to_have_text("Copied")
    if tab.locator("#pick").count():
        tab.locator("#pick").fill("strel")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/strelsau.html")
        used += 1
    return used


CONTROLS = dict.fromkeys((*KINDS, "measurement"), 1) | dict(
    index=8, strelsau=8, tarlenheim=5, compare=4, scenarios=6
)  # at least so many are on each kind of page


@pytest.mark.parametrize("kind", CONTROLS)
def test_no_control_of_a_page_is_refused_by_its_own_policy(browser, server, kind):
    tab, refused = watched(browser, server)
    tab.goto(f"{server}/{DAY}/en/{kind}.html")
    assert use_every_control(tab) >= CONTROLS[kind]
    assert refused == []
    tab.context.close()


def test_the_landing_page_and_a_permalink_are_not_refused_anything(browser, server):
    tab, refused = watched(browser, server)
    tab.goto(f"{server}/index.html")
    use_every_control(tab)
    tab.goto(f"{server}/en/strelsau.html")
    tab.wait_for_url(f"**/{DAY}/en/strelsau.html")
    assert refused == []
    tab.context.close()


def test_what_a_policy_refuses_is_counted(browser, server, site):
    page = (site / DAY / "en" / "methods.html").read_text(encoding="utf-8")
    smuggled = "<script>1</script><img src='http://127.0.0.1:9/x.png'>"
    (site / "smuggled.html").write_text(
        page.replace('<main id="main"', smuggled + "<main"), "utf-8"
    )
    tab, refused = watched(browser, server)
    tab.goto(f"{server}/smuggled.html")
    (site / "smuggled.html").unlink()
    assert sorted(text.split()[0] for text in refused) == ["img-src", "script-src-elem"]
    tab.context.close()


# Two places


def test_two_places_are_chosen_by_keyboard(visit, server):
    for base in (None, server):
        tab = visit(f"{DAY}/en/compare.html", base=base)
        tab_to(tab, "#a")
        tab.keyboard.type("Tarl")
        tab_to(tab, "#b")
        tab.keyboard.type("Zen")
        assert tab.locator("#facts thead th").all_inner_texts() == ["Tarlenheim", "Zenda"]
        assert tab.url.endswith("compare.html?a=tarlenheim&b=zenda")
        assert (
            "the share of Tarlenheim is larger than that of Zenda"
            in tab.locator("#answer").inner_text()
        )
        tab_to(tab, "#swap")
        tab.keyboard.press("Enter")
        assert tab.locator("#facts thead th").all_inner_texts() == ["Zenda", "Tarlenheim"]


def test_two_places_are_chosen_by_address(visit, server):
    for base in (None, server):
        tab = visit(f"{DAY}/vi/compare.html?a=elbe-valley&b=strelsau", base=base)
        assert tab.locator("#facts thead th").all_inner_texts() == ["Elbtal", "Strelsau"]
        assert tab.locator("#chart svg").get_attribute("aria-label").count("Strelsau") == 1
        tab.locator("header a[hreflang=en]").click()
        assert tab.locator("#facts thead th").all_inner_texts() == ["Elbe Valley", "Strelsau"]
    tab = visit(f"{DAY}/vi/compare.html?a=nowhere&b=<script>alert(1)</script>")
    assert tab.locator("#facts thead th").count() == 2


def test_the_sum_of_both_probabilities_is_one(visit):
    tab = visit(f"{DAY}/en/compare.html?a=strelsau&b=zenda")
    both = tab.evaluate(
        "(() => {"
        "const d = JSON.parse(document.getElementById('places').textContent);"
        "return [d.pairs.length, d.pairs[0].length, d.pairs[0].map(r => r.length)]"
        "})()"
    )
    assert both[0] == 2 and both[2] == list(range(both[1] - 1, -1, -1))
    years = tab.locator("#years tbody tr").count()
    assert years == tab.evaluate(
        "JSON.parse(document.getElementById('places').textContent).years.length"
    )


def test_without_a_script_all_places_are_in_a_table(visit):
    tab = visit(f"{DAY}/vi/compare.html", java_script_enabled=False)
    assert (
        tab.locator("noscript table tbody tr").count() == 7
        or tab.locator("table:visible tbody tr").count() == 7
    )
    assert not tab.locator("#choice").is_visible()


# Two editions


def test_the_page_of_changes_names_what_is_new(visit):
    tab = visit(f"{DAY}/en/changes.html")
    assert (
        tab.locator("#figures tbody tr").count() == 2
        and tab.locator("#targets tbody tr").count() == 1
    )
    moves = [
        abs(float(text.replace("−", "-")))
        for text in tab.locator("#moved tbody td:nth-child(4)").all_inner_texts()
    ]
    assert moves == sorted(moves, reverse=True) and moves[0] > 0
    assert "first edition" in visit("2025-10-01/en/changes.html").locator("main").inner_text()
