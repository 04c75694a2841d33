// What the page says: the status line (polite), the failure box (alert, with Retry) and the
// banner for "nothing found".

import { change, page } from "./state.js";

const $ = (id) => document.getElementById(id);
let fading;

/** What the server says of an answer, as a sentence. */
export const sentence = (note) => `${note[0].toUpperCase()}${note.slice(1)}.`;

/** Say something in passing. */
export function say(text) {
  const line = $("status");
  line.textContent = text;
  $("start-status").textContent = page.session ? "" : text;
  line.classList.remove("faded");
  clearTimeout(fading);
  fading = setTimeout(() => line.classList.add("faded"), Math.max(5000, text.length * 80));
}

/** Say that something failed; `retry` is what the Retry button does, if that makes sense. */
export function fail(text, retry = null) {
  change({ failed: retry });
  $("failure-text").textContent = text;
  $("failure-buttons").hidden = false;
  $("retry").hidden = retry === null;
  $("failure").classList.add("isOn");
  $("start-status").textContent = "";
  $("start-failure").textContent = page.session ? "" : text;
  $("start-retry").hidden = Boolean(page.session) || retry === null;
}

export function forgive() {
  if ($("failure-text").textContent === "") return;
  change({ failed: null });
  $("failure-text").textContent = "";
  $("failure-buttons").hidden = true;
  $("failure").classList.remove("isOn");
  $("start-failure").textContent = "";
  $("start-retry").hidden = true;
}

export function banner(text) {
  const line = $("banner");
  line.hidden = !text;
  line.textContent = text ?? "";
}
