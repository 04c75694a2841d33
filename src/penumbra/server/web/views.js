// The ways to look at the answer: their names, and how each is painted into the photo's frame.

import { pictures } from "./pictures.js";
import { sentence } from "./say.js";
import { page, shownRound } from "./state.js";

export const CONFLICTS = 10; // the view

export const VIEWS = [
  { number: 1, name: "Original", title: "The photo as it is" },
  { number: 2, name: "Cut-out", title: "The object on a checkerboard" },
  { number: 3, name: "Black", title: "The object on black" },
  { number: 4, name: "White", title: "The object on white" },
  { number: 5, name: "Colour", title: "The object on a colour" },
  { number: 6, name: "Picture", title: "The object on a chosen picture" },
  { number: 7, name: "Alpha", title: "How much of each pixel is object" },
  { number: 8, name: "Doubt", title: "Where the model is unsure" },
  { number: 9, name: "Wipe", title: "Before and after, with a divider to drag" },
  { number: CONFLICTS, key: "C", name: "Conflicts", title: "Where new hints contradicted the answer before" },
];

/** What chooses a view on the keyboard. */
export const keyOf = ({ number, key }) => key ?? String(number);

/** Whether a view may be chosen: not every model knows of conflicts. */
export const isOffered = (number) => number !== CONFLICTS || Boolean(shownRound()?.has_conflicts);

const FILLS = { 3: "#000", 4: "#fff" };

/** Why the view shows less than it could, or an empty text. */
export function viewNote() {
  const { session, view } = page;
  if (!session) return "";
  if (!session.shown && view > 1) return "Shown once there is an answer.";
  if (view === 6 && !session.has_background && !pictures.backdrop) return "No picture chosen yet.";
  if (view === CONFLICTS) return conflictNote(shownRound());
  if (view === 8) return pictures.isDoubtless ? "This model says nothing about its doubt." : "The brighter, the more doubtful.";
  return "";
}

/** Whether marks would cover what the view shows: conflicts lie below them. */
export const hidesMarks = () => page.view === CONFLICTS && isOffered(CONFLICTS) && !page.draft;

function conflictNote({ has_conflicts: isKnown, flags, notes }) {
  if (!isKnown) return "This model does not say what contradicts its answers.";
  const at = flags.indexOf("conflict"); // there is a note for each flag
  return at < 0 ? "Nothing that is new contradicts the answer before." : sentence(notes[at]);
}

export function paint(ctx, frame, size) {
  const view = page.isPeeking || !pictures.alpha ? 1 : page.view;
  ctx.save();
  ctx.beginPath();
  ctx.rect(frame.x, frame.y, frame.width, frame.height);
  ctx.clip();
  if (view === 1) layer(ctx, pictures.photo, frame);
  else if (view === 7) layer(ctx, pictures.alpha, frame);
  else if (view === 8) paintDoubt(ctx, frame);
  else if (view === CONFLICTS) layer(ctx, pictures.conflicts ?? pictures.photo, frame);
  else if (view === 6 && pictures.composite) layer(ctx, pictures.composite, frame);
  else if (view === 9) paintWipe(ctx, frame, size);
  else paintCutout(ctx, frame, view);
  if (pictures.preview && !page.isPeeking) layer(ctx, pictures.preview, frame);
  ctx.restore();
  ctx.strokeStyle = "rgb(128 128 128 / .8)";
  ctx.lineWidth = 1;
  ctx.strokeRect(frame.x - 0.5, frame.y - 0.5, frame.width + 1, frame.height + 1);
  if (view === 9) paintDivider(ctx, dividerAt(frame), frame);
}

function dividerAt(frame) {
  return frame.x + page.wipe * frame.width;
}

function layer(ctx, picture, { x, y, width, height }) {
  if (!picture) return;
  const pixel = (width / picture.width) * (window.devicePixelRatio || 1);
  ctx.imageSmoothingEnabled = pixel < 3; // single pixels are to be seen as such
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture, x, y, width, height);
}

function checkerboard(ctx, frame) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 20;
  const pen = tile.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, 20, 20);
  pen.fillStyle = "#c6c9cd";
  pen.fillRect(0, 0, 10, 10);
  pen.fillRect(10, 10, 10, 10);
  ctx.fillStyle = ctx.createPattern(tile, "repeat");
  ctx.fillRect(frame.x, frame.y, frame.width, frame.height);
}

function paintCutout(ctx, frame, view) {
  const fill = view === 5 ? page.colour : FILLS[view];
  if (view === 6 && pictures.backdrop) cover(ctx, pictures.backdrop, frame);
  else if (fill) {
    ctx.fillStyle = fill;
    ctx.fillRect(frame.x, frame.y, frame.width, frame.height);
  } else checkerboard(ctx, frame);
  const isEmpty = Boolean(shownRound()?.empty); // the photo must be seen to click on it
  if (page.isGhostOn || isEmpty) {
    ctx.globalAlpha = isEmpty ? 0.6 : 0.25;
    layer(ctx, pictures.photo, frame);
    ctx.globalAlpha = 1;
  }
  layer(ctx, pictures.cutout, frame);
}

/** The picture scaled to fill the frame, its middle in the middle. */
function cover(ctx, picture, { x, y, width, height }) {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  ctx.drawImage(picture, x + (width - w) / 2, y + (height - h) / 2, w, h);
}

function paintDoubt(ctx, frame) {
  layer(ctx, pictures.photo, frame);
  ctx.fillStyle = "rgb(10 14 20 / .72)";
  ctx.fillRect(frame.x, frame.y, frame.width, frame.height);
  layer(ctx, pictures.doubt, frame);
}

function paintWipe(ctx, frame, size) {
  const at = dividerAt(frame);
  layer(ctx, pictures.photo, frame);
  ctx.save();
  ctx.beginPath();
  ctx.rect(at, 0, Math.max(0, size.width + frame.width), size.height);
  ctx.clip();
  paintCutout(ctx, frame, 2);
  ctx.restore();
}

function paintDivider(ctx, at, frame) {
  for (const [colour, width] of [["rgb(0 0 0 / .7)", 5], ["#fff", 2]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.moveTo(at, frame.y);
    ctx.lineTo(at, frame.y + frame.height);
    ctx.stroke();
  }
}
