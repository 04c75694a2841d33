// Going back and forth between rounds, refining the answer, visiting its doubts, and the picture behind.

import * as api from "./api.js";
import * as pictures from "./pictures.js";
import { fail, forgive, say } from "./say.js";
import { change, hintRound, page, shownRound, work } from "./state.js";
import { dropRounds, inTurn, isRunning, take } from "./turns.js";

function step(request, spoken) {
  if (!page.session?.id) return;
  forgive();
  inTurn("step", async () => {
    const next = await request(page.session);
    take(next, { draft: null });
    say(next.shown ? `${spoken}: round ${next.shown} of ${next.rounds.length}.` : `${spoken}: before the first round.`);
  });
}

export function undo() {
  if (!page.session?.id) return;
  if (isRunning("round")) {
    // The server may answer the aborted round all the same: go back to what is on screen.
    const { shown } = page.session;
    dropRounds();
    step((session) => api.show(session.id, shown), "Undone");
  } else if (page.draft) {
    forgive();
    change({ draft: null });
    say("Hints not yet sent were dropped.");
  } else if (page.session.shown) step((session) => api.undo(session.id), "Undone");
  else say("Nothing to undo.");
}

export function redo() {
  if (!page.session?.id) return;
  if (page.session.shown === page.session.rounds.length) say("Nothing to redo.");
  else step((session) => api.redo(session.id), "Redone");
}

export function show(number) {
  step((session) => api.show(session.id, number), "History");
}

// Refinement and doubt.

/** Refine the answer that the hints gave, with as many windows as the slider says. */
export function refine() {
  const base = hintRound();
  if (!base || !page.session.can_refine) return say("This answer cannot be refined.");
  forgive();
  inTurn("refine", async () => {
    const { budget } = page;
    let { session } = page;
    const start = session.rounds.indexOf(hintRound()) + 1;
    if (session.shown !== start) session = await api.show(session.id, start); // always from the same answer
    if (budget) {
      change({ session });
      session = await api.refine(session.id, String(budget), session.shown);
    }
    take(session);
    say(budget ? refinedText(shownRound()) : "Not refined.");
  });
}

export function refinedText(round) {
  const share = round.changed * 100;
  const shown = share === 0 ? "0" : share < 0.1 ? "less than 0.1" : share.toFixed(1);
  return `${round.refined} ${round.refined === 1 ? "window" : "windows"} changed ${shown} % of the picture in ${round.seconds.toFixed(2)} s`;
}

/** The next (or previous) doubtful window; resolves to it, or to null. */
export async function nextDoubt(by) {
  if (!page.session?.shown) return say("No answer to doubt yet.") ?? null;
  try {
    const spots = page.spots ?? (await work(() => api.doubts(page.session.id))).spots;
    if (!spots.length) return say("Nothing is doubtful.") ?? null;
    const spot = page.spot < 0 ? (by > 0 ? 0 : spots.length - 1) : (page.spot + by + spots.length) % spots.length;
    change({ spots, spot });
    say(`Doubtful spot ${spot + 1} of ${spots.length}.`);
    return spots[spot];
  } catch (error) {
    if (!api.isAbort(error)) error.status === 422 ? say("This model says nothing about its doubt.") : fail(error.message);
    return null;
  }
}

/** Take a picture to lay the object over. */
export function setBackground(file) {
  return work(async () => {
    const { id } = page.session;
    const backdrop = await createImageBitmap(file).catch(() => null);
    if (page.session?.id !== id) return;
    await api.putBackground(id, file);
    Object.assign(pictures.pictures, { backdrop, composite: null }); // what export offers, too
    change({ session: { ...page.session, has_background: true } });
    say("Laid over the chosen picture.");
    await pictures.complete();
  }).catch((error) => api.isAbort(error) || fail(error.message));
}
