// Everything works without this file; it makes GOV.UK's and MoJ's own components livelier.
import { initAll } from "../vendor/govuk-frontend.min.js";
import { initAll as initMoj } from "../vendor/moj-frontend.min.js";

initAll();
initMoj();
