import html
import json
import re
import struct
import zlib

import pytest

pytestmark = pytest.mark.browser
PROBE = """<script>
addEventListener("load", () => {
  const page = document.documentElement;
  const wide = [...document.querySelectorAll("main *")].filter(
    (one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".wide, svg"));
  const cut = [...document.querySelectorAll("svg text")].filter((one) => {
    const inside = one.getBoundingClientRect(), frame = one.closest("svg").getBoundingClientRect();
    return frame.width && (inside.right > frame.right + 2 || inside.left < frame.left - 2); });
  const size = (one) => parseFloat(getComputedStyle(one).fontSize)
    * one.closest("svg").getBoundingClientRect().width / one.closest("svg").viewBox.baseVal.width;
  const shown = [...document.querySelectorAll("svg text")].filter(
    (one) => one.getBoundingClientRect().width > 0);
  const ink = (name) => getComputedStyle(document.querySelector(name));
  const told = {
    width: innerWidth, overflow: page.scrollWidth - innerWidth,
    wide: wide.map((one) => one.outerHTML.slice(0, 80)),
    cut: cut.map((one) => one.textContent),
    fetched: performance.getEntriesByType("resource").map((one) => one.name),
    pictures: [...document.querySelectorAll("svg")].map((one) => one.getBoundingClientRect().width),
    letters: Math.min(...shown.map(size)),
    paper: ink("body").backgroundColor, ink: ink("body").color,
    label: ink("svg text").fill, card: ink(".card").backgroundColor,
    opened: [...document.querySelectorAll("details > :not(summary)")].filter(
      (one) => one.checkVisibility()).length,
  };
  const note = document.createElement("pre");
  note.id = "probe"; note.textContent = JSON.stringify(told); parent.document.body.append(note);
});
</script>"""
PHONE, DESKTOP, PAPER = 390, 1280, 688
DARK = "--blink-settings=preferredColorScheme=0"


def framed(text, place, width, height):
    """Write a page that shows `text` in a frame: a headless window is never narrower than 500 px."""
    text = re.sub(r"<meta http-equiv[^>]*>", "", text)
    inner = html.escape(text.replace("</head>", f"{PROBE}</head>"))
    place.write_text(
        f'<!doctype html><iframe srcdoc="{inner}" width="{width}" height="{height}"'
        ' style="border: 0"></iframe>'
    )
    return place


def probed(page, browse, width, height, *flags, text=None):
    """Return what the page measures of itself in a frame of that width."""
    frame = framed(text or page.read_text(), page.with_name("frame.html"), width, height)
    dom = browse(frame, f"--window-size=1400,{height}", "--dump-dom", *flags)
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, flags=re.DOTALL)
    assert found is not None
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("flags", [(), (DARK,)], ids=["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(PHONE, 900), (DESKTOP, 1000)])
def test_nothing_overflows_and_nothing_is_fetched(page, browse, width, height, flags):
    told = probed(page, browse, width, height, *flags)
    assert told["width"] == width
    assert told["overflow"] <= 0
    assert told["wide"] == []
    assert told["cut"] == []
    assert told["fetched"] == []


def test_pictures_can_be_read_on_a_phone(page, browse):
    told = probed(page, browse, PHONE, 900)
    shown = [width for width in told["pictures"] if width]
    assert len(shown) >= 6
    assert min(shown) > 320
    assert told["letters"] >= 8.5


def brightness(colour):
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


def test_the_page_and_its_pictures_follow_the_readers_light(page, browse):
    light = probed(page, browse, DESKTOP, 900)
    dark = probed(page, browse, DESKTOP, 900, DARK)
    for name in ("paper", "card"):
        assert brightness(light[name]) > 240 > 60 > brightness(dark[name])
    for name in ("ink", "label"):
        assert brightness(light[name]) < 110 < 150 < brightness(dark[name])


@pytest.mark.parametrize("flags", [(), (DARK,)], ids=["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(500, 900), (DESKTOP, 1000)])
def test_the_page_can_be_seen(page, browse, tmp_path, width, height, flags):
    picture = tmp_path / "page.png"
    browse(page, f"--window-size={width},{height}", f"--screenshot={picture}", *flags)
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (width, height)
    assert len(data) > 20_000


def as_printed(text):
    """Return the page with its rules for paper in force on the screen."""
    return text.replace("@media print", "@media all").replace(
        "@media screen and", "@media print and"
    )


def test_on_paper_nothing_is_cut_off_and_folded_parts_are_open(page, browse):
    on_screen = probed(page, browse, PAPER, 900)
    told = probed(page, browse, PAPER, 900, text=as_printed(page.read_text()))
    assert told["overflow"] <= 0
    assert told["wide"] == []
    assert told["opened"] > on_screen["opened"] == 0
    assert brightness(told["paper"]) == 255


def test_the_page_prints_the_same_from_a_light_and_from_a_dark_screen(page, browse, tmp_path):
    drawn = []
    for name, flags in (("light", ()), ("dark", (DARK,))):
        paper = tmp_path / f"{name}.pdf"
        browse(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer", *flags)
        data = paper.read_bytes()
        assert data.startswith(b"%PDF")
        assert 3 < len(re.findall(rb"/Type\s*/Page\b", data)) < 40
        drawn.append([*map(inflated, re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL))])
    assert sum(map(len, drawn[0])) > 50_000
    assert drawn[0] == drawn[1]


def inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
