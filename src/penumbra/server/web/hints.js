// Hints as plain data: what is on screen, adding, removing, moving, finding and naming them.
// A hint is referred to as {kind: "click" | "scribble" | "box" | "text", index}.

import { hintRound, page } from "./state.js";

/** All hints on screen: the unanswered draft, or those of the round. */
export function current() {
  return page.draft ?? confirmed();
}

export function confirmed() {
  return hintRound()?.hints ?? {};
}

export function copy(hints = current()) {
  const twin = structuredClone(hints);
  twin.clicks ??= [];
  twin.scribbles ??= [];
  return twin;
}

/** As the server takes them: no marks of ours, no empty lists. */
export function clean(hints) {
  const sent = structuredClone(hints);
  for (const hint of [...(sent.clicks ?? []), ...(sent.scribbles ?? [])]) delete hint.isPending;
  delete sent.isBoxPending;
  for (const key of Object.keys(sent)) {
    const value = sent[key];
    if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) delete sent[key];
  }
  return sent;
}

const KEYS = { clicks: "click", scribbles: "scribble", box: "box", text: "text", trimap: "trimap", mask: "mask" };
const WORDS = { click: "points", scribble: "strokes", box: "the box", text: "the text", trimap: "the trimap", mask: "the mask" };

/** Split hints into those of the `kinds` and the words for what was left out. */
export function usable(hints, kinds) {
  const kept = clean(hints);
  const left = [];
  for (const key of Object.keys(kept)) {
    if (kinds.includes(KEYS[key])) continue;
    left.push(WORDS[KEYS[key]] ?? key);
    delete kept[key];
  }
  return { kept, left };
}

/** The kinds of hint that there are, as the rounds of the server name them. */
export function kindsIn(hints) {
  return Object.keys(clean(hints)).map((key) => KEYS[key]);
}

export function isNothing(hints) {
  return Object.keys(clean(hints)).length === 0;
}

/** Every hint of a list, named for people, in the order of the list in the panel. */
export function listed(hints = current()) {
  const list = [];
  if (hints.text) list.push({ kind: "text", index: 0, name: `Text “${hints.text}”`, isPending: false });
  if (hints.box) {
    const [x0, y0, x1, y1] = hints.box.map(Math.round);
    list.push({ kind: "box", index: 0, name: `Box ${x0}, ${y0} to ${x1}, ${y1}`, isPending: Boolean(hints.isBoxPending) });
  }
  (hints.clicks ?? []).forEach((click, index) => {
    const where = `${Math.floor(click.x)}, ${Math.floor(click.y)}`;
    const name = `${click.is_foreground ? "Object" : "Background"} point at ${where}`;
    list.push({ kind: "click", index, name, isOn: click.is_foreground, isPending: Boolean(click.isPending) });
  });
  (hints.scribbles ?? []).forEach((stroke, index) => {
    const [x, y] = stroke.points[0];
    const name = `${stroke.is_foreground ? "Object" : "Background"} stroke from ${Math.floor(x)}, ${Math.floor(y)}`;
    list.push({ kind: "scribble", index, name, isOn: stroke.is_foreground, isPending: Boolean(stroke.isPending) });
  });
  if (hints.mask) list.push({ kind: "mask", index: 0, name: "Mask", isPending: false });
  if (hints.trimap) list.push({ kind: "trimap", index: 0, name: "Trimap", isPending: false });
  return list;
}

export function without(hints, { kind, index }) {
  const left = copy(hints);
  if (kind === "click") left.clicks.splice(index, 1);
  else if (kind === "scribble") left.scribbles.splice(index, 1);
  else delete left[kind];
  return left;
}

const within = (value, end) => Math.min(Math.max(value, 0), end);

/** Keep a point on the photo, as the half-open picture wants it. */
export function clampPoint(x, y) {
  const { width, height } = page.session;
  return [within(x, width - 1e-3), within(y, height - 1e-3)];
}

export function isInside(x, y) {
  const { session } = page;
  return Boolean(session) && x >= 0 && y >= 0 && x < session.width && y < session.height;
}

/** The box between two corners, cut at the photo's edge; null if nothing is left. */
export function boxBetween(ax, ay, bx, by) {
  const { width, height } = page.session;
  const box = [within(Math.min(ax, bx), width), within(Math.min(ay, by), height), within(Math.max(ax, bx), width), within(Math.max(ay, by), height)];
  return box[2] - box[0] >= 1 && box[3] - box[1] >= 1 ? box : null;
}

/** `hints` with one of them moved by (dx, dy) photo pixels; a box by its `part`: corner 0..3, or whole. */
export function moved(hints, { kind, index, part }, dx, dy) {
  const result = copy(hints);
  if (kind === "click") {
    const click = result.clicks[index];
    [click.x, click.y] = clampPoint(click.x + dx, click.y + dy);
    click.isPending = true;
  } else if (kind === "scribble") {
    const stroke = result.scribbles[index];
    stroke.points = stroke.points.map(([x, y]) => clampPoint(x + dx, y + dy));
    stroke.isPending = true;
  } else if (kind === "box") {
    let [x0, y0, x1, y1] = result.box;
    if (part === undefined || part === 0 || part === 3) x0 += dx;
    if (part === undefined || part === 0 || part === 1) y0 += dy;
    if (part === undefined || part === 1 || part === 2) x1 += dx;
    if (part === undefined || part === 2 || part === 3) y1 += dy;
    result.box = boxBetween(x0, y0, x1, y1) ?? result.box;
    result.isBoxPending = true;
  }
  return result;
}

function distanceToSegment(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  const t = length2 ? within(((x - ax) * dx + (y - ay) * dy) / length2, 1) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

export function corners([x0, y0, x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

/** The hint nearest to a photo point within `reach` photo pixels, points before boxes before strokes. */
export function nearest(x, y, reach, hints = current()) {
  let best = null;
  let least = reach;
  const consider = (distance, ref) => {
    if (distance <= least) [least, best] = [distance, ref];
  };
  (hints.clicks ?? []).forEach((click, index) => consider(Math.hypot(click.x - x, click.y - y), { kind: "click", index }));
  if (best && Number.isFinite(reach)) return best;
  if (hints.box) {
    const four = corners(hints.box);
    four.forEach((corner, part) => consider(Math.hypot(corner[0] - x, corner[1] - y), { kind: "box", index: 0, part }));
    if (best?.kind !== "box") four.forEach((corner, n) => consider(distanceToSegment(x, y, corner, four[(n + 1) % 4]), { kind: "box", index: 0 }));
  }
  if (best && Number.isFinite(reach)) return best;
  (hints.scribbles ?? []).forEach((stroke, index) => {
    const { points } = stroke;
    points.forEach((point, n) => consider(distanceToSegment(x, y, point, points[n + 1] ?? point), { kind: "scribble", index }));
  });
  return best;
}
