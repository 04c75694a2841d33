// One change of the session after another.  A newer round overtakes an unanswered one, and what
// goes wrong is told, with the hints kept for another try.

import * as api from "./api.js";
import { wantedSide } from "./canvas.js";
import * as pictures from "./pictures.js";
import { banner, fail } from "./say.js";
import { change, page, shownRound, work, writeAddress } from "./state.js";

let last = Promise.resolve(); // settles when the session is free
let running = null; // "round", "refine" or "step"
let newest = 0;
let isOvertaken = false; // the server may have answered a round that we no longer waited for
let resend = () => {}; // what Retry does after a failed round

export function onRetry(send) {
  resend = send;
}

/** The round that a new one builds on; null where we cannot know it. */
export function base() {
  return isOvertaken ? null : page.session.shown;
}

export function isRunning(name) {
  return running === name;
}

/** Give up the rounds under way or waiting. */
export function dropRounds() {
  newest++;
  api.abort("round");
}

/** Let every change wait for `promise`. */
export function holdTurns(promise) {
  last = promise.catch(() => {});
}

export function inTurn(name, job) {
  if (name === "round") newest++;
  const mine = newest;
  const asked = page.session?.id;
  if (name === "round" && (running === "round" || running === "refine")) {
    isOvertaken = true;
    api.abort("round");
  }
  const before = last;
  last = work(async () => {
    await before;
    if (name === "round" && mine !== newest) return;
    if (!page.session || (asked && page.session.id !== asked)) return;
    running = name;
    try {
      await job();
    } catch (error) {
      await stumble(error, name);
    } finally {
      running = null;
    }
  });
  return last;
}

/** Say what went wrong, and keep what can be kept. */
async function stumble(error, name) {
  if (api.isAbort(error)) return;
  if (!(error instanceof api.ApiError)) {
    console.error(error);
    fail(`The page stumbled: ${error.message}`);
  } else if (error.status === 404 && error.code !== "no_matte") {
    leave();
    fail("This session is no longer on the server. Choose the photo again.");
  } else if (error.status === 409) {
    const session = await api.readSession(page.session.id).catch(() => null);
    if (session) take(session);
    fail("This session was changed elsewhere, in another tab perhaps. Its newest state is shown; your hints are kept.", page.draft ? resend : null);
  } else if (name === "round" && [400, 413, 422].includes(error.status)) {
    change({ draft: null });
    fail(error.message);
  } else {
    const isRound = name === "round" && page.draft;
    fail(isRound ? `${error.message} Your hints are kept.` : error.message, isRound ? resend : null);
  }
}

/** Report an error of a picture; the state itself is fine. */
export function reportPicture(error) {
  if (api.isAbort(error) || error.code === "no_matte") return;
  if (!(error instanceof api.ApiError)) console.error(error);
  fail(`${error.message} The picture on screen may be outdated.`, look);
}

/** Fetch the pictures of the state on screen: at the screen's size first, larger if zoomed in. */
export function look() {
  return work(async () => {
    const [fitted, side] = [wantedSide(true), wantedSide()];
    await pictures.loadPhoto(fitted);
    await pictures.refresh(fitted);
    if (page.session && side > fitted) await pictures.sharpen(side);
  }).catch(reportPicture);
}

function put(session, patch) {
  isOvertaken = false;
  change({ session, spots: null, spot: -1, selected: null, ...patch });
  banner(shownRound()?.empty ? "Nothing found. Click on what you mean." : "");
}

/** Take the newest state of the session on screen. */
export function take(session, patch = {}) {
  put(session, patch);
  look();
}

/** Put another session (null: none) in the place of the one on screen; its pictures are not fetched yet. */
export function turnTo(session, patch = {}) {
  dropRounds();
  api.abort("read", "upload", "doubts", "people", "background");
  pictures.clear();
  put(session, { people: null, draft: null, isHeld: false, zoom: null, corner: null, stroke: null, rubber: null, crosshair: null, ...patch });
}

/** To the start screen. */
export function leave() {
  writeAddress(null);
  turnTo(null);
}
