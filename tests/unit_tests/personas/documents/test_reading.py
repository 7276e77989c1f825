"""Documents of every kind, and what is said of those that can't be read."""

import struct
import time
import zipfile
import zlib

import pytest

from langgraph_roleplay.personas.documents import Document, DocumentError, load_document

STORY = "The lighthouse keeper never married. He feared the sea, and said so to no one."
LONG = f"{STORY}\n\n" * 20


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def epub(folder, pages, *, spine=None, container=True, name="book.epub", package="OEBPS/content.opf"):
    path = folder / name
    names = [f"page{number}.xhtml" for number in range(len(pages))]
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names)
    )
    order = "".join(f'<itemref idref="i{n}"/>' for n in (spine if spine is not None else range(len(pages))))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        if container:
            rootfile = f'<rootfile full-path="{package}" media-type="application/oebps-package+xml"/>'
            book.writestr("META-INF/container.xml", f'<?xml version="1.0"?><container>{rootfile}</container>')
        opf = f"<package><metadata><dc:title>The Light</dc:title></metadata><manifest>{items}</manifest>"
        book.writestr("OEBPS/content.opf", f'<?xml version="1.0"?>{opf}<spine>{order}</spine></package>')
        for member, page in zip(names, pages, strict=True):
            book.writestr(f"OEBPS/{member}", f'<?xml version="1.0"?><html><body>{page}</body></html>')
    return path


def pdf(text, *, pages=1):
    """Pages that share a text, as small as a PDF can be."""
    stream = zlib.compress(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode())
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * pages, pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(content))
        content += b"%d 0 obj%sendobj\n" % (number, part)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(content)


@pytest.mark.parametrize("name", ["light.txt", "light.md", "LIGHT.TXT", "light.html", "light.pdf"])
def test_each_kind_is_read_as_its_text(tmp_path, name):
    content = {".html": f"<html><body><p>{STORY}</p></body></html>", ".pdf": pdf(STORY)}
    document = load_document(write(tmp_path, name, content.get(name[-5:], content.get(name[-4:], STORY))))
    assert " ".join(section.text for section in document.sections) == STORY
    assert (document.id, document.source) == (name.lower().replace(".", "-"), name)


def test_html_keeps_its_title_headings_and_paragraphs_and_leaves_out_scripts(tmp_path):
    pages = "".join(f"<h2>Chapter {n}</h2><p>The <b>lamp</b> burned.</p><p>{LONG}</p>" for n in (1, 2))
    path = write(tmp_path, "b.html", f"<html><head><title>The Light</title></head><script>x()</script>{pages}</html>")
    document = load_document(path)
    assert document.title == "The Light"
    assert [(one.heading, one.story_time) for one in document.sections] == [("Chapter 1", 1.0), ("Chapter 2", 2.0)]
    assert document.sections[0].text.startswith("The lamp burned.\n\nThe lighthouse keeper")
    assert not any("x()" in section.text for section in document.sections)


def test_markdown_is_divided_by_headings_that_say_nothing_of_time(tmp_path):
    document = load_document(
        write(tmp_path, "lore.md", f"# The Coast\n\n{STORY}\n\n## Harbour\n\nGrey.\n\n## Light\n\nRed.")
    )
    assert document.title == "The Coast"
    assert [(one.heading, one.story_time) for one in document.sections] == [
        ("The Coast", None),
        ("Harbour", None),
        ("Light", None),
    ]


def test_an_epub_is_read_in_the_order_of_its_spine(tmp_path):
    pages = [f"<h1>Chapter {number}</h1><p>{LONG}</p>" for number in (2, 1)]
    document = load_document(epub(tmp_path, pages, spine=[1, 0]))
    assert document.title == "The Light"
    assert [(one.heading, one.story_time) for one in document.sections] == [("Chapter 1", 1.0), ("Chapter 2", 2.0)]


def test_the_pages_of_an_epub_without_numbers_are_counted_but_for_its_cover(tmp_path):
    document = load_document(
        epub(tmp_path, ["<p>Cover</p>", f"<h1>Fog</h1><p>{LONG}</p>", f"<h1>Sea</h1><p>{LONG}</p>"])
    )
    assert [(one.heading, one.story_time) for one in document.sections] == [("Cover", None), ("Fog", 1.0), ("Sea", 2.0)]


def test_what_is_no_text_is_not_read_as_such(tmp_path):
    with pytest.raises(DocumentError, match="not text"):
        load_document(write(tmp_path, "picture.txt", b"\x89PNG\r\n\x1a\n\x00\xff" * 400))


def test_latin_1_is_read_and_said_aloud(tmp_path):
    document = load_document(write(tmp_path, "cafe.txt", "Le café était fermé.".encode("latin-1")))
    assert document.sections[0].text == "Le café était fermé."
    assert "Latin-1" in document.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_without_a_word(tmp_path, encoding):
    document = load_document(write(tmp_path, "cafe.txt", "Le café était fermé.".encode(encoding)))
    assert (document.sections[0].text, document.notes) == ("Le café était fermé.", ())


def test_what_project_gutenberg_wraps_a_book_in_is_no_part_of_it(tmp_path):
    wrapped = (
        "License\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n{}\n*** END OF THIS PROJECT GUTENBERG EBOOK X ***"
    )
    document = load_document(write(tmp_path, "x.txt", wrapped.format(STORY)))
    assert [section.text.strip() for section in document.sections] == [STORY]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", "x", "not one of"),
        ("a.txt", "", "no text"),
        ("a.txt", " \n\n—\n", "no text"),
        ("a.pdf", "no pdf at all", "damaged"),
        ("a.pdf", pdf("")[:200], "damaged"),
        ("a.pdf", pdf(""), "OCR"),
        ("a.epub", "no zip at all", "no book in it"),
        ("a.html", "<script>alert(1)</script>", "no text"),
    ],
)
def test_what_cannot_be_read_is_explained_with_the_name_of_the_file(tmp_path, name, content, said):
    with pytest.raises(DocumentError, match=f"(?s)^{name}: .*{said}"):
        load_document(write(tmp_path, name, content))


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 200_000 + "x",
        "<p" * 20_000 + ">x",
        "<!--" * 20_000 + "x",
        "<script>" * 50_000,
        "</" * 50_000,
        "<?x" * 50_000,
        "<![CDATA[" * 50_000,
        "<a b='" * 50_000,
        "&" * 200_000,
        "<svg>" * 60_000 + "</p>" * 60_000,
    ],
)
def test_hostile_html_is_read_in_a_moment(tmp_path, hostile):
    start = time.monotonic()
    document = load_document(write(tmp_path, "a.html", f"<p>Hello</p>{hostile}"))
    assert document.sections[0].text.startswith("Hello")
    assert time.monotonic() - start < 10


def test_what_stands_in_a_picture_of_a_picture_is_no_text(tmp_path):
    page = "<p>Hello</p><svg><svg>a</svg>b</svg></svg></svg><p>World</p><svg>c"
    assert load_document(write(tmp_path, "a.html", page)).sections[0].text == "Hello\n\nWorld"


def test_a_small_pdf_whose_pages_share_a_text_is_given_up_in_a_moment(tmp_path):
    path = write(tmp_path, "a.pdf", pdf("The sea. " * 20_000, pages=60))
    assert path.stat().st_size < 5_000
    start = time.monotonic()
    with pytest.raises(DocumentError, match=r"^a\.pdf: more than 1,000,000 characters"):
        load_document(path)
    assert time.monotonic() - start < 10


def test_a_pdf_of_more_pages_than_a_book_has_is_refused(tmp_path):
    with pytest.raises(DocumentError, match=r"^a\.pdf: more than 5,000 pages"):
        load_document(write(tmp_path, "a.pdf", pdf(STORY, pages=5_001)))


def test_the_pages_of_a_pdf_follow_each_other(tmp_path):
    document = load_document(write(tmp_path, "a.pdf", pdf("The sea.", pages=3)))
    assert document.sections[0].text == "\n\n".join(["The sea."] * 3)


def test_a_page_that_a_book_names_again_and_again_is_read_once(tmp_path):
    start = time.monotonic()
    document = load_document(epub(tmp_path, [f"<p>{STORY}</p>"], spine=[0] * 30_000))
    assert [section.text for section in document.sections] == [STORY]
    assert time.monotonic() - start < 3


def test_a_file_that_is_not_there_is_explained(tmp_path):
    with pytest.raises(DocumentError, match=r"nowhere\.txt: can't be read"):
        load_document(tmp_path / "nowhere.txt")


def test_a_zip_that_is_no_epub_is_explained(tmp_path):
    with pytest.raises(DocumentError, match=r"no META-INF/container\.xml"):
        load_document(epub(tmp_path, [STORY], container=False))


@pytest.mark.parametrize("package", ["../../etc/passwd", "/etc/passwd", ""])
def test_a_path_that_leads_out_of_a_book_finds_nothing(tmp_path, package):
    with pytest.raises(DocumentError, match="no EPUB or a damaged one"):
        load_document(epub(tmp_path, [STORY], package=package))


def test_a_page_that_unpacks_beyond_all_bounds_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="inflates more than 200-fold, which no book does"):
        load_document(epub(tmp_path, ["a" * 30_000_000]))


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path):
    path = epub(tmp_path, ["a" * 30_000_000])
    content = bytearray(path.read_bytes())
    start = content.rfind(b"PK\x01\x02")
    content[start + 24 : start + 28] = struct.pack("<I", 10)
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=r"book\.epub"):
        load_document(path)


def test_a_document_can_be_put_at_another_time_and_is_another_one_then(tmp_path):
    document = load_document(write(tmp_path, "a.txt", f"Chapter 1\n\n{LONG}\n\nChapter 2\n\n{LONG}"))
    late = document.at(9.0)
    assert isinstance(late, Document)
    assert (document.chapters, late.chapters, document.at(None).chapters) == (2, 1, 0)
    assert len({document.hash, late.hash, document.at(None).hash}) == 3


def test_without_the_extra_the_error_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "langchain_community.document_loaders", None)
    with pytest.raises(DocumentError, match=r"pip install 'langgraph-roleplay\[documents\]'"):
        load_document(write(tmp_path, "a.txt", STORY))
