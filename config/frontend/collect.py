"""Copies what Daymark serves of GOV.UK Frontend, MoJ Frontend and htmx to static/vendor. Standard library only.

A council must not use the GDS Transport typeface, the crown or the royal arms: services outside GOV.UK may use the design
system "with the exception of branding (including logos and fonts)" (gov.uk, Use GOV.UK domains and the GOV.UK Design System).
The code is MIT, the branding is not. So it is taken out here, and
`tests/test_bootstrap_front_end.py` looks that none comes back with a new version.
"""

import json
import re
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
PACKAGES = HERE / "node_modules"
SERVED = CHECKOUT / "static" / "vendor"
FOR_TESTS = CHECKOUT / "tests" / ".vendor"
FONTS = "system-ui,arial,sans-serif"

GOVUK = PACKAGES / "govuk-frontend" / "dist" / "govuk"
MOJ = PACKAGES / "@ministryofjustice" / "frontend" / "moj"
COPYRIGHT = {
    "govuk-frontend": "Copyright (c) Crown copyright (Government Digital Service)",
    "@ministryofjustice/frontend": "Copyright (c) Crown copyright (Ministry of Justice)",
}
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def without_branding(css: str) -> str:
    """The stylesheet without the typeface, the crest and the pointer to a source map that is not served."""
    css = re.sub(r"@font-face\s*\{[^}]*GDS Transport[^}]*\}", "", css)
    css = re.sub(r"[^{}]*\{[^{}]*govuk-crest\.svg[^{}]*\}", "", css)
    css = re.sub(r"@(?:media|supports)[^{}]*\{\s*\}", "", css)  # a condition left with nothing inside
    css = re.sub(r'"?GDS Transport"?\s*,\s*arial\s*,\s*sans-serif', FONTS, css)
    css = re.sub(r"/\*#\s*sourceMappingURL=.*?\*/", "", css)
    return css.replace("url(/assets/images/", "url(images/").strip() + "\n"


def without_source_map(script: str) -> str:
    return re.sub(r"//#\s*sourceMappingURL=\S+", "", script).strip() + "\n"


def licences() -> str:
    """What the licences ask to be kept with the files."""
    parts = []
    for name in ("govuk-frontend", "@ministryofjustice/frontend", "htmx.org"):
        about = json.loads((PACKAGES / name / "package.json").read_text())
        text = next((path.read_text() for path in sorted((PACKAGES / name).glob("LICENSE*"))), None)
        if text is None:
            if about["license"] != "MIT":
                raise SystemExit(f"{name} has a new licence ({about['license']}): see that we may use it, then name it here.")
            text = f"{COPYRIGHT[name]}\n\n{MIT}"
        parts.append(f"{name} {about['version']} ({about['license']})\n\n{text.strip()}\n")
    note = "The files of this folder were copied from the packages below. Typeface, crown and royal arms were taken out.\n"
    return "\n\n".join([note, *parts])


def collect() -> None:
    new = SERVED.with_name("vendor.new")
    shutil.rmtree(new, ignore_errors=True)
    images = new / "images"
    images.mkdir(parents=True)
    for source in (GOVUK / "govuk-frontend.min.css", MOJ / "moj-frontend.min.css"):
        css = without_branding(source.read_text(encoding="utf-8"))
        (new / source.name).write_text(css, encoding="utf-8")
        for name in sorted(set(re.findall(r"url\(images/([^)]+)\)", css))):
            shutil.copyfile(source.parent / "assets" / "images" / name, images / name)
    for source in (GOVUK / "govuk-frontend.min.js", MOJ / "moj-frontend.min.js", PACKAGES / "htmx.org" / "dist" / "htmx.min.js"):
        (new / source.name).write_text(without_source_map(source.read_text(encoding="utf-8")), encoding="utf-8")
    (new / "LICENCES.txt").write_text(licences(), encoding="utf-8")
    shutil.rmtree(SERVED, ignore_errors=True)
    new.rename(SERVED)
    FOR_TESTS.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PACKAGES / "axe-core" / "axe.min.js", FOR_TESTS / "axe.min.js")


if __name__ == "__main__":
    collect()
