"""HTML as a tagged PDF. WeasyPrint is loaded here only, in a worker: it is heavy, and no web process needs it."""

from __future__ import annotations


def pdf(html: str, css: str) -> bytes:
    """A PDF/UA document of a page that holds everything it shows: nothing is fetched."""
    from weasyprint import CSS, HTML

    made: bytes = HTML(string=html, url_fetcher=_fetch_nothing).write_pdf(stylesheets=[CSS(string=css)], pdf_variant="pdf/ua-1")
    return made


def _fetch_nothing(url: str, *args: object, **kwargs: object) -> dict[str, object]:
    raise ValueError(f"A document holds everything it shows: {url} is not fetched")
