"No link leads nowhere, whatever part of an edition has been published so far."

import os
import re
from urllib.parse import unquote

import pytest

from digitransform.publish.run import publish
from digitransform.report.overview import write_overview

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")


def links(out) -> list:
    "(page, file it links) of all pages below `out`."
    found = []
    for page in out.rglob("*.html"):
        addresses = re.findall(r'<a\b[^>]*\shref="([^"]*)"', page.read_text(encoding="utf-8"))
        found += [
            (page, page.parent / unquote(re.split("[?#]", a)[0]))
            for a in addresses
            if not re.match(r"[a-z]+:|#", a)
        ]
    return found


def dead(out) -> set:
    return {
        (page.relative_to(out).as_posix(), file.name)
        for page, file in links(out)
        if not file.exists()
    }


def linked(page) -> set:
    return {file.stem for file in (f for p, f in links(page.parent) if p == page)}


def test_one_place_in_one_language_links_only_what_is_there_and_is_linked_up_when_the_rest_comes(
    edition, tmp_path
):
    def go(units, languages):
        return publish(edition, units, languages, ("html",), out=tmp_path, progress=False)

    slugs = set(edition.units.slug[edition.units.reported])
    home = tmp_path / edition.id
    assert go("Zenda", ("vi",)).exit_code == 0
    assert not dead(tmp_path) and len(links(tmp_path)) > 10
    assert (
        linked(home / "vi" / "index.html") & slugs == {"zenda"}
        and not linked(home / "vi" / "zenda.html") & slugs
    )
    page = (home / "vi" / "index.html").read_text(encoding="utf-8")
    assert (
        all(name in page for name in edition.units.name_vi[edition.units.reported])
        and "các địa phương khác chưa được công bố" in page
    )
    assert '"absent":true' in (home / "vi" / "compare.html").read_text(encoding="utf-8")

    assert go("Strelsau", ("vi", "en")).exit_code == 0
    assert not dead(tmp_path)
    assert linked(home / "vi" / "index.html") & slugs == {"zenda", "strelsau"} and linked(
        home / "en" / "index.html"
    ) & slugs == {"strelsau"}

    result = go("all", ("vi", "en"))
    assert not dead(tmp_path) and ("Zenda", "vi") in result.built
    for language in ("vi", "en"):
        assert (
            slugs <= linked(home / language / "index.html")
            and len(linked(home / language / "zenda.html") & slugs) > 2
        )
    assert (
        "absent"
        not in (home / "vi" / "compare.html")
        .read_text(encoding="utf-8")
        .split('id="places"')[1]
        .split("</script>")[0]
    )
    assert not go("all", ("vi", "en")).touched


@pytest.mark.parametrize(
    "absent, partly",
    [(("../en/index.html",), False), (("../en/index.html", "zenda.html"), True)],
    ids=["another language", "a place"],
)
def test_the_overview_speaks_of_missing_places_only_where_a_place_is_missing(
    edition, tmp_path, absent, partly
):
    page = write_overview(edition, tmp_path / "index.html", "vi", absent=absent).read_text(
        encoding="utf-8"
    )
    assert ("các địa phương khác chưa được công bố" in page) == partly and (
        "Mỗi địa phương có một trang riêng" in page
    ) != partly
    assert 'hreflang="en"' not in page and ('href="zenda.html"' in page) != partly
