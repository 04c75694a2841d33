// The keyboard: one table that both handles the keys and fills the list under `?`.

import * as canvas from "./canvas.js";
import { boxBetween, clampPoint, current, moved, nearest } from "./hints.js";
import { nextDoubt, redo, undo } from "./history.js";
import { abandon, chooseTool, holdSpace } from "./pointer.js";
import { addBox, addClick, addStroke, propose, release, removeHint } from "./rounds.js";
import { forgive, say } from "./say.js";
import { change, page, subscribe } from "./state.js";
import { VIEWS, isOffered, keyOf } from "./views.js";

const element = document.getElementById("canvas");
const STEP = 4; // pixels of the screen; ten times that with Shift
let carried = null; // the hint that the keys carry: {ref, before, hadDraft, draft, from}
let telling;
let isByKey = false; // what was used last: keys or a pointer

const here = () => page.crosshair ?? centre();

function centre() {
  const box = element.getBoundingClientRect();
  const at = canvas.toPhoto(box.left + box.width / 2, box.top + box.height / 2);
  const [x, y] = clampPoint(at.x, at.y);
  return { x, y };
}

/** Show the crosshair: the keyboard is in use. */
export function help() {
  if (page.session?.width) change({ isHelpful: true, crosshair: here() });
}

function steer(dx, dy, isWide) {
  const reach = STEP * (isWide ? 10 : 1);
  if (page.tool === "pan") return canvas.panBy(-dx * reach * 4, -dy * reach * 4);
  const at = here();
  const [x, y] = clampPoint(at.x + (dx * reach) / canvas.currentScale(), at.y + (dy * reach) / canvas.currentScale());
  change({ isHelpful: true, crosshair: { x, y } });
  canvas.reveal(x, y);
  if (page.stroke) page.stroke.points.push([x, y]);
  if (page.corner) change({ rubber: boxBetween(page.corner.x, page.corner.y, x, y) });
  if (carried) {
    carried.draft = moved(carried.before, carried.ref, x - carried.from.x, y - carried.from.y);
    change({ draft: carried.draft });
  }
  clearTimeout(telling);
  telling = setTimeout(() => say(`Cross at ${Math.floor(x)}, ${Math.floor(y)}.`), 500);
}

/** What Enter does depends on the tool: a point, a corner, an end of a stroke. */
function act(isOn, isCollected) {
  help();
  const { x, y } = here();
  if (carried) return drop(isCollected);
  if (page.tool === "box") return actBox(x, y, isCollected);
  if (!page.tool.startsWith("brush")) return addClick(x, y, page.isOn === isOn, isCollected);
  if (page.stroke) {
    const { stroke } = page;
    change({ stroke: null });
    return addStroke(stroke, isCollected);
  }
  change({ stroke: { points: [[x, y]], width: Math.max(1, page.brush / canvas.currentScale()), is_foreground: (page.tool === "brush-on") === isOn } });
  say("Stroke begun: move the cross, Enter ends it.");
}

function actBox(x, y, isCollected) {
  if (!page.corner) {
    change({ corner: { x, y } });
    return say("First corner set: move the cross to the opposite corner, then Enter.");
  }
  const box = boxBetween(page.corner.x, page.corner.y, x, y);
  change({ corner: null, rubber: null });
  if (box) addBox(box, isCollected);
  else say("The box was too small.");
}

function carry() {
  help();
  if (carried) return drop(false);
  const { x, y } = here();
  const ref = nearest(x, y, Infinity);
  if (!ref) return say("No hint to move.");
  carried = { ref, before: current(), hadDraft: page.draft, draft: page.draft, from: { x, y } };
  change({ selected: ref });
  say("Hint picked up: arrow keys move it, Enter puts it down, Escape lets it be.");
}

/** The session or its hints have changed otherwise: what was picked up is no longer what it was. */
function putDown(patch) {
  if (!carried || !("session" in patch || ("draft" in patch && patch.draft !== carried.draft))) return;
  const isInHand = page.draft !== null && page.draft === carried.draft && page.draft !== carried.hadDraft;
  carried = null;
  if (isInHand) change({ draft: null });
}

function drop(isCollected) {
  carried = null;
  if (page.draft) propose(page.draft, isCollected);
}

function remove() {
  const row = document.activeElement?.closest?.("#hints li");
  const nearby = page.isHelpful ? nearest(here().x, here().y, Infinity) : page.selected;
  const ref = row ? { kind: row.dataset.kind, index: Number(row.dataset.index) } : nearby;
  if (ref) removeHint(ref);
  else say("No hint to delete.");
}

function escape() {
  if (carried) change({ draft: carried.hadDraft });
  carried = null;
  abandon();
  change({ corner: null, selected: null, spots: null, spot: -1 });
  forgive();
}

async function visit(by) {
  const spot = await nextDoubt(by);
  if (!spot) return;
  canvas.zoomTo(spot);
  change({ crosshair: { x: (spot.x0 + spot.x1) / 2, y: (spot.y0 + spot.y1) / 2 } });
}

export const goToDoubt = () => visit(1);

function sizeBrush(factor) {
  change({ brush: Math.min(120, Math.max(2, Math.round(page.brush * factor + Math.sign(factor - 1)))) });
  say(`Brush ${page.brush} pixels.`);
}

function look(view) {
  if (isOffered(view)) change({ view });
  else say("The answer on screen does not say what contradicts it.");
}

const tool = (name) => () => chooseTool(name);
const press = (id) => () => document.getElementById(id).click();
const inCanvas = { isCanvas: true };

// keys: what `combination` makes of the event; shown: what the list says; isOn: whether it holds now.
export const KEYS = [
  { group: "Hints, with the picture in focus" },
  { keys: ["ArrowLeft"], shown: "← ↑ → ↓", does: "move the cross (with the pan tool: the photo)", run: () => steer(-1, 0), ...inCanvas },
  { keys: ["ArrowRight"], run: () => steer(1, 0), ...inCanvas },
  { keys: ["ArrowUp"], run: () => steer(0, -1), ...inCanvas },
  { keys: ["ArrowDown"], run: () => steer(0, 1), ...inCanvas },
  { keys: ["Shift+ArrowLeft"], shown: "Shift + arrows", does: "ten times as far", run: () => steer(-1, 0, true), ...inCanvas },
  { keys: ["Shift+ArrowRight"], run: () => steer(1, 0, true), ...inCanvas },
  { keys: ["Shift+ArrowUp"], run: () => steer(0, -1, true), ...inCanvas },
  { keys: ["Shift+ArrowDown"], run: () => steer(0, 1, true), ...inCanvas },
  { keys: ["Enter", "+"], shown: "Enter or +", does: "object here; a corner of the box; begin or end a stroke", run: () => act(true, false), ...inCanvas },
  { keys: ["Shift+Enter", "-"], shown: "Shift + Enter or −", does: "background here", run: () => act(false, false), ...inCanvas },
  { keys: ["Ctrl+Enter"], shown: "Ctrl + Enter", does: "the same, collected: sent when Ctrl is let go", run: () => act(true, true), ...inCanvas },
  { keys: ["Ctrl+Shift+Enter"], run: () => act(false, true), ...inCanvas },
  { keys: ["m"], shown: "M", does: "pick up the nearest hint, and put it down", run: carry },
  { keys: ["Delete", "Backspace"], shown: "Delete", does: "remove the hint in focus, the chosen or the nearest one", run: remove },
  { keys: ["Escape"], shown: "Escape", does: "break off", run: escape },
  { group: "Mouse and touch" },
  { shown: "Click, right click", does: "object, background (also Shift + click, or press long)" },
  { shown: "Drag", does: "a box around the object; a hint to another place" },
  { shown: "Alt + click", does: "remove a hint" },
  { shown: "Ctrl held", does: "collect hints into one round" },
  { shown: "Right or Shift drag", does: "pan (also: two fingers, the middle button)" },
  { shown: "Wheel, pinch", does: "zoom" },
  { group: "Tools" },
  { keys: ["p"], shown: "P", does: "point", run: tool("point") },
  { keys: ["b"], shown: "B", does: "box", run: tool("box") },
  { keys: ["f"], shown: "F", does: "object brush", run: tool("brush-on") },
  { keys: ["g"], shown: "G", does: "background brush", run: tool("brush-off") },
  { keys: ["h"], shown: "H", does: "pan", run: tool("pan") },
  { keys: ["x"], shown: "X", does: "swap what a click means: object or background", run: press("sign") },
  { keys: ["["], shown: "[ and ]", does: "smaller, larger brush", run: () => sizeBrush(1 / 1.2) },
  { keys: ["]"], run: () => sizeBrush(1.2) },
  { group: "Looking" },
  ...VIEWS.map((view) => ({ keys: [keyOf(view).toLowerCase()], shown: keyOf(view), does: view.title[0].toLowerCase() + view.title.slice(1), run: () => look(view.number) })),
  { keys: ["`"], shown: "` held", does: "the original", run: () => change({ isPeeking: true }), stop: () => change({ isPeeking: false }) },
  { keys: [" "], shown: "Space held", does: "pan by dragging", run: () => holdSpace(true), stop: () => holdSpace(false), isForPicture: true },
  { keys: ["z"], shown: "Z", does: "zoom in", run: () => canvas.zoomBy(1.5) },
  { keys: ["Shift+z"], shown: "Shift + Z", does: "zoom out", run: () => canvas.zoomBy(1 / 1.5) },
  { keys: ["0"], shown: "0", does: "the whole photo", run: () => canvas.fit() },
  { keys: ["u"], shown: "U", does: "the most doubtful spot, then the next", run: () => visit(1) },
  { keys: ["Shift+u"], shown: "Shift + U", does: "the doubtful spot before", run: () => visit(-1) },
  { group: "Answer" },
  { keys: ["Ctrl+z"], shown: "Ctrl + Z", does: "undo", run: () => undo() },
  { keys: ["Ctrl+Shift+z", "Ctrl+y"], shown: "Ctrl + Shift + Z, Ctrl + Y", does: "redo", run: () => redo() },
  { keys: ["r"], shown: "R", does: "refine where it is doubtful", run: press("refine") },
  { keys: ["e"], shown: "E", does: "export", run: press("open-export") },
  { keys: ["?"], shown: "?", does: "this list", run: press("open-help"), isAlways: true },
];

/** Many keyboards have [ and ] on AltGr, which some systems report as Ctrl and Alt, too. */
const isAltGr = (event) => event.getModifierState("AltGraph");

/** "Ctrl+Shift+z" of an event; Shift counts only where it does not already choose the character. */
function combination(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const hasShift = event.shiftKey && (key.length > 1 || /[a-z]/.test(key));
  const hasControl = (event.ctrlKey || event.metaKey) && !isAltGr(event);
  return (hasControl ? "Ctrl+" : "") + (hasShift ? "Shift+" : "") + key;
}

function isTyping({ target }) {
  return target.matches?.("input:not([type=checkbox], [type=range], [type=radio]), select, textarea, [contenteditable]");
}

function find(event) {
  const pressed = event.code === "Backquote" && !event.ctrlKey ? "`" : combination(event);
  return KEYS.find((row) => row.keys?.includes(pressed) && (row.isOn?.() ?? true));
}

function onDown(event) {
  isByKey = true;
  if ((event.altKey && !isAltGr(event)) || event.isComposing || isTyping(event) || document.querySelector("dialog[open]")) return;
  const row = find(event);
  if (!row || (!row.isAlways && !page.session?.width)) return;
  if (row.isCanvas && document.activeElement !== element) return;
  if (row.isForPicture && ![element, document.body].includes(document.activeElement)) return;
  event.preventDefault();
  if (row.stop && event.repeat) return;
  row.run();
}

function onUp(event) {
  if (event.key === "Control" || event.key === "Meta") release();
  find(event)?.stop?.();
}

function fillList() {
  const list = document.getElementById("keys");
  let group;
  for (const row of KEYS) {
    if (row.group) {
      const title = document.createElement("h3");
      title.textContent = row.group;
      group = document.createElement("dl");
      list.append(title, group);
    } else if (row.shown) {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      const key = document.createElement("kbd");
      key.textContent = row.shown;
      term.append(key);
      text.textContent = row.does;
      group.append(term, text);
    }
  }
}

export function start() {
  fillList();
  subscribe(putDown);
  document.addEventListener("keydown", onDown);
  document.addEventListener("keyup", onUp);
  document.addEventListener("pointerdown", () => (isByKey = false), true);
  window.addEventListener("blur", () => {
    release();
    holdSpace(false);
    if (page.isPeeking) change({ isPeeking: false });
  });
  element.addEventListener("focus", () => {
    if (isByKey) help();
  });
}
