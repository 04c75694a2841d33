// Puts the parts together: files in, dialogues, what happens when the state changes, and the start.

import * as api from "./api.js";
import * as canvas from "./canvas.js";
import * as exporting from "./export.js";
import { redo, undo } from "./history.js";
import * as keys from "./keys.js";
import * as panel from "./panel.js";
import { complete, onPicture, sharpenSoon } from "./pictures.js";
import * as pointer from "./pointer.js";
import { deleteSession, open, reopen } from "./rounds.js";
import { fail, forgive, say } from "./say.js";
import { change, idle, mark, onSettled, page, restore, sessionInAddress, subscribe, work } from "./state.js";
import { leave, reportPicture } from "./turns.js";

const $ = (id) => document.getElementById(id);

window.penumbra = { state: page, view: { toPhoto: canvas.toPhoto, toScreen: canvas.toScreen }, idle };

// A photo comes in: chosen, dropped or pasted.

function takeFile(files) {
  const file = [...(files ?? [])].find(({ type, name }) => type.startsWith("image/") || /\.(tiff?|hei[cf]|avif|webp)$/i.test(name));
  if (file) open(file);
  else if (files?.length) fail("This is not a picture.");
}

function startFiles() {
  $("file").addEventListener("change", ({ target }) => {
    takeFile(target.files);
    target.value = "";
  });
  for (const input of document.querySelectorAll("input[type=file]")) {
    // Not every browser opens a file input by Enter.
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      input.click();
    });
  }
  document.addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData.files.length) takeFile(clipboardData.files);
  });
  let depth = 0;
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) $("dropping").hidden = ++depth < 1;
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) $("dropping").hidden = --depth < 1;
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    $("dropping").hidden = true;
    takeFile(event.dataTransfer.files);
  });
}

function startButtons() {
  $("new-photo").addEventListener("click", () => $("file").click());
  $("undo").addEventListener("click", undo);
  $("redo").addEventListener("click", redo);
  $("zoom-in").addEventListener("click", () => canvas.zoomBy(1.5));
  $("zoom-out").addEventListener("click", () => canvas.zoomBy(1 / 1.5));
  $("zoom-fit").addEventListener("click", canvas.fit);
  $("open-help").addEventListener("click", () => $("help").showModal());
  $("open-delete").addEventListener("click", () => $("confirm").showModal());
  $("confirm-delete").addEventListener("click", async () => {
    $("confirm").close();
    await deleteSession();
    $("file").focus();
  });
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  $("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address holds the session
    (page.session ? $("canvas") : $("file")).focus();
  });
  $("dismiss").addEventListener("click", forgive);
  for (const id of ["retry", "start-retry"]) {
    $(id).addEventListener("click", () => {
      const again = page.failed;
      forgive();
      again?.();
    });
  }
}

const DRAWN_ONLY = ["zoom", "rubber", "stroke", "crosshair", "isHelpful", "isPeeking"]; // the panel shows none of these

/** What follows from a change of the state. */
function react(patch) {
  const keys = Object.keys(patch);
  if (!keys.length || keys.some((key) => !DRAWN_ONLY.includes(key))) panel.render();
  if (!page.session?.id) mark(); // nothing is shown any more, and nothing will be drawn
  pointer.dress();
  canvas.plan();
  if ("view" in patch) {
    work(complete).catch(reportPicture);
    panel.render();
  }
}

async function start() {
  restore();
  subscribe(react);
  onSettled(() => {
    panel.render();
    canvas.draw();
  });
  onPicture((isAnswer) => {
    if (!isAnswer) return canvas.plan();
    canvas.draw();
    mark();
  });
  canvas.whenZoomed((side) => sharpenSoon(side, reportPicture));
  api.onWaiting((seconds) => say(`The server is busy; asking again in ${seconds} s.`));
  startFiles();
  startButtons();
  panel.start();
  exporting.start();
  pointer.start();
  keys.start();
  window.addEventListener("hashchange", () => {
    const id = sessionInAddress();
    if (id === (page.session?.id ?? null)) return;
    forgive();
    if (id) reopen(id);
    else leave();
  });
  await begin();
}

/** Ask the server for its models, and for the session that the address names. */
async function begin() {
  const id = sessionInAddress();
  change({ isReopening: Boolean(id) });
  await work(async () => {
    try {
      change({ models: (await api.models()).models });
    } catch (error) {
      change({ isReopening: false });
      return fail(error.message, begin);
    }
    panel.listModels();
    if (id) await reopen(id);
  });
}

start();
