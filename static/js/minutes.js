// The minutes, livelier: each line is saved when it is left, others' lines appear, and what was typed outlives a lost session.
// Without this file the page is one form with one button. Keys are listened to inside a line only, and none is taken from a text field but Enter.
const form = document.querySelector("[data-minutes]");
const say = document.querySelector("[data-say]");
const EVERY = 4000; // ms between two looks at what others saved
const store = `minutes:${form.dataset.user}:${location.pathname}`;
const waiting = new Map(); // line id -> a save that runs
let poll = 0;

const lines = () => [...form.querySelectorAll("[data-line]")];
const lineOf = (element) => element.closest("[data-line]");
const fieldsOf = (line) => [...line.querySelectorAll("input, select, textarea")].filter((field) => field.name);
const typable = (field) => field.type !== "hidden";

function valuesOf(line, wanted = () => true) {
  const found = {};
  for (const field of fieldsOf(line).filter(wanted)) {
    if ((field.type === "checkbox" || field.type === "radio") && !field.checked) {
      if (field.type === "checkbox") found[field.name] = null;
      continue;
    }
    found[field.name] = field.value;
  }
  return found;
}
const picture = (line) => JSON.stringify(valuesOf(line, typable));
const clean = new WeakMap(); // line -> what it looked like when it came from the server
for (const line of lines()) clean.set(line, line.classList.contains("dm-line--wrong") ? "" : picture(line));
const dirty = (line) => clean.get(line) !== picture(line);
// A line that somebody else saved, too, waits for a choice.
const ready = (line) => dirty(line) && (!line.querySelector(".dm-overtaken") || line.querySelector(".dm-overtaken input[type=radio]:checked"));

function tell(line, words, strong) {
  const place = line.querySelector("[data-saved]");
  place.textContent = "";
  const holder = strong ? place.appendChild(document.createElement("strong")) : place;
  if (strong) holder.className = "dm-late";
  holder.textContent = words;
  if (strong) say.textContent = words;
}

// What is typed and not saved yet, for this tab and this person only.
function keepTyped() {
  const typed = {};
  for (const line of lines()) if (dirty(line)) typed[line.dataset.line] = valuesOf(line);
  try {
    if (Object.keys(typed).length) sessionStorage.setItem(store, JSON.stringify(typed));
    else sessionStorage.removeItem(store);
  } catch { /* no room or not allowed: the page itself still holds it */ }
}
function bringBack() {
  let typed = {};
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("minutes:") && !key.startsWith(`minutes:${form.dataset.user}:`)) sessionStorage.removeItem(key);
    typed = JSON.parse(sessionStorage.getItem(store) || "{}");
  } catch { return; }
  let back = 0;
  for (const [name, values] of Object.entries(typed)) {
    const line = form.querySelector(`[data-line="${CSS.escape(name)}"]`);
    if (!line) continue;
    for (const field of fieldsOf(line)) {
      if (!(field.name in values)) continue;
      if (field.type === "checkbox") field.checked = values[field.name] !== null;
      else if (field.type === "radio") field.checked = field.value === values[field.name];
      else field.value = values[field.name];
    }
    mark(line);
    back += 1;
  }
  if (back) say.textContent = `${back} unsaved ${back === 1 ? "line was" : "lines were"} brought back.`;
  for (const line of lines()) if (ready(line)) save(line);
}

function mark(line) {
  const unsaved = dirty(line);
  line.classList.toggle("dm-line--unsaved", unsaved);
  if (unsaved && !waiting.has(line.dataset.line)) tell(line, "Not saved yet");
  keepTyped();
}

function put(line, html) {
  const held = line.contains(document.activeElement) ? document.activeElement : null;
  const [id, start, open] = [held && held.id, held && held.selectionStart, line.querySelector("details")?.open];
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const next = holder.content.firstElementChild;
  if (open) next.querySelector("details").open = true;
  line.replaceWith(next);
  clean.set(next, next.classList.contains("dm-line--wrong") ? "" : picture(next));
  const again = id && document.getElementById(id);
  if (again) {
    again.focus();
    if (start !== null && again.setSelectionRange && /text|textarea/.test(again.type)) again.setSelectionRange(start, start);
  }
  return next;
}

function summary(answer) {
  if (answer.summary) document.querySelector("[data-summary]").textContent = answer.summary;
  if (answer.token) form.querySelector("[name=csrfmiddlewaretoken]").value = answer.token;
}

async function send(line, more) {
  const body = new FormData();
  for (const [name, value] of Object.entries(valuesOf(line))) if (value !== null) body.append(name, value);
  for (const [name, value] of Object.entries(more)) body.append(name, value);
  body.append("only", line.dataset.line);
  body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  return fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
}
const isAnswer = (response) => !response.redirected && (response.headers.get("Content-Type") || "").startsWith("application/json");

async function save(line, more = {}) {
  const name = line.dataset.line;
  if (waiting.has(name)) return waiting.get(name).then(() => { const now = document.getElementById(name); return now && dirty(now) ? save(now, more) : null; });
  const sent = picture(line);
  const work = (async () => {
    let response = await send(line, more);
    if (response.status === 403 && (await look())) response = await send(line, more); // signed in again elsewhere: another token
    if (!isAnswer(response)) {
      signedOut(line);
      return;
    }
    const answer = await response.json();
    if (answer.problem) {
      tell(line, answer.problem, true);
      return;
    }
    summary(answer);
    const now = document.getElementById(name);
    for (const told of answer.lines) {
      if (told.id !== name) continue;
      if (picture(now) === sent) {
        const next = put(now, told.html);
        const words = next.querySelector("[data-saved]").textContent.trim();
        if (words) say.textContent = words;
      } else takeOver(now, told); // somebody went on typing: keep that, made from what was saved
    }
    keepTyped();
  })().catch(() => tell(line, "Not saved: no connection. It is tried again.", true)).finally(() => waiting.delete(name));
  waiting.set(name, work);
  return work;
}

// The line as saved, with what was typed since in its fields.
function takeOver(line, told) {
  const typed = valuesOf(line, typable);
  const next = put(line, told.html);
  const saved = picture(next);
  for (const field of fieldsOf(next).filter(typable)) {
    if (!(field.name in typed) || field.name.endsWith("-what") && told.state === "saved") continue;
    if (field.type === "checkbox") field.checked = typed[field.name] !== null;
    else if (field.type === "radio") field.checked = field.value === typed[field.name];
    else field.value = typed[field.name];
  }
  clean.set(next, saved);
  mark(next);
}

function signedOut(line) {
  tell(line, "Not saved: you have been signed out. ", true);
  const link = document.createElement("a");
  link.href = `${form.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = "Sign in again";
  link.className = "govuk-link";
  line.querySelector("[data-saved]").append(link, document.createTextNode(": what you typed is kept in this tab."));
  keepTyped();
}

// What others saved: only lines in which nothing is typed are swapped; the others are told when they are saved.
async function look() {
  const asked = new URLSearchParams(lines().map((line) => [line.dataset.line, line.dataset.version]));
  let response;
  try {
    response = await fetch(`${form.dataset.saved}?${asked}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  } catch { return false; }
  if (!response.ok || !isAnswer(response)) return false;
  const answer = await response.json();
  summary(answer);
  for (const told of answer.lines) {
    const line = document.getElementById(told.id);
    if (!line) say.textContent = "An item was added to the agenda: load the page again to see it.";
    else if (!dirty(line) && !waiting.has(told.id) && line.dataset.version !== String(told.version)) put(line, told.html);
  }
  for (const line of lines()) if (ready(line) && !line.contains(document.activeElement) && !line.classList.contains("dm-line--wrong")) save(line);
  return true;
}

function next(line, back) {
  const all = lines();
  const to = all[all.indexOf(line) + (back ? -1 : 1)];
  const field = to && to.querySelector("select[name$=-decision], select[name$=-cohort]");
  if (field) {
    field.focus();
    to.scrollIntoView({ block: "nearest" });
  }
}

form.addEventListener("input", (event) => { const line = lineOf(event.target); if (line) mark(line); });
form.addEventListener("change", (event) => {
  const line = lineOf(event.target);
  if (!line) return;
  if (event.target.name.endsWith("-decision")) {
    const [what, ticked] = [line.querySelector("[name$=-what]"), line.querySelector("input[name$=-discussed][type=checkbox]")];
    if (event.target.value) ticked.checked = true;
    const none = !line.querySelector(".dm-line__agreed");
    if (event.target.value === "action" && none && !what.value) what.value = what.dataset.usual || "";
    else if (event.target.value !== "action" && what.value && what.value === what.dataset.usual) what.value = "";
  }
  mark(line);
});
form.addEventListener("focusout", (event) => {
  const line = lineOf(event.target);
  if (line && !line.contains(event.relatedTarget) && document.contains(line) && ready(line)) save(line);
});
form.addEventListener("keydown", (event) => {
  const line = lineOf(event.target);
  if (!line || event.key !== "Enter" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!event.target.matches("select, input:not([type=hidden])")) return; // buttons, links and summaries keep their own Enter
  event.preventDefault();
  if (ready(line)) save(line);
  next(line, event.shiftKey);
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=take_back]");
  if (!button) return;
  event.preventDefault();
  const line = lineOf(button);
  save(line, { take_back: button.value });
});
form.addEventListener("submit", () => sessionStorage.removeItem(store));
window.addEventListener("beforeunload", keepTyped);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
bringBack();
poll = setInterval(() => { if (!document.hidden) look(); }, EVERY);
window.addEventListener("pagehide", () => clearInterval(poll));
