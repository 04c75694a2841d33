// Mouse, pen and touch on the canvas: gestures become hints, pans and zooms.

import * as canvas from "./canvas.js";
import { boxBetween, clampPoint, current, isInside, moved, nearest } from "./hints.js";
import { hover } from "./preview.js";
import * as rounds from "./rounds.js";
import { say } from "./say.js";
import { accepted, change, page } from "./state.js";
import { hidesMarks } from "./views.js";

const element = document.getElementById("canvas");
const SLOP = { mouse: 4, pen: 5, touch: 10 }; // a click may tremble so far
const REACH = { mouse: 10, pen: 12, touch: 22 }; // a marker is hit from so far
const LONG_PRESS = 500;
const LINE = 16; // pixels in a line of a wheel that counts lines

const fingers = new Map(); // touch pointers that are down
let gesture = null;
let isSpaceHeld = false;
let pressing;

export function holdSpace(isHeld) {
  isSpaceHeld = isHeld;
  dress();
}

export function dress() {
  element.classList.toggle("pan", isSpaceHeld || page.tool === "pan");
}

const isCollecting = (event) => event.ctrlKey || event.metaKey;
const far = (event) => Math.hypot(event.clientX - gesture.startX, event.clientY - gesture.startY) > SLOP[gesture.type];

function begin(event, kind, more = {}) {
  const at = canvas.toPhoto(event.clientX, event.clientY);
  gesture = { kind, id: event.pointerId, type: event.pointerType in SLOP ? event.pointerType : "mouse", startX: event.clientX, startY: event.clientY, lastX: event.clientX, lastY: event.clientY, at, isOff: event.button === 2 || event.shiftKey, ...more };
}

function hitDivider(event) {
  if (page.view !== 9 || !page.session.shown) return false;
  const { x } = canvas.toScreen(page.wipe * page.session.width, 0);
  return Math.abs(event.clientX - x) < (REACH[event.pointerType] ?? 10) * 0.8;
}

function hit(event) {
  if (hidesMarks()) return null;
  const { x, y } = canvas.toPhoto(event.clientX, event.clientY);
  return nearest(x, y, (REACH[event.pointerType] ?? 10) / canvas.currentScale());
}

function down(event) {
  if (!page.session?.width) return;
  element.setPointerCapture(event.pointerId);
  change({ isHelpful: false });
  hover(null);
  if (event.pointerType === "touch") {
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) return beginPinch();
    if (fingers.size > 2) return;
  }
  if (gesture) return;
  if (event.button === 1 || isSpaceHeld || (page.tool === "pan" && event.button === 0)) {
    event.preventDefault();
    begin(event, "pan");
    element.classList.add("panning");
    return;
  }
  if (event.button !== 0 && event.button !== 2) return;
  if (event.button === 0 && hitDivider(event)) return begin(event, "wipe");
  const ref = hit(event);
  const isBrush = page.tool.startsWith("brush");
  if (ref && event.altKey) {
    gesture = null;
    rounds.removeHint(ref);
    return;
  }
  if (ref && !isBrush && event.button === 0 && !isCollecting(event) && !event.shiftKey) {
    change({ selected: ref });
    return begin(event, "move", { ref, before: current(), hadDraft: page.draft });
  }
  begin(event, isBrush ? "brush" : page.tool);
  if (gesture.kind === "brush") startStroke();
  else if (gesture.type === "touch" && gesture.kind === "point") pressing = setTimeout(longPress, LONG_PRESS);
}

function startStroke() {
  const isOn = (page.tool === "brush-on") !== gesture.isOff;
  const width = Math.max(1, page.brush / canvas.currentScale());
  change({ stroke: { points: [clampPoint(gesture.at.x, gesture.at.y)], width, is_foreground: isOn } });
}

function longPress() {
  if (gesture?.kind !== "point" || gesture.isMoved) return;
  const { at } = gesture;
  gesture = null;
  navigator.vibrate?.(20);
  if (isInside(at.x, at.y)) rounds.addClick(at.x, at.y, !page.isOn, false);
}

function beginPinch() {
  clearTimeout(pressing);
  abandon();
  const [a, b] = [...fingers.values()];
  gesture = { kind: "pinch", distance: spread(a, b), x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
}

const spread = (a, b) => Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));

/** End the gesture as if it had not begun. */
export function abandon() {
  if (gesture?.kind === "move") change({ draft: gesture.hadDraft });
  gesture = null;
  element.classList.remove("panning");
  change({ stroke: null, rubber: null });
}

/** Take up a tool; what another one had begun ends. */
export function chooseTool(tool) {
  abandon();
  change({ tool, corner: null });
}

function move(event) {
  if (!page.session?.width) return;
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
  if (gesture?.kind === "pinch") return pinch();
  if (!gesture) return glide(event);
  if (event.pointerId !== gesture.id) return;
  if (!gesture.isMoved && far(event)) {
    gesture.isMoved = true;
    clearTimeout(pressing);
    if (gesture.kind === "point") gesture.kind = gesture.isOff || !accepted().includes("box") ? "pan" : "box";
  }
  const at = canvas.toPhoto(event.clientX, event.clientY);
  if (gesture.kind === "wipe") change({ wipe: Math.min(1, Math.max(0, at.x / page.session.width)) });
  else if (gesture.kind === "pan" && gesture.isMoved) canvas.panBy(event.clientX - gesture.lastX, event.clientY - gesture.lastY);
  else if (gesture.kind === "brush") stretch(event);
  else if (gesture.kind === "box" && gesture.isMoved) change({ rubber: boxBetween(gesture.at.x, gesture.at.y, at.x, at.y) });
  else if (gesture.kind === "move" && gesture.isMoved) change({ draft: moved(gesture.before, gesture.ref, at.x - gesture.at.x, at.y - gesture.at.y) });
  if (gesture.isMoved) [gesture.lastX, gesture.lastY] = [event.clientX, event.clientY];
}

/** No button is down: show what lies under the pointer. */
function glide(event) {
  if (event.pointerType === "touch") return;
  const at = canvas.toPhoto(event.clientX, event.clientY);
  const isOver = page.tool !== "pan" && !isSpaceHeld && (hitDivider(event) || (!page.tool.startsWith("brush") && hit(event) !== null));
  element.classList.toggle("over", isOver);
  hover(!isOver && isInside(at.x, at.y) ? at : null);
}

function stretch(event) {
  const steps = event.getCoalescedEvents?.() ?? [];
  const points = page.stroke.points;
  for (const { clientX, clientY } of steps.length ? steps : [event]) {
    const at = canvas.toPhoto(clientX, clientY);
    const point = clampPoint(at.x, at.y);
    const [x, y] = points.at(-1);
    if (Math.hypot(point[0] - x, point[1] - y) * canvas.currentScale() >= 2) points.push(point);
  }
  canvas.plan();
}

function pinch() {
  const [a, b] = [...fingers.values()];
  if (!b) return;
  const [distance, x, y] = [spread(a, b), (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2];
  canvas.panBy(x - gesture.x, y - gesture.y);
  canvas.zoomAt(distance / gesture.distance, x, y);
  gesture = { kind: "pinch", distance, x, y };
}

function up(event) {
  fingers.delete(event.pointerId);
  clearTimeout(pressing);
  if (gesture?.kind === "pinch") {
    if (!fingers.size) gesture = null;
    return;
  }
  if (!gesture || event.pointerId !== gesture.id) return;
  const done = gesture;
  gesture = null;
  element.classList.remove("panning");
  finish(done, isCollecting(event));
}

function finish(done, isCollected) {
  const { at } = done;
  if (done.kind === "point") {
    if (isInside(at.x, at.y)) rounds.addClick(at.x, at.y, page.isOn !== done.isOff, isCollected);
  } else if (done.kind === "box") {
    const box = page.rubber;
    change({ rubber: null });
    if (box) rounds.addBox(box, isCollected);
    else say("Drag a box around the object.");
  } else if (done.kind === "brush") {
    const { stroke } = page;
    change({ stroke: null });
    rounds.addStroke(stroke, isCollected);
  } else if (done.kind === "move" && done.isMoved) {
    rounds.propose(page.draft, isCollected);
  } else if (done.kind === "move") {
    say("Hint chosen: drag it, or press Delete to remove it.");
  }
}

function wheel(event) {
  if (!page.session?.width) return;
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? 400 : 1);
  // A pinch on a touch pad comes as a wheel with Ctrl, in small steps.
  const rate = event.ctrlKey && Math.abs(pixels) < 50 ? 0.01 : 0.002;
  canvas.zoomAt(Math.exp(-Math.max(-400, Math.min(400, pixels)) * rate), event.clientX, event.clientY);
}

export function start() {
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    clearTimeout(pressing);
    abandon();
  });
  element.addEventListener("pointerleave", () => hover(null));
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  element.addEventListener("wheel", wheel, { passive: false });
}
