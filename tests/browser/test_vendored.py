"""The front end as it is served: GOV.UK and MoJ Frontend start in a real browser, without the branding a council may not use."""

from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en" class="govuk-template"><head><title>Vendored</title>
<link rel="stylesheet" href="{govuk_css}"><link rel="stylesheet" href="{moj_css}"></head>
<body class="govuk-template__body js-enabled govuk-frontend-supported">
<h1 class="govuk-heading-l">Heading</h1>
<div class="govuk-accordion" data-module="govuk-accordion" id="a"><div class="govuk-accordion__section">
<div class="govuk-accordion__section-header"><h2 class="govuk-accordion__section-heading">
<span class="govuk-accordion__section-button" id="a-1">One</span></h2></div>
<div id="a-content-1" class="govuk-accordion__section-content"><p>Text</p></div></div></div>
<table class="govuk-table" data-module="moj-sortable-table"><thead><tr><th scope="col" aria-sort="none">Name</th></tr></thead>
<tbody><tr><td>B</td></tr><tr><td>A</td></tr></tbody></table>
<div class="govuk-footer"><span class="govuk-footer__copyright-logo">Copyright</span></div>
<button class="moj-filter__tag">x</button>
<script type="module">import {{initAll}} from "{govuk_js}"; import {{initAll as more}} from "{moj_js}"; initAll(); more();
document.body.dataset.ready = "yes"</script></body></html>"""


def test_both_design_systems_start_in_chromium_without_fonts_or_crest(live_server: Any, page: Page) -> None:
    problems: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda request: asked.append(request.url))
    served = {
        f"{name}_{kind}": live_server.url + staticfiles_storage.url(f"vendor/{name}-frontend.min.{kind}")
        for name in ("govuk", "moj")
        for kind in ("css", "js")
    }
    address = f"{live_server.url}/vendored-test-page"
    page.route(address, lambda route: route.fulfill(content_type="text/html", body=PAGE.format(**served)))
    page.goto(address)
    page.wait_for_selector("body[data-ready=yes]")

    assert page.locator("button.govuk-accordion__section-button").count() == 1
    assert page.locator("table th button").count() == 1
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily") == "system-ui, arial, sans-serif"
    assert page.evaluate("getComputedStyle(document.querySelector('.govuk-footer__copyright-logo')).backgroundImage") == "none"
    assert page.evaluate("[...document.fonts].map(font => font.family)") == []
    assert problems == []
    assert not [url for url in asked if not url.startswith(live_server.url)]
