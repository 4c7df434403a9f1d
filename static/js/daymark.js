// Everything works without this file; it makes GOV.UK's and MoJ's own components livelier.
import { initAll } from "../vendor/govuk-frontend.min.js";
import { initAll as initMoj } from "../vendor/moj-frontend.min.js";

initAll();
initMoj();

// On a phone the list comes first and its filters are a tap away.
if (window.matchMedia("(max-width: 48em)").matches) {
  for (const box of document.querySelectorAll("details[data-fold-on-phone]")) {
    box.open = false;
  }
}
