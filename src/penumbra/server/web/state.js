// The state of the page in one object, who listens to it, what of it survives a reload,
// and whether anything is under way (`work`, `idle`).

const STORE = "penumbra";
const SESSIONS = "penumbra.sessions"; // what is kept of each: its model, and hints that were collected
const MOST_SESSIONS = 20; // the newest
const KEPT = ["view", "tool", "isOn", "brush", "colour", "isPreviewOn", "isGhostOn", "isAutoRefineOn", "budget", "wipe", "zoom"];

export const page = {
  session: null, // State of the server, or null on the start screen
  models: [], // cards of GET v1/models
  model: "auto", // name of the model for the next round
  draft: null, // hints not yet answered: what was confirmed plus what is new (`isPending`)
  isHeld: false, // the draft waits for more hints
  isCollecting: false, // the switch for those who cannot hold Ctrl
  isReopening: false, // the session of the address is being fetched
  view: 2,
  tool: "point",
  isOn: true, // a tap adds to the object, or removes from it
  brush: 24, // pixels of the screen
  colour: "#2f8f6b",
  isPreviewOn: true,
  isGhostOn: false,
  isAutoRefineOn: false,
  budget: 8,
  wipe: 0.5, // share of the photo's width left of the divider
  zoom: null, // {session, scale, x, y}: the photo point in the middle; null = fitted
  isPeeking: false, // the original is shown while a key is held
  isHelpful: false, // the crosshair is shown: the keyboard is in use on the canvas
  crosshair: null, // {x, y} in photo pixels
  corner: null, // first corner of a box drawn by keys
  stroke: null, // stroke under way: {points, width, is_foreground}
  rubber: null, // box under way: [x0, y0, x1, y1]
  selected: null, // the hint last touched: {kind, index}
  people: null, // who was found on the photo: [{number, box, score}]
  spots: null, // doubtful windows of the round on screen
  spot: -1,
  failed: null, // what Retry does
};

const listeners = new Set();

export function subscribe(listener) {
  listeners.add(listener);
}

/** Change the page's state and tell everyone who listens. */
export function change(patch = {}) {
  Object.assign(page, patch);
  for (const listener of listeners) listener(patch);
  if (KEPT.some((key) => key in patch)) write(STORE, Object.fromEntries(KEPT.map((key) => [key, page[key]])));
  if (page.session?.id && ["model", "draft", "isHeld"].some((key) => key in patch)) saveSession();
}

export function shownRound() {
  return page.session?.rounds[page.session.shown - 1] ?? null;
}

/** The round whose hints hold now: the one on screen, or the one that it refines. */
export function hintRound() {
  const rounds = page.session?.rounds ?? [];
  for (let n = page.session?.shown ?? 0; n > 0; n--) {
    if (rounds[n - 1].kind !== "refine") return rounds[n - 1];
  }
  return null;
}

export function card(name = page.model) {
  return page.models.find((model) => model.name === name) ?? null;
}

/** The kinds of hint that the next round may hold. */
export function accepted() {
  return card()?.accepts ?? page.session?.accepts ?? [];
}

export function isHintNeeded() {
  const chosen = card();
  return Boolean(chosen && (chosen.is_hint_needed || chosen.requires?.length));
}

function write(name, kept) {
  try {
    localStorage.setItem(name, JSON.stringify(kept));
  } catch {
    // Private windows may refuse; the page works on, it only forgets.
  }
}

function read(name, otherwise) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    if (kept && typeof kept === "object" && Array.isArray(kept) === Array.isArray(otherwise)) return kept;
  } catch {
    // Nothing sensible was kept.
  }
  return otherwise;
}

function saveSession() {
  const { session, model, draft, isHeld } = page;
  const others = read(SESSIONS, []).filter(({ id }) => id !== session.id);
  write(SESSIONS, [{ id: session.id, model, draft: isHeld ? draft : null }, ...others].slice(0, MOST_SESSIONS));
}

/** What was kept of a session: {model, draft}. */
export function keptOf(id) {
  return read(SESSIONS, []).find((kept) => kept.id === id) ?? {};
}

export function forget(id) {
  write(SESSIONS, read(SESSIONS, []).filter((kept) => kept.id !== id));
}

export function restore() {
  const kept = read(STORE, {});
  for (const key of KEPT) {
    if (key in kept && (page[key] === null || typeof kept[key] === typeof page[key])) page[key] = kept[key];
  }
  if (!(page.view >= 1 && page.view <= 10)) page.view = 2;
}

export function sessionInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("s");
}

/** Name the session in the address; a `isNew` one so that Back returns to the one before. */
export function writeAddress(id, isNew = false) {
  history[isNew ? "pushState" : "replaceState"](null, "", id ? `#s=${encodeURIComponent(id)}` : location.pathname + location.search);
}

// What is under way.

let running = 0;
let waiting = [];
let draw = () => {};

export function onSettled(drawNow) {
  draw = drawNow;
}

/** Run `job`; until it ends the page counts as busy. */
export async function work(job) {
  running++;
  document.body.dataset.busy = "true";
  try {
    return await job();
  } finally {
    running--;
    if (running === 0) settle();
  }
}

function settle() {
  draw();
  mark();
  document.body.dataset.busy = "false";
  for (const resolve of waiting.splice(0)) resolve();
}

/** Write on <body> what has been drawn, for tests. */
export function mark() {
  document.body.dataset.shown = page.session ? String(page.session.shown) : "";
  document.body.dataset.rounds = page.session ? String(page.session.rounds.length) : "";
}

/** Resolve when no request runs and the answer has been drawn. */
export function idle() {
  return running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
}
