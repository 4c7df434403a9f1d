// What is typed on a doorstep outlives a lost connection: it is kept in this browser until the server has it. Without this file the forms
// are ordinary ones. Kept: fields of forms marked data-keep, by user and form; deleted when sent, at signing out, when somebody else
// signs in, and after seven days. A form carries a token, so one that is sent twice is written once.
const WEEK = 7 * 24 * 60 * 60 * 1000;
const PREFIX = "daymark:unsent:";
const frame = document.querySelector("[data-unsent]");
const user = frame ? frame.dataset.user : "";
const mine = `${PREFIX}${user}:`;
const SECRET = ["csrfmiddlewaretoken"];

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return []; // a browser that keeps nothing: the forms are ordinary ones
  }
}
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}
function write(key, held) {
  try {
    localStorage.setItem(key, JSON.stringify(held));
    return true;
  } catch {
    return false;
  }
}
function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}

// Somebody else's text, and what is older than a week, goes. The sign-in page knows nobody: a session that ran out loses nothing.
if (frame) {
  for (const key of keys()) {
    const held = read(key);
    if (!key.startsWith(mine) || !held || Date.now() - held.at > WEEK) forget(key);
  }
}
for (const out of document.querySelectorAll('form[action$="/accounts/logout/"]')) {
  out.addEventListener("submit", () => keys().forEach(forget));
}

const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !SECRET.includes(field.name) && field.type !== "file");
function valuesOf(form, button) {
  const found = [];
  for (const field of fieldsOf(form)) {
    if (field.tagName === "BUTTON" || ((field.type === "checkbox" || field.type === "radio") && !field.checked)) continue;
    found.push([field.name, field.value]);
  }
  if (button && button.name) found.push([button.name, button.value]);
  return found;
}
function putBack(form, values) {
  for (const field of fieldsOf(form)) {
    const given = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
    else if (field.tagName !== "BUTTON" && given.length) field.value = given[0];
  }
}

function sayNext(words) {
  try {
    sessionStorage.setItem("daymark:said", words);
  } catch {
    // it was sent all the same
  }
}
function saySent(words) {
  const box = document.querySelector("[data-sent]");
  box.querySelector(".moj-alert__content").textContent = words;
  box.hidden = !words;
}

function say(words, alarm) {
  const box = frame.querySelector("[data-unsent-say]");
  box.textContent = words;
  box.hidden = !words;
  box.classList.toggle("dm-late", Boolean(alarm));
}

// How much waits on this device, and where it was typed.
function show() {
  const waiting = keys().filter((key) => key.startsWith(mine)).map((key) => [key, read(key)]).filter(([, held]) => held);
  const list = frame.querySelector("[data-unsent-list]");
  list.replaceChildren();
  for (const [, held] of waiting) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.className = "govuk-link";
    link.href = held.page;
    const when = new Date(held.at).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
    link.textContent = held.send ? `Waiting to be sent, ${when}` : `Begun ${when}`;
    line.append(link);
    list.append(line);
  }
  const n = waiting.length;
  frame.querySelector("[data-unsent-count]").textContent = n === 1 ? "1 form on this device is not sent" : `${n} forms on this device are not sent`;
  frame.hidden = n === 0;
}

function token() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field ? field.value : "";
}

// "sent", "refused" (the server wants something changed), "out" (signed out), "lost" (no connection)
async function send(held) {
  const body = new URLSearchParams(held.values);
  body.set("csrfmiddlewaretoken", token());
  let answer;
  try {
    answer = await fetch(held.action, { method: "POST", body, credentials: "same-origin" });
  } catch {
    return ["lost", ""];
  }
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/accounts/login")) return ["out", ""];
  if (answer.redirected) {
    // following the answer has used up what the server said to the person: it is said on the next page
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const words = page.querySelector(".dm-alert:not([hidden]) .moj-alert__content");
    return ["sent", answer.url, words ? words.textContent.trim() : "Sent."];
  }
  return [answer.status >= 500 ? "lost" : "refused", ""];
}

const LOST = "It could not be sent: there is no connection. It is kept on this device and sent when the connection is back and a page of Daymark is open.";
const OUT = "It could not be sent: you are signed out. It is kept on this device; sign in again and it is sent.";
const NOT_KEPT = "This browser keeps nothing, so do not leave this page before the connection is back.";

let busy = false;
async function sendAll() {
  if (busy || !frame) return;
  busy = true;
  let sent = 0;
  for (const key of keys().filter((one) => one.startsWith(mine))) {
    const held = read(key);
    if (!held || !held.send) continue;
    const [came, , words] = await send(held);
    if (came === "sent") {
      forget(key);
      sent += 1;
      if (held.page === location.pathname) {
        sayNext(words);
        location.reload(); // the form in sight is the one that was sent
        return;
      }
    } else if (came === "refused") {
      write(key, { ...held, send: false }); // its page says what is wrong
    } else {
      say(came === "out" ? OUT : LOST, true);
      break;
    }
  }
  busy = false;
  show();
  if (sent) saySent(sent === 1 ? "What waited on this device has been sent." : `${sent} forms that waited on this device have been sent.`);
}

for (const form of frame ? document.querySelectorAll("form[data-keep]") : []) {
  const key = mine + form.dataset.keep;
  const keep = (values, wants) => write(key, { values, action: form.action, page: location.pathname, at: Date.now(), send: wants });
  const held = read(key);
  const wrong = form.querySelector(".govuk-error-message");
  const untouched = JSON.stringify(valuesOf(form));
  if (held && !wrong) {
    putBack(form, held.values);
    say("What you typed here was not sent. It stands in the form below as you left it.", false);
  }
  for (const note of document.querySelectorAll("[data-kept-note]")) note.hidden = false;
  form.addEventListener("input", () => {
    const values = valuesOf(form);
    if (JSON.stringify(values) === untouched) forget(key);
    else keep(values, false);
    show();
  });
  form.addEventListener("submit", async (event) => {
    if (form.dataset.plain) return;
    event.preventDefault();
    const values = valuesOf(form, event.submitter);
    const kept = keep(values, true);
    const [came, address, words] = await send(read(key) || { values, action: form.action });
    if (came === "sent") {
      forget(key);
      sayNext(words);
      location.assign(address);
    } else if (came === "refused") {
      keep(values, false);
      form.dataset.plain = "yes"; // nothing was written: sent plainly, the page says what is wrong beside the field
      form.requestSubmit(event.submitter);
    } else {
      show();
      say((came === "out" ? OUT : LOST) + (kept ? "" : ` ${NOT_KEPT}`), true);
      frame.hidden = false;
      frame.scrollIntoView({ block: "start" });
    }
  });
}

if (frame) {
  try {
    saySent(sessionStorage.getItem("daymark:said") || "");
    sessionStorage.removeItem("daymark:said");
  } catch {
    // nothing to say
  }
  show();
  window.addEventListener("online", sendAll);
  sendAll();
}
