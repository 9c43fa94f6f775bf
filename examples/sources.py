"""What the example screens and documents are made from: packages by exact version, pages and crops of time.

Pure data, read by make.py and render.py. Nothing here is downloaded by importing it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: npm packages, packed by exact version; the key is the folder name used below.
NPM_PACKAGES: dict[str, str] = {
    "stisla": "stisla@2.3.0",
    "soft-ui-dashboard": "soft-ui-dashboard@1.0.1",
    "bootstrap": "bootstrap@4.6.2",
    "fontawesome": "@fortawesome/fontawesome-free@5.15.4",
    "jquery": "jquery@3.7.1",
    "popper": "popper.js@1.16.1",
    "tooltip": "tooltip.js@1.3.3",
    "nicescroll": "jquery.nicescroll@3.7.6",
    "moment": "moment@2.30.1",
    "chartjs": "chart.js@2.9.4",
    "owl": "owl.carousel@2.3.4",
    "summernote": "summernote@0.8.20",
    "jqvmap": "jqvmap@1.5.1",
    "jquery-ui": "jquery-ui-dist@1.13.3",
    "selectric": "selectric@1.13.0",
    "simpleweather": "simpleweather@3.1.0",
    "weathericons": "weathericons@2.1.0",
    "open-sans": "@fontsource/open-sans@5.1.0",
}

#: Debian packages (bookworm), fetched with ``apt-get download``.
DEB_PACKAGES: dict[str, str] = {
    "cfitsio": "libcfitsio-doc=4.2.0-3",
    "mpich": "mpich-doc=4.0.2-3",
    "sqlite": "sqlite3-doc=3.40.1-2+deb12u2",
}

#: ``node_modules/NAME/`` as the pages spell it -> folder of the package above.
MODULE_FOLDERS: dict[str, str] = {
    "@fortawesome/fontawesome-free": "fontawesome",
    "bootstrap": "bootstrap",
    "chart.js": "chartjs",
    "jquery": "jquery",
    "jquery-ui-dist": "jquery-ui",
    "jqvmap": "jqvmap",
    "moment": "moment",
    "nicescroll": "nicescroll",
    "owl.carousel": "owl",
    "popper.js": "popper",
    "selectric": "selectric",
    "simpleweather": "simpleweather",
    "summernote": "summernote",
    "tooltip.js": "tooltip",
    "weathericons": "weathericons",
}

#: Remote requests answered from a package (regular expression on the URL); all others are refused.
#: "font:" stands for a sheet of web font weights, "sheet:" for a script that only adds a style sheet.
REMOTE_STUBS: dict[str, str] = {
    r"css\?family=Open\+Sans": "font:open-sans",
    r"/42d5adcbca\.js$": "sheet:fontawesome/css/all.min.css",
}

#: Weights of the stubbed web font.
FONT_WEIGHTS: tuple[int, ...] = (300, 400, 600, 700)


@dataclass(frozen=True)
class Screen:
    """One web page and the window it is shown in."""

    name: str
    url: str
    width: int
    height: int
    scale: float = 1.0
    full_page: bool = False


@dataclass(frozen=True)
class Document:
    """One document: a PDF of a package (or a page printed to PDF) and what is kept of it."""

    name: str
    pdf: str = ""
    html: str = ""
    page: int | None = None
    dpi: int = 300
    footer: str = field(default="", repr=False)


SCREENS: tuple[Screen, ...] = (
    Screen("stisla-tables", "stisla/components-table.html", 3840, 2160),
    Screen("stisla-posts", "stisla/features-posts.html", 1920, 1080, scale=2.0),
    Screen("soft-ui-billing", "soft-ui-dashboard/pages/billing.html", 2560, 1440, scale=1.5),
    Screen("stisla-dashboard-tall", "stisla/index-0.html", 960, 1080, scale=2.0, full_page=True),
    Screen("sqlite-speed-tall", "sqlite/usr/share/doc/sqlite3/speed.html", 1920, 1080, full_page=True),
)

FOOTER = (
    "<div style='font: 9px serif; width: 100%; text-align: center'>"
    "<span class='pageNumber'></span> / <span class='totalPages'></span></div>"
)

DOCUMENTS: tuple[Document, ...] = (
    Document("cfitsio-status-codes", pdf="cfitsio/usr/share/doc/libcfitsio-dev/cfitsio.pdf.gz", page=200),
    Document(
        "sqlite-file-format", html="sqlite/usr/share/doc/sqlite3/fileformat2.html", page=3, footer=FOOTER
    ),
    Document("mpich-user-guide", pdf="mpich/usr/share/doc/mpich/user.pdf.gz"),
)
