// The pictures behind the views, at the size of the screen: the photo (from the local file where
// the browser can read it), the alpha of the round, and what a view needs besides.
// Coarse first: alpha over the photo at once, the object's true colours when they arrive.

import * as api from "./api.js";
import { hintRound, page, shownRound, work } from "./state.js";

const FILE_SIDE = 1600; // of the local photo, which does not travel

export const pictures = {
  photo: null,
  alpha: null, // grey, as it came
  mask: null, // the same as transparency
  cutout: null,
  hasTrueColours: false, // the cut-out has the object's own colours, not yet those of the photo
  composite: null, // the object over the chosen picture
  doubt: null,
  conflicts: null, // what contradicted the answer before, over the photo
  preview: null, // what a click under the pointer would change
  backdrop: null, // the chosen picture itself, if it was chosen on this page
  bounds: null, // of the object, as shares of the photo: [x0, y0, x1, y1]
  isDoubtless: false, // the model says nothing about its doubt
};

let file = null; // the local photo, if the browser can read it
let photoSide = 0;
let matteSide = 0;
let stamp = 0; // of the matte on screen
let era = 0; // of the photo
let redraw = () => {}; // told whether the answer of the round is new

export function onPicture(draw) {
  redraw = draw;
}

function newCanvas(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return canvas;
}

/** Forget everything of the photo before. */
export function clear() {
  stamp++;
  era++;
  api.abort("photo", "alpha", "cutout", "composite", "uncertainty", "conflicts", "preview");
  for (const key of Object.keys(pictures)) pictures[key] = null;
  pictures.hasTrueColours = pictures.isDoubtless = false;
  file = null;
  photoSide = matteSide = 0;
}

/** Show a local file; returns its size, or null if the browser cannot read it. */
export async function showFile(chosen) {
  const mine = era;
  let bitmap;
  try {
    bitmap = await createImageBitmap(chosen, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  if (mine !== era) return null;
  file = chosen;
  const { width, height } = bitmap;
  const side = Math.min(FILE_SIDE, Math.max(width, height));
  pictures.photo = scaled(bitmap, side);
  photoSide = side;
  redraw();
  return { width, height };
}

/** Take the photo from the server from now on: another size than the file's, or no file at all. */
export function distrustFile() {
  file = null;
  photoSide = 0;
}

function scaled(bitmap, side) {
  const ratio = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  if (ratio === 1) return bitmap;
  const canvas = newCanvas(Math.max(1, Math.round(bitmap.width * ratio)), Math.max(1, Math.round(bitmap.height * ratio)));
  const ctx = canvas.getContext("2d");
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

async function fetched(what, query, kind = what) {
  return createImageBitmap(await api.picture(page.session.id, what, query, kind));
}

export async function loadPhoto(side) {
  if (photoSide >= side && pictures.photo) return;
  const mine = era;
  const photo = file
    ? scaled(await createImageBitmap(file, { imageOrientation: "from-image" }), side)
    : await fetched("photo", { format: "jpeg", side });
  if (mine !== era) return;
  pictures.photo = photo;
  photoSide = side;
  if (pictures.mask && !pictures.hasTrueColours) pictures.cutout = overPhoto();
  redraw();
}

/** Load the matte of the round on screen, then what the view needs. */
export async function refresh(side) {
  const { session } = page;
  const mine = ++stamp;
  api.abort("alpha", "cutout", "composite", "uncertainty", "conflicts", "preview");
  pictures.preview = null;
  if (!session.shown) {
    Object.assign(pictures, { alpha: null, mask: null, cutout: null, composite: null, doubt: null, conflicts: null, bounds: null });
    redraw(true);
    return;
  }
  matteSide = side;
  const alpha = await fetched("alpha", { side, depth: 8 });
  if (mine !== stamp) return;
  readAlpha(alpha);
  Object.assign(pictures, { alpha, cutout: overPhoto(), hasTrueColours: false, composite: null, doubt: null, conflicts: null, isDoubtless: false });
  redraw(true);
  await complete();
}

/** Fetch what the view on screen lacks: true colours, the composite, the doubt, the conflicts. */
export async function complete() {
  const { session, view } = page;
  if (!session?.id || !session.shown || !pictures.alpha) return;
  const mine = stamp;
  const side = matteSide;
  if ([2, 3, 4, 5, 9].includes(view) || (view === 6 && !session.has_background)) {
    if (pictures.hasTrueColours) return;
    // As PNG: WebP is smaller by a third, but takes the server twice as long.
    const cutout = await fetched("cutout", { side, depth: 8 });
    if (mine !== stamp) return;
    Object.assign(pictures, { cutout, hasTrueColours: true });
  } else if (view === 6) {
    if (pictures.composite) return;
    const composite = await fetched("composite", { side, depth: 8, background: "picture" });
    if (mine !== stamp) return;
    pictures.composite = composite;
  } else if (view === 8) {
    if (pictures.doubt || pictures.isDoubtless) return;
    try {
      const doubt = heat(await fetched("uncertainty", { side, depth: 8 }));
      if (mine !== stamp) return;
      pictures.doubt = doubt;
    } catch (error) {
      if (![404, 422].includes(error.status)) throw error;
      pictures.isDoubtless = true;
    }
  } else if (view === 10) {
    if (pictures.conflicts || !shownRound().has_conflicts) return;
    const conflicts = await fetched("conflicts", { side, depth: 8 });
    if (mine !== stamp) return;
    pictures.conflicts = conflicts;
  }
  redraw();
}

/** Larger pictures after zooming in. */
export async function sharpen(side) {
  if (!page.session?.id) return;
  await loadPhoto(side);
  if (page.session.shown && side > matteSide) await refresh(side);
}

let later;

/** The same, once the zoom has come to rest. */
export function sharpenSoon(side, report) {
  clearTimeout(later);
  if (side <= Math.min(photoSide || side, page.session.shown ? matteSide : side)) return;
  later = setTimeout(() => work(() => sharpen(side)).catch(report), 200);
}

function grey(bitmap) {
  const canvas = newCanvas(bitmap.width, bitmap.height);
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  ctx.drawImage(bitmap, 0, 0);
  return { canvas, ctx, data: ctx.getImageData(0, 0, canvas.width, canvas.height) };
}

function readAlpha(bitmap) {
  const { canvas, ctx, data } = grey(bitmap);
  const { width, height, data: bytes } = data;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let i = 0, at = 0; at < width * height; at++, i += 4) {
    bytes[i + 3] = bytes[i];
    if (bytes[i] === 0) continue;
    const [x, y] = [at % width, (at / width) | 0];
    if (x < left) left = x;
    if (x >= right) right = x + 1;
    if (y < top) top = y;
    if (y >= bottom) bottom = y + 1;
  }
  ctx.putImageData(data, 0, 0);
  pictures.mask = canvas;
  pictures.bounds = right > left ? [left / width, top / height, right / width, bottom / height] : null;
}

/** The photo with the matte as its transparency: the coarse cut-out. */
function overPhoto() {
  const { mask, photo } = pictures;
  if (!photo) return null;
  const canvas = newCanvas(mask.width, mask.height);
  const ctx = canvas.getContext("2d");
  ctx.drawImage(photo, 0, 0, canvas.width, canvas.height);
  ctx.globalCompositeOperation = "destination-in";
  ctx.drawImage(mask, 0, 0);
  return canvas;
}

/** Doubt as a glow from dark red to yellow. */
function heat(bitmap) {
  const { canvas, ctx, data } = grey(bitmap);
  const bytes = data.data;
  for (let i = 0; i < bytes.length; i += 4) {
    const doubt = Math.sqrt(bytes[i] / 255);
    bytes.set([200 + 55 * doubt, 60 + 190 * doubt, 20 + 60 * doubt, 255 * Math.min(1, doubt * 1.2)], i);
  }
  ctx.putImageData(data, 0, 0);
  return canvas;
}

/** What a matte would change: blue where it adds, orange where it takes away. */
export function showPreview(bitmap) {
  const after = grey(bitmap);
  const { width, height } = after.canvas;
  const before = newCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (pictures.alpha && hintRound()) before.drawImage(pictures.alpha, 0, 0, width, height);
  const old = before.getImageData(0, 0, width, height).data;
  const bytes = after.data.data;
  for (let i = 0; i < bytes.length; i += 4) {
    const change = bytes[i] - old[i];
    const strength = Math.abs(change) < 24 ? 0 : Math.min(190, Math.abs(change));
    bytes.set(change > 0 ? [0, 110, 220, strength] : [240, 130, 0, strength], i);
  }
  after.ctx.putImageData(after.data, 0, 0);
  pictures.preview = after.canvas;
  redraw();
}
