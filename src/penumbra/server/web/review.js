// A pile of results, one after another: which is on screen, and what becomes of it.
// The server adds this module to its page where there is a pile.

import * as api from "./api.js";
import { zoomTo } from "./canvas.js";
import { KEYS } from "./keys.js";
import { make } from "./panel.js";
import { reopen } from "./rounds.js";
import { fail, forgive, say, sentence } from "./say.js";
import { idle, page, work } from "./state.js";
import { dropRounds, leave } from "./turns.js";

const $ = (id) => document.getElementById(id);
const SHARE = 6; // of the longer side: the window around the most doubtful spot
const LEAST = 48; // pixels of it

let item = null; // what the server says of the picture at hand; null before the first and after the last
let isBusy = false; // a decision, or the way to the next picture, is under way

/** Whether the picture at hand is on screen. */
const isShown = () => Boolean(item?.session) && page.session?.id === item.session.id;

// The bar.

function button(id, text, key, about, does) {
  const made = make("button", { type: "button", id, title: `${about} (${key})`, "aria-keyshortcuts": key });
  made.append(make("span", {}, text), make("kbd", { "aria-hidden": "true" }, key));
  made.addEventListener("click", does);
  return made;
}

function build() {
  const accepting = button("review-accept", "Accept", "Enter", "The result is good: write it, and go on", accept);
  accepting.classList.add("primary");
  const rejecting = button("review-reject", "Reject", "Q", "The picture cannot be used: to quarantine", reject);
  const skipping = button("review-skip", "Skip", "S", "Leave it for later", skip);
  const bar = make("div", { class: "bar pile", role: "group", "aria-label": "Review" });
  bar.append(make("span", { id: "review-place" }), make("span", { id: "review-about" }));
  bar.append(make("div", { class: "group end" }, rejecting, skipping, accepting));
  document.querySelector("header").after(bar);
  tell("Review", "Results that somebody should look at, the riskiest first.");
  render();
}

function render() {
  $("review-place").textContent = item ? `${item.number} of ${item.total}` : "";
  $("review-about").replaceChildren(item?.key ?? "");
  $("review-about").title = item?.key ?? "";
  if (typeof item?.risk === "number") $("review-about").append(make("small", {}, `expected error ${(item.risk * 100).toFixed(1)} %`));
  $("review-accept").disabled = isBusy || !isShown();
  $("review-reject").disabled = $("review-skip").disabled = isBusy || !item;
}

/** What stands where there is no picture. */
function tell(title, text) {
  $("start-title").textContent = title;
  $("start-title").nextElementSibling.textContent = text;
}

// From one to the next.

/** Do one thing at a time; what fails is said, with another try. */
async function attempt(job) {
  if (isBusy) return;
  isBusy = true;
  render();
  forgive();
  await work(async () => {
    try {
      await job();
    } catch (error) {
      if (api.isAbort(error)) return;
      if (!(error instanceof api.ApiError)) console.error(error);
      fail(error.message, () => attempt(error.again ?? job));
    }
  });
  isBusy = false;
  render();
}

const ask = (path) => api.callJson("review", `v1/review${path}`);
const post = (path, body = {}) => api.callJson("review", `v1/review${path}`, "POST", body);

async function turn({ next: number, total, key }) {
  history.replaceState(null, "", `#n=${number}`);
  say("Opening the next picture…");
  try {
    item = await post(`/${number}`);
  } catch (error) {
    // It cannot be shown, but it can be skipped and rejected.
    item = { number, total, key };
    clear();
    error.again = () => turn({ next: number, total, key }); // what led here is done
    throw error;
  }
  render();
  await reopen(item.session.id);
  document.activeElement?.blur?.(); // Enter means this one, not the button that was pressed last
  lookAtSpot();
  say([`${item.key}, ${item.number} of ${item.total}.`, ...item.notes.map(sentence)].join(" "));
  prepare(number);
}

function clear() {
  const { hash } = location;
  leave();
  history.replaceState(null, "", hash);
}

/** Let the server begin with the picture after this one; whether it does is of no consequence. */
async function prepare(number) {
  try {
    const { next } = await api.callJson("prepare", `v1/review?after=${number}`);
    if (next && next !== number) await api.callJson("prepare", `v1/review/${next}`, "POST", {});
  } catch {
    // Said when its turn comes.
  }
}

function lookAtSpot() {
  if (!item.spot || !isShown()) return;
  const { width, height } = page.session;
  const half = Math.max(LEAST, Math.max(width, height) / SHARE) / 2;
  // Near the border the picture fills the view all the same.
  const inside = (at, size) => Math.min(Math.max(at, Math.min(3 * half, size / 2)), Math.max(size - 3 * half, size / 2));
  const [x, y] = [inside(item.spot[0], width), inside(item.spot[1], height)];
  zoomTo({ x0: x - half, y0: y - half, x1: x + half, y1: y + half });
}

async function goOn(progress) {
  if (progress.next) return turn(progress);
  item = null;
  clear();
  say("");
  const left = "This page can be closed, and the server ended with Ctrl-C.";
  const { pile, accepted, rejected } = progress;
  tell("All pictures are decided", `${pile}: ${accepted} accepted, ${rejected} rejected. ${left}`);
}

// Decisions.

function accept() {
  if (!isShown()) return;
  if (page.draft) return say("Hints wait for their answer: accept when it is there.");
  const path = `/${item.number}/accept`;
  return attempt(async () => goOn(await post(path, { base: page.session.shown })));
}

function reject() {
  if (!item) return;
  dropRounds();
  const path = `/${item.number}/reject`;
  return attempt(async () => goOn(await post(path)));
}

function skip() {
  if (!item) return;
  const { number } = item;
  return attempt(async () => {
    const progress = await ask(`?after=${number}`);
    if (progress.next === number) return say("This is the only one left.");
    await goOn(progress);
  });
}

// Keys: they come before the page's own, but leave those of the cross to whoever steers it.

const isSteered = () => page.isHelpful && document.activeElement === $("canvas");
const isFree = () => !isSteered() && !document.activeElement?.matches?.("button, a, input");

KEYS.unshift(
  { group: "Review" },
  { keys: ["Enter"], shown: "Enter, A", does: "accept, and go to the next", run: accept, isOn: isFree, isAlways: true },
  { keys: ["a"], run: accept, isAlways: true },
  { keys: ["ArrowRight"], shown: "→, S", does: "skip: leave it for later", run: skip, isOn: isFree, isAlways: true },
  { keys: ["s"], run: skip, isAlways: true },
  { keys: ["q"], shown: "Q", does: "reject: to quarantine", run: reject, isAlways: true },
);

// Other photos are not part of the pile.
for (const kind of ["paste", "drop", "dragenter"]) {
  const refuse = (event) => {
    event.stopImmediatePropagation();
    if (kind === "drop") event.preventDefault();
  };
  document.addEventListener(kind, refuse, true);
}

const asked = Number(new URLSearchParams(location.hash.slice(1)).get("n")) || 1;
history.replaceState(null, "", location.pathname); // what stood there may name a session
build();
window.addEventListener("load", async () => {
  await idle(); // the models are known
  await attempt(async () => goOn(await ask(`?after=${asked - 1}`)));
});
