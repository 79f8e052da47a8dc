"An economist's own text, tables and figures in the template come through in page, PDF and Word."

import io
import re
import subprocess
import sys
import unicodedata
import zipfile

import docx
import matplotlib.figure
import nbformat
import pandas as pd
import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from notebooks import ROOT
from pretended import pretended
from shown import cell, notebook, text

from digitransform.core.errors import DataError
from digitransform.edition.example import example_edition
from digitransform.report.blocks import Figure, Paragraph, Section, Table, table_of
from digitransform.report.document import write_docx, write_pdf
from digitransform.report.executed import read_sections
from digitransform.report.page import write_page

FRAME = pd.DataFrame(dict(Tỉnh=["Bắc Ninh", "Hà Nội"], Robot=[1234, 56]))


TEXT = [Paragraph(["…"])]  # a section without a block is left out


def picture(kind="png"):
    "What matplotlib's inline backend puts into a notebook."
    figure = matplotlib.figure.Figure(figsize=(4, 3))
    figure.add_subplot().plot([2024, 2025], [13.2, 14.0])
    sheet = io.BytesIO()
    figure.savefig(sheet, format=kind)
    if kind == "svg":
        return {"image/svg+xml": sheet.getvalue().decode(), "text/plain": "<Figure>"}
    import base64

    code = base64.encodebytes(sheet.getvalue()).decode()
    return {"image/png": code, "text/plain": "<Figure size 400x300 with 1 Axes>"}


def printed(words):
    return new_code_cell("print(…)", outputs=[new_output("stream", name="stdout", text=words)])


OWN = [
    cell("# ignored", source="edition = unit = language = ''", tags=["parameters"]),
    cell(Section("Bắc Ninh", "headline", [Paragraph(["Câu đầu tiên."], "lede")], 1)),
    text("## Nghiên cứu riêng\n\nRobot **tăng**, vì $s = \\frac{V}{Y}$.\n\n- một\n- hai"),
    cell({"text/html": FRAME._repr_html_(), "text/plain": "…"}, source="#| caption: Robot\nframe"),
    cell(picture("svg"), source="#| caption: Đường\n#| alt: Một đường đi lên.\nplt.plot(x)"),
    cell({"text/plain": "<Axes: >"}, picture("png"), source="#| caption-vi: Điểm\n#| alt: Chấm."),
    printed("in ra 42\n  thụt vào\n"),
    cell(table_of(FRAME, "Bảng của tôi", "vi")),
    cell("**Đậm** từ ô mã."),
    cell("## Không hiện", tags=["remove-cell"]),
]
ABOUT = dict(edition=pretended(), unit="34-24", language="vi")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return notebook(tmp_path_factory.mktemp("own"), text("# Cho người sửa"), *OWN)


def words(said):
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", said))


def test_headings_begin_sections_and_the_rest_joins_them(run):
    found = read_sections(run, "vi")
    assert [s.anchor for s in found] == ["headline", "nghien-cuu-rieng"]
    kinds = [b.kind for b in found[1].blocks]
    assert kinds == "paragraph items table figure figure preformatted table paragraph".split()


def test_tables_and_figures_have_their_captions(run):
    blocks = read_sections(run, "vi")[1].blocks
    tables = [b for b in blocks if isinstance(b, Table)]
    figures = [b for b in blocks if isinstance(b, Figure)]
    assert [t.caption for t in tables] == ["Robot", "Bảng của tôi"]
    assert [[c.title for c in t.columns] for t in tables] == [["Tỉnh", "Robot"]] * 2
    assert tables[0].columns[1].kind == "number"
    assert [(f.caption[0].text, f.alt) for f in figures] == [
        ("Đường", "Một đường đi lên."),
        ("Điểm", "Chấm."),
    ]


def test_they_are_on_the_page(run, tmp_path):
    page = write_page(run, tmp_path / "x.html", **ABOUT).read_text(encoding="utf-8")
    for said in (
        '<a href="#nghien-cuu-rieng">Nghiên cứu riêng</a>',
        "<strong>tăng</strong>",
        "<math",
        "<td>1234</td>",
        '<table class="r2">',
        'alt="Một đường đi lên."',
        "data:image/png;base64,",
        "<pre>in ra 42\n  thụt vào</pre>",
        "<strong>Đậm</strong> từ ô mã.",
    ):
        assert said in page, said
    assert "Cho người sửa" not in page and "Không hiện" not in page and "Axes" not in page


def test_they_are_in_the_pdf(run, tmp_path):
    pdf = pypdf.PdfReader(write_pdf(run, tmp_path / "x.pdf", **ABOUT))
    said = words(" ".join(p.extract_text() for p in pdf.pages))
    for part in ("Nghiên cứu riêng", "tăng", "1234", "in ra 42", "Đường", "Điểm", "từ ô mã"):
        assert part in said, part
    assert "Không hiện" not in said


def test_they_are_in_the_word_file(run, tmp_path):
    path = write_docx(run, tmp_path / "x.docx", **ABOUT)
    word = docx.Document(path)
    said = words(" ".join(p.text for p in word.paragraphs))
    for part in ("Nghiên cứu riêng", "tăng", "in ra 42", "Đường", "Điểm", "từ ô mã"):
        assert part in said, part
    house = [t for t in word.tables if t.style.name == "House Table"]
    assert [[c.text for c in r.cells] for r in house[0].rows][1] == ["Bắc Ninh", "1234"]
    assert len(word.inline_shapes) == 2
    with zipfile.ZipFile(path) as z:
        body = z.read("word/document.xml").decode()
    assert 'descr="Một đường đi lên."' in body and "<m:oMath" in body


def test_a_figure_without_words_is_a_warning_and_still_a_figure(tmp_path):
    run = notebook(tmp_path, text("# Việt Nam"), cell(picture(), source="plt.plot(x)"))
    with pytest.warns(UserWarning, match="cell 2: the figure has no (caption|alternative text)"):
        figure = read_sections(run, "vi")[0].blocks[0]
    assert figure.alt == "Hình không có phần mô tả."
    with pytest.warns(UserWarning):
        write_pdf(run, tmp_path / "x.pdf", **ABOUT)


def test_a_picture_pasted_into_a_cell_comes_along_and_an_address_does_not(tmp_path):
    pasted = text("# A\n\n![một điểm](attachment:a.png)")
    pasted["attachments"] = {"a.png": {"image/png": picture()["image/png"]}}
    shown = read_sections(notebook(tmp_path, pasted, cell("…")), "vi")[0].blocks[0]
    assert shown.alt == "một điểm" and shown.picture.media == "image/png"
    far = notebook(tmp_path, text("![x](https://example.org/x.png)"), cell("…"))
    with pytest.raises(DataError, match="not part of the notebook"):
        read_sections(far)


def test_tables_of_pandas_are_read_as_they_look(tmp_path):
    indexed = FRAME.assign(Năm=2025).pivot_table(index=["Năm", "Tỉnh"], values="Robot")
    run = notebook(tmp_path, cell({"text/html": indexed._repr_html_()}))
    table = read_sections(run)[0].blocks[0]
    assert [c.title for c in table.columns] == ["Năm", "Tỉnh", "Robot"]
    assert [[c[0] for c in row] for row in table.rows][1] == ["2025", "Hà Nội", "56.0"]


@pytest.mark.parametrize("language, said", [("vi", "13,53"), ("en", "13.53")])
def test_numbers_of_pandas_are_written_in_the_language_of_the_report(language, said, tmp_path):
    frame = pd.DataFrame(dict(Năm=[2024, 2025], Tỷ_trọng=[13.53, 14.0], Nguồn=["NQ 57.2a", "–"]))
    run = notebook(tmp_path, cell({"text/html": frame._repr_html_()}))
    table = read_sections(run, language)[0].blocks[0]
    assert [[c[0] for c in row] for row in table.rows][0] == ["2024", said, "NQ 57.2a"]
    assert [c.kind for c in table.columns] == ["number", "number", "text"]


def test_two_sections_of_one_name_have_two_addresses(tmp_path):
    run = notebook(tmp_path, cell(Section("A", "a", TEXT)), cell(Section("A", "a", TEXT)))
    assert [s.anchor for s in read_sections(run)] == ["a", "a-2"]


TEMPLATE = nbformat.read(ROOT / "reports" / "unit.ipynb", as_version=4)


@pytest.mark.slow
@pytest.mark.parametrize("engine", [[], ["--engine", "digitransform"]], ids=["kernel", "ours"])
def test_papermill_s_own_command_line_runs_the_template(engine, tmp_path):
    edition = example_edition()
    edition.save(tmp_path / "reports" / edition.id / "edition")
    nbformat.write(TEMPLATE, tmp_path / "reports" / "unit.ipynb")
    (tmp_path / "settings.ini").write_text("[collection]\n", encoding="utf-8")
    (tmp_path / "data").symlink_to(ROOT / "data")
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "unit.ipynb", "out.ipynb", *engine]
        + ["-p", "unit", "Hà Nội", "--no-progress-bar"],
        cwd=tmp_path / "reports",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = read_sections(tmp_path / "reports" / "out.ipynb", "vi")
    assert found[0].title == "Hà Nội" and len(found) == 8


def test_an_edition_is_computed_where_there_is_none(tmp_path, monkeypatch):
    import digitransform as dt
    from digitransform.report.view import unit_report

    (tmp_path / "settings.ini").write_text("[collection]\n", encoding="utf-8")
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dt, "make_edition", lambda data, settings: example_edition(), raising=False)
    assert unit_report("newest", "ha noi", "vi").name == "Hà Nội"
    saved = list((tmp_path / "reports").glob("*/edition/manifest.json"))
    assert len(saved) == 1
    monkeypatch.setattr(dt, "make_edition", None, raising=False)
    assert unit_report("newest", "Hà Nội", "en").name == "Ha Noi"


def test_a_template_with_cells_moved_and_deleted_is_still_a_report(tmp_path):
    shown = [cell(Section("B", "b", TEXT)), cell(Section("A", "a", TEXT))]
    nb = new_notebook(cells=shown)
    nbformat.write(nb, tmp_path / "x.ipynb")
    assert [s.anchor for s in read_sections(tmp_path / "x.ipynb")] == ["b", "a"]
