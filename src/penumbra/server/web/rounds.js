// What the user does, told to the server: opening a photo, hints and rounds, the choice of model.

import * as api from "./api.js";
import { clean, confirmed, copy, isNothing, usable, without } from "./hints.js";
import * as pictures from "./pictures.js";
import { fail, forgive, say, sentence } from "./say.js";
import { accepted, card, change, forget, isHintNeeded, keptOf, page, shownRound, work, writeAddress } from "./state.js";
import { refine } from "./history.js";
import { base, holdTurns, inTurn, leave, look, onRetry, take, turnTo } from "./turns.js";

// Opening and leaving.

/** Open a photo; a session on screen stays there until the server has taken the new photo. */
export function open(file) {
  forgive();
  const isFirst = !page.session?.id;
  if (isFirst) leave();
  return work(async () => {
    if (isFirst) {
      const isSent = uploadFirst(file, await pictures.showFile(file));
      holdTurns(isSent); // hints given meanwhile wait for it
      if (!(await isSent)) return;
    } else if (!(await uploadNext(file))) return;
    const { session } = page;
    const about = `${session.name}, ${session.width} by ${session.height} pixels.`;
    look();
    if (page.isHeld || page.draft) say(about); // what was said meanwhile goes first
    else if (isHintNeeded()) say(`${about} Say what you mean: click on it.`);
    else {
      say(about);
      await send({});
    }
  });
}

/** Show what the browser knows of the photo, and send it; whether that went well. */
async function uploadFirst(file, size) {
  const name = file.name || "pasted photo";
  const provisional = { id: null, name, bits: 8, shown: 0, rounds: [], can_refine: false, accepts: [] };
  if (size) change({ session: { ...provisional, ...size } });
  const session = await upload(file, leave);
  if (!session) return false;
  if (size && !isAsLarge(size, session)) {
    pictures.distrustFile();
    change({ draft: null });
  }
  writeAddress(session.id, true);
  change({ session, model: session.model, zoom: page.zoom && { ...page.zoom, session: session.id } });
  return true;
}

/** Send another photo, and turn to it; whether that went well. */
async function uploadNext(file) {
  const session = await upload(file);
  if (!session) return false;
  writeAddress(session.id, true);
  turnTo(session, { model: session.model });
  const size = await pictures.showFile(file);
  if (page.session?.id !== session.id) return false;
  if (size && !isAsLarge(size, session)) pictures.distrustFile();
  return true;
}

/** False where upright means something else to the browser than to the server. */
function isAsLarge(size, session) {
  return size.width === session.width && size.height === session.height;
}

/** Resolve to the new session, or to null where the photo was refused: then `giveUp`, and say why. */
async function upload(file, giveUp = () => {}) {
  say("Reading the photo…");
  try {
    return await api.upload(file, page.model);
  } catch (error) {
    if (api.isAbort(error)) return null;
    giveUp();
    if (!(error instanceof api.ApiError)) console.error(error);
    say("");
    fail(error.message);
    return null;
  }
}

export function reopen(id) {
  api.abort("upload"); // or it would take the place of this one
  change({ isReopening: true });
  return work(async () => {
    try {
      const session = await api.readSession(id);
      const { model, draft = null } = keptOf(id);
      const isHeld = draft !== null;
      turnTo(session, {
        model: model && card(model) ? model : session.model,
        draft,
        isHeld,
        isCollecting: isHeld || page.isCollecting, // until the switch is pressed
        zoom: page.zoom?.session === id ? page.zoom : null,
      });
      look();
      const about = `${session.name}, round ${session.shown} of ${session.rounds.length}.`;
      say(isHeld ? `${about} Collected hints are kept: press Collect to send them.` : about);
    } catch (error) {
      if (api.isAbort(error)) return;
      const isGone = error.status === 404;
      if (isGone) leave(); // else the address keeps the session for another try
      fail(isGone ? "This session is no longer on the server. Choose a photo." : error.message, isGone ? null : () => reopen(id));
    } finally {
      change({ isReopening: false });
    }
  });
}

export function deleteSession() {
  const { id } = page.session;
  return work(async () => {
    try {
      await api.deleteSession(id);
      forget(id);
      leave();
      say("Session deleted.");
    } catch (error) {
      fail(error.message);
    }
  });
}

// Hints.

/** Hold `draft` as the hints on screen and send it, unless more are being collected. */
export function propose(draft, isCollected = false) {
  forgive();
  const isHeld = isCollected || page.isCollecting;
  change({ draft, isHeld });
  if (isHeld) say("Kept for the next round.");
  else send();
}

/** Send what was collected. */
export function release() {
  if (page.isHeld && !page.isCollecting) send();
}

function allows(kind) {
  if (accepted().includes(kind)) return true;
  const word = { click: "points", box: "a box", scribble: "brush strokes", text: "words" }[kind];
  say(`The model ${card()?.title ?? page.model} does not take ${word}. Choose another model.`);
  return false;
}

export function addClick(x, y, isOn, isCollected) {
  if (!page.session || !allows("click")) return;
  const draft = copy();
  draft.clicks.push({ x, y, is_foreground: isOn, isPending: true });
  propose(draft, isCollected);
}

export function addBox(box, isCollected) {
  if (!allows("box")) return;
  propose({ ...copy(), box, isBoxPending: true }, isCollected);
}

export function addStroke(stroke, isCollected) {
  if (!allows("scribble")) return;
  const draft = copy();
  draft.scribbles.push({ ...stroke, isPending: true });
  propose(draft, isCollected);
}

export function setText(text) {
  if (!allows("text")) return;
  propose({ ...copy(), text: text.trim() || null });
}

export function removeHint(ref) {
  change({ selected: null });
  propose(without(copy(), ref));
  say("Hint removed.");
}

/** Send the hints of the draft (or those given) as one round. */
export function send(given) {
  const draft = given ? copy(given) : page.draft;
  if (!draft) return Promise.resolve();
  forgive();
  change({ draft, isHeld: false });
  return inTurn("round", async () => {
    const { session } = page;
    const { kept, left } = usable(draft, accepted());
    if (left.length) say(`${card()?.title ?? page.model} cannot use ${left.join(" and ")}: left out.`);
    if (isNothing(kept) && isHintNeeded()) {
      const start = session.shown ? await api.show(session.id, 0) : session;
      take(start, page.draft === draft ? { draft: null } : {});
      if (!left.length) say("No hint left.");
      return;
    }
    const next = await api.round(session.id, kept, base(), page.model);
    take(next, page.draft === draft ? { draft: null } : {});
    const round = shownRound();
    const told = round.empty ? "Nothing found. Click on what you mean." : `Round ${next.shown}: ${describe(round)}.`;
    if (!left.length) say([told, ...round.notes.map(sentence)].join(" "));
    if (page.isAutoRefineOn && page.budget && next.can_refine && !round.empty && !page.draft) refine();
  });
}

export function describe(round) {
  const parts = [`${round.seconds.toFixed(2)} s`, round.model];
  if (round.confidence !== null && round.confidence !== undefined) parts.push(`${Math.round(round.confidence * 100)} % sure`);
  return parts.join(", ");
}

export function chooseModel(name) {
  change({ model: name });
  if (!page.session?.id) return;
  const { kept } = usable(page.draft ?? confirmed(), accepted());
  if (isNothing(kept) && isHintNeeded()) say(`${card().title}: give it a hint.`);
  else send(clean(page.draft ?? confirmed()));
}

onRetry(send);
