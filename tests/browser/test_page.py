import html
import json
import re
import struct

import pytest

pytestmark = pytest.mark.browser
PROBE = """<script>
addEventListener("load", () => {
  const page = document.documentElement;
  const wide = [...document.querySelectorAll("main *")].filter(
    (one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".wide, svg"));
  const told = {
    width: innerWidth, overflow: page.scrollWidth - innerWidth,
    wide: wide.map((one) => one.outerHTML.slice(0, 80)),
    fetched: performance.getEntriesByType("resource").map((one) => one.name),
    pictures: [...document.querySelectorAll("svg")].map((one) => one.getBoundingClientRect().width),
  };
  const note = document.createElement("pre");
  note.id = "probe"; note.textContent = JSON.stringify(told); parent.document.body.append(note);
});
</script>"""
PHONE = 390


def probed(page, browse, width, height):
    """Return what the page measures of itself in a frame of that width.

    A frame, as a headless window is never narrower than 500 pixels.
    """
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    inner = html.escape(text.replace("</head>", f"{PROBE}</head>"))
    frame = page.with_name("frame.html")
    frame.write_text(
        f'<!doctype html><iframe srcdoc="{inner}" width="{width}" height="{height}"'
        ' style="border: 0"></iframe>'
    )
    dom = browse(frame, f"--window-size=1400,{height}", "--dump-dom")
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, flags=re.DOTALL)
    assert found is not None
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize(("width", "height"), [(PHONE, 900), (1280, 1000)])
def test_nothing_overflows_and_nothing_is_fetched(page, browse, width, height):
    told = probed(page, browse, width, height)
    assert told["width"] == width
    assert told["overflow"] <= 0
    assert told["wide"] == []
    assert told["fetched"] == []
    assert min(told["pictures"]) > 250


@pytest.mark.parametrize(("width", "height"), [(PHONE, 900), (1280, 1000)])
def test_the_page_can_be_seen(page, browse, tmp_path, width, height):
    picture = tmp_path / "page.png"
    browse(page, f"--window-size={width},{height}", f"--screenshot={picture}")
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (width, height)
    assert len(data) > 20_000


def test_the_page_prints(page, browse, tmp_path):
    paper = tmp_path / "page.pdf"
    browse(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    assert paper.read_bytes().startswith(b"%PDF")
    assert paper.stat().st_size > 20_000
