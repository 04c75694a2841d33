// Hover preview: what a click under the resting pointer would change, where the model is fast enough.

import * as api from "./api.js";
import { clean, copy } from "./hints.js";
import { pictures, showPreview } from "./pictures.js";
import { accepted, change, hintRound, page } from "./state.js";

const REST = 60; // milliseconds
const FAST = 0.25; // seconds
const SIDE = 512;

let resting;

/** The pointer moved to a photo point (or left the photo: null). */
export function hover(point) {
  clearTimeout(resting);
  api.abort("preview");
  if (pictures.preview) {
    pictures.preview = null;
    document.body.dataset.preview = "false";
    change();
  }
  if (point && isPossible()) resting = setTimeout(() => ask(point), REST);
}

function isPossible() {
  const round = hintRound();
  return page.isPreviewOn && page.tool === "point" && page.session?.id && !page.draft && round && round.seconds <= FAST && accepted().includes("click");
}

async function ask({ x, y }) {
  if (document.body.dataset.busy === "true" || !isPossible()) return;
  const hints = copy();
  hints.clicks.push({ x, y, is_foreground: page.isOn });
  const asked = page.session;
  try {
    const bitmap = await createImageBitmap(await api.preview(asked.id, clean(hints), SIDE));
    if (page.session !== asked || page.draft) return;
    showPreview(bitmap);
    document.body.dataset.preview = "true";
  } catch {
    // A preview is a courtesy: a busy server (429) or a model that minds says nothing.
  }
}
