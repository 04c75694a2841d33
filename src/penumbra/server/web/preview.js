// Hover preview: what a click under the resting pointer would change, where the model is fast enough.

import * as api from "./api.js";
import { copy, kindsIn, usable } from "./hints.js";
import { pictures, showPreview } from "./pictures.js";
import { accepted, change, page } from "./state.js";

const REST = 60; // milliseconds
const AGAIN = 150; // milliseconds after which a busy server is asked again; longer each time
const LONGEST = 1200;
const FAST = 0.25; // seconds
const SIDE = 512;

let place = null; // where the pointer rests
let resting;

/** The pointer moved to a photo point (or left the photo: null). */
export function hover(point) {
  place = point;
  clearTimeout(resting);
  api.abort("preview");
  if (pictures.preview) {
    pictures.preview = null;
    document.body.dataset.preview = "false";
    change();
  }
  if (point && isPossible()) resting = setTimeout(() => ask(point, AGAIN), REST);
}

function isPossible() {
  return page.isPreviewOn && page.tool === "point" && page.session?.id && !page.draft && accepted().includes("click");
}

const isSameKinds = (some, others) => some.length === others.length && some.every((kind) => others.includes(kind));

/** Whether the model that a click would ask has answered fast: `auto` goes by the kinds of the hints. */
function isFast(hints) {
  const isSame = page.model === "auto" ? (round) => isSameKinds(Object.keys(round.kinds), kindsIn(hints)) : (round) => round.model === page.model;
  const round = page.session.rounds.findLast((each) => each.kind !== "refine" && isSame(each));
  return Boolean(round) && round.seconds <= FAST;
}

async function ask(point, again) {
  if (!isPossible()) return;
  const draft = copy();
  draft.clicks.push({ x: point.x, y: point.y, is_foreground: page.isOn });
  const { kept: hints } = usable(draft, accepted());
  if (!isFast(hints)) return;
  if (document.body.dataset.busy === "true") return askAgain(point, again);
  const asked = page.session;
  try {
    const bitmap = await createImageBitmap(await api.preview(asked.id, hints, SIDE, page.model));
    if (page.session !== asked || page.draft || place !== point) return;
    showPreview(bitmap);
    document.body.dataset.preview = "true";
  } catch (error) {
    // A preview is a courtesy: a model that minds says nothing.  A busy server (429) may still be
    // at the preview before this one.
    if (error.status === 429) askAgain(point, again);
  }
}

/** Ask again while the pointer still rests there. */
function askAgain(point, again) {
  if (place === point) resting = setTimeout(() => ask(point, Math.min(2 * again, LONGEST)), again);
}
