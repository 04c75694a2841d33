// The canvas: the view transform (photo pixels to the screen and exactly back), and the drawing
// of picture, hints, crosshair and doubtful spots.

import { corners, current } from "./hints.js";
import { change, page } from "./state.js";
import { hidesMarks, paint } from "./views.js";

const canvas = document.getElementById("canvas");
const ctx = canvas.getContext("2d");
const MARGIN = 16;
const MOST_SCALE = 64;
const SIDES = [512, 800, 1200, 1600]; // of the pictures from the server; doubled from there
const MOST_SIDE = 8192;
const ON = "#0064b4";
const OFF = "#e07b00";

let size = { width: 1, height: 1 };
let planned = 0;
let onZoomed = () => {};

/** Tell `listener` the wanted side whenever zooming, or the window's size, may have changed it. */
export function whenZoomed(listener) {
  onZoomed = listener;
}

/** The scale at which the whole photo is seen. */
function fitScale() {
  const { width, height } = page.session;
  const fit = Math.min((size.width - 2 * MARGIN) / width, (size.height - 2 * MARGIN) / height);
  return Math.max(1e-4, Math.min(fit, 8));
}

/** screen = photo * scale + (x, y), in CSS pixels from the canvas's corner. */
function transform() {
  const { width, height } = page.session;
  const scale = page.zoom?.scale ?? fitScale();
  const { x, y } = page.zoom ?? { x: width / 2, y: height / 2 };
  return { scale, x: size.width / 2 - x * scale, y: size.height / 2 - y * scale };
}

/** Where the canvas lies in the viewport, and how large it is now. */
function measure() {
  const box = canvas.getBoundingClientRect();
  size = { width: Math.max(1, box.width), height: Math.max(1, box.height) };
  return box;
}

/** The photo point under a client point of the viewport. */
export function toPhoto(clientX, clientY) {
  const box = measure();
  const { scale, x, y } = transform();
  return { x: (clientX - box.left - x) / scale, y: (clientY - box.top - y) / scale };
}

/** The client point of the viewport over a photo point. */
export function toScreen(photoX, photoY) {
  const box = measure();
  const { scale, x, y } = transform();
  return { x: photoX * scale + x + box.left, y: photoY * scale + y + box.top };
}

export function currentScale() {
  return page.session ? transform().scale : 1;
}

/** The longer side of the pictures that the canvas needs as it is zoomed, or for the whole photo. */
export function wantedSide(isFitted = false) {
  measure();
  const scale = isFitted ? fitScale() : transform().scale;
  const long = Math.max(page.session.width, page.session.height);
  const needed = long * scale * (window.devicePixelRatio || 1);
  let side = SIDES.find((each) => each >= needed) ?? SIDES.at(-1);
  while (side < needed / 1.5) side *= 2;
  return Math.min(side, long, MOST_SIDE);
}

function setZoom(scale, x, y) {
  const { id, width, height } = page.session;
  const inside = (value, end) => Math.min(Math.max(value, 0), end);
  change({ zoom: { session: id, scale, x: inside(x, width), y: inside(y, height) } });
  onZoomed(wantedSide());
  plan();
}

/** Zoom so that the photo point under the client point stays there. */
export function zoomAt(factor, clientX, clientY) {
  const fixed = toPhoto(clientX, clientY);
  const before = transform().scale;
  const scale = Math.min(MOST_SCALE, Math.max(fitScale() / 2, before * factor));
  const middle = page.zoom ?? { x: page.session.width / 2, y: page.session.height / 2 };
  const ratio = before / scale;
  setZoom(scale, fixed.x + (middle.x - fixed.x) * ratio, fixed.y + (middle.y - fixed.y) * ratio);
}

/** Zoom about the crosshair if the keyboard is in use, else about the middle. */
export function zoomBy(factor) {
  const box = canvas.getBoundingClientRect();
  const at = page.isHelpful && page.crosshair ? toScreen(page.crosshair.x, page.crosshair.y) : { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  zoomAt(factor, at.x, at.y);
}

export function panBy(dx, dy) {
  const { scale } = transform();
  const middle = page.zoom ?? { x: page.session.width / 2, y: page.session.height / 2 };
  setZoom(scale, middle.x - dx / scale, middle.y - dy / scale);
}

export function fit() {
  change({ zoom: null });
  plan();
}

/** Bring a window of the photo to the middle, a third of the canvas wide. */
export function zoomTo({ x0, y0, x1, y1 }) {
  const wide = Math.min(size.width / (x1 - x0), size.height / (y1 - y0)) / 3;
  setZoom(Math.min(MOST_SCALE, Math.max(fitScale(), wide)), (x0 + x1) / 2, (y0 + y1) / 2);
}

/** Pan as far as it takes to see a photo point. */
export function reveal(x, y) {
  const { scale, x: left, y: top } = transform();
  const [sx, sy] = [x * scale + left, y * scale + top];
  const over = (value, end) => Math.min(0, value - 24) + Math.max(0, value + 24 - end);
  const [dx, dy] = [over(sx, size.width), over(sy, size.height)];
  if (dx || dy) panBy(-dx, -dy);
}

/** Draw at the next frame. */
export function plan() {
  planned ||= requestAnimationFrame(draw);
}

export function draw() {
  if (planned) cancelAnimationFrame(planned);
  planned = 0;
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, size.width, size.height);
  if (!page.session) return;
  const { scale, x, y } = transform();
  const frame = { x, y, width: page.session.width * scale, height: page.session.height * scale };
  paint(ctx, frame, size);
  const put = (px, py) => [px * scale + x, py * scale + y];
  drawSpot(put);
  if (!page.isPeeking) drawHints(put, scale);
  if (page.isHelpful && page.crosshair) drawCrosshair(put(page.crosshair.x, page.crosshair.y));
}

/** Stroke the current path light on dark, so that it shows on every picture. */
function outline(colour, width, dash = []) {
  ctx.setLineDash([]);
  ctx.strokeStyle = "rgb(0 0 0 / .75)";
  ctx.lineWidth = width + 3;
  ctx.stroke();
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = width + 1.5;
  ctx.stroke();
  ctx.setLineDash(dash);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawHints(put, scale) {
  const hints = hidesMarks() ? {} : current();
  const isChosen = (kind, index) => page.selected?.kind === kind && page.selected.index === index;
  ctx.lineCap = ctx.lineJoin = "round";
  const strokes = (hints.scribbles ?? []).map((stroke, index) => ({ stroke, isBold: isChosen("scribble", index) }));
  if (page.stroke) strokes.push({ stroke: page.stroke, isBold: true });
  for (const { stroke, isBold } of strokes) drawStroke(stroke, put, scale, isBold);
  if (hints.box) drawBox(hints.box, put, hints.isBoxPending, isChosen("box", 0));
  if (page.rubber) drawBox(page.rubber, put, true, false);
  (hints.clicks ?? []).forEach((click, index) => drawClick(put(click.x, click.y), click, isChosen("click", index)));
}

function drawStroke({ points, width, is_foreground, isPending }, put, scale, isBold) {
  ctx.beginPath();
  points.forEach((point, n) => (n ? ctx.lineTo(...put(...point)) : ctx.moveTo(...put(...point))));
  if (points.length === 1) ctx.lineTo(...put(...points[0]));
  ctx.globalAlpha = isBold ? 0.55 : 0.35;
  ctx.lineWidth = Math.max(1, width * scale);
  ctx.strokeStyle = is_foreground ? ON : OFF;
  ctx.stroke();
  ctx.globalAlpha = 1;
  outline(is_foreground ? ON : OFF, 2, isPending ? [6, 5] : is_foreground ? [] : [2, 5]);
}

function drawBox(box, put, isPending, isBold) {
  const [left, top] = put(box[0], box[1]);
  const [right, bottom] = put(box[2], box[3]);
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  outline(ON, isBold ? 3 : 2, isPending ? [7, 5] : []);
  for (const corner of corners(box)) {
    const [x, y] = put(...corner);
    ctx.beginPath();
    ctx.rect(x - 4, y - 4, 8, 8);
    outline(ON, 2);
    ctx.fillStyle = "#fff";
    ctx.fill();
  }
}

/** A disc with a plus on the object, a square with a minus off it. */
function drawClick([x, y], { is_foreground, isPending }, isBold) {
  const r = isBold ? 11 : 9;
  ctx.beginPath();
  if (is_foreground) ctx.arc(x, y, r, 0, 2 * Math.PI);
  else ctx.rect(x - r, y - r, 2 * r, 2 * r);
  ctx.strokeStyle = "#000";
  ctx.lineWidth = 5;
  ctx.stroke();
  ctx.setLineDash(isPending ? [4, 3] : []);
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = isBold ? 4 : 2.5;
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = is_foreground ? ON : OFF;
  ctx.fill();
  ctx.beginPath();
  ctx.moveTo(x - 5, y);
  ctx.lineTo(x + 5, y);
  if (is_foreground) {
    ctx.moveTo(x, y - 5);
    ctx.lineTo(x, y + 5);
  }
  ctx.strokeStyle = is_foreground ? "#fff" : "#000";
  ctx.lineWidth = 2.5;
  ctx.stroke();
}

function drawCrosshair([x, y]) {
  ctx.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    ctx.moveTo(x + 4 * dx, y + 4 * dy);
    ctx.lineTo(x + 18 * dx, y + 18 * dy);
  }
  outline("#d4005a", 2);
}

function drawSpot(put) {
  const spot = page.spots?.[page.spot];
  if (!spot) return;
  const [left, top] = put(spot.x0, spot.y0);
  const [right, bottom] = put(spot.x1, spot.y1);
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  outline("#ffd23f", 2, [3, 4]);
}

new ResizeObserver(() => {
  measure();
  draw();
  if (page.session?.id) onZoomed(wantedSide()); // the whole photo may be seen larger now
}).observe(canvas);
