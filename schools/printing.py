"""HTML as a tagged PDF. WeasyPrint is loaded here only, in a worker: it is heavy, and no web process needs it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_LOG = "weasyprint"


class NoFont(ValueError):
    """No font of this machine has these characters, so that boxes would be printed in their place."""

    def __init__(self, wanting: list[str]) -> None:
        super().__init__(
            f"This machine has no font for {', '.join(wanting)}. Take {'it' if len(wanting) == 1 else 'them'} out, or ask "
            "whoever looks after Daymark to install a font (docs/operate.md)."
        )


def pdf(html: str, css: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A PDF/UA document of a page that holds everything it shows: nothing is fetched. `pictures`: by the address the page names
    them by, like "picture:logo"."""
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    held = pictures or {}

    class Held(URLFetcher):
        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if url in held:
                return URLFetcherResponse(url, held[url])
            raise ValueError(f"A document holds everything it shows: {url} is not fetched")

    made: bytes = HTML(string=html, url_fetcher=Held()).write_pdf(stylesheets=[CSS(string=css)], pdf_variant="pdf/ua-1")
    return made


@contextmanager
def every_character() -> Iterator[None]:
    """Raises `NoFont` where a document that is made inside holds a character that cannot be printed. WeasyPrint says so in its log."""
    heard = _Ear()
    log = logging.getLogger(_LOG)
    log.addHandler(heard)
    try:
        yield
    finally:
        log.removeHandler(heard)
    if heard.wanting:
        raise NoFont(list(dict.fromkeys(heard.wanting)))


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.wanting: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(".notdef") and record.args:
            self.wanting.append(record.getMessage().partition(": ")[2])
