// The panel at the side and the bar above: what they show of the state, and what their controls do.

import { personAt } from "./api.js";
import { current, listed } from "./hints.js";
import { refine, refinedText, setBackground, show } from "./history.js";
import { goToDoubt } from "./keys.js";
import { choosePerson, findPeople, finder, peopleNote } from "./people.js";
import { chooseTool } from "./pointer.js";
import { chooseModel, describe, removeHint, send, setText } from "./rounds.js";
import { say } from "./say.js";
import { accepted, card, change, page, shownRound } from "./state.js";
import { CONFLICTS, VIEWS, isOffered, keyOf, viewNote } from "./views.js";

const $ = (id) => document.getElementById(id);
const BUDGETS = [0, 1, 2, 4, 8, 16, 32];
const GIVEN = ["click", "scribble", "box", "text"]; // the kinds of hint that this page can give
const HINT_TOOLS = { "point": "click", "box": "box", "brush-on": "scribble", "brush-off": "scribble" };
const drawn = new Map();

/** Rebuild a list only when what it shows has changed, so that the focus stays where it is. */
function rebuilt(id, key, build) {
  const text = JSON.stringify(key);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  const place = $(id);
  const focused = [...place.querySelectorAll("button")].indexOf(document.activeElement);
  place.replaceChildren(...build());
  if (focused < 0) return;
  const buttons = place.querySelectorAll("button");
  (buttons[Math.min(focused, buttons.length - 1)] ?? $("canvas")).focus();
}

export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

const hidden = (text) => make("span", { class: "hidden" }, text);

function renderBar() {
  const { session } = page;
  $("start").hidden = Boolean(session) || page.isReopening;
  $("workspace").hidden = !session;
  $("header-actions").hidden = !session;
  $("open-export").hidden = !session;
  document.title = session ? `${session.name} – Penumbra` : "Penumbra";
  if (!session) return;
  $("undo").disabled = !session.shown && !page.draft;
  $("redo").disabled = session.shown === session.rounds.length;
  $("open-export").disabled = !session.shown;
}

function renderTools() {
  const kinds = accepted();
  for (const button of document.querySelectorAll("[data-tool]")) {
    const kind = HINT_TOOLS[button.dataset.tool];
    button.setAttribute("aria-pressed", String(page.tool === button.dataset.tool));
    // Before the answer of the server nobody knows what the model takes.
    button.disabled = Boolean(kind && kinds.length && !kinds.includes(kind) && button.dataset.tool !== "point");
    button.dataset.title ??= button.title;
    button.title = button.disabled ? "The chosen model does not take this" : button.dataset.title;
  }
  const sign = $("sign");
  sign.dataset.on = String(page.isOn);
  sign.querySelector("b").textContent = page.isOn ? "+" : "−";
  $("sign-word").textContent = page.isOn ? "Adds" : "Removes";
  $("collect").setAttribute("aria-pressed", String(page.isCollecting));
  $("text-section").hidden = !kinds.includes("text");
  const answered = JSON.stringify([page.session.id, page.session.shown]);
  if (drawn.get("text") !== answered) $("text").value = current().text ?? "";
  drawn.set("text", answered);
}

function renderViews() {
  for (const button of $("views").children) {
    const isOn = Number(button.dataset.view) === page.view;
    button.setAttribute("aria-pressed", String(isOn));
    button.disabled = !isOn && !isOffered(Number(button.dataset.view));
  }
  $("view-colour").hidden = page.view !== 5;
  $("view-picture").hidden = page.view !== 6;
  $("view-wipe").hidden = page.view !== 9;
  $("view-legend").hidden = page.view !== CONFLICTS || !isOffered(CONFLICTS);
  $("view-note").textContent = viewNote();
  $("view-note").hidden = !viewNote();
  $("colour").value = page.colour;
  $("wipe").value = Math.round(page.wipe * 100);
}

function renderHints() {
  const list = listed();
  const kinds = GIVEN.filter((kind) => accepted().includes(kind));
  // `auto` takes all that any model takes, but asks the one that mixes only where there are words.
  const isMixing = kinds.length === GIVEN.length && (page.model !== "auto" || Boolean(current().text));
  $("hints-guide").hidden = !isMixing;
  $("hints-none").textContent = isMixing ? "None yet." : kinds.length ? "None yet. Click on the object." : "This model works from the photo alone.";
  $("hints-none").hidden = list.length > 0;
  rebuilt("hints", [list, page.selected], () => list.map(hintRow));
  $("brush").value = page.brush;
  $("brush-size").textContent = `${page.brush} px`;
  $("preview-on").checked = page.isPreviewOn;
  $("ghost-on").checked = page.isGhostOn;
}

function hintRow(hint) {
  const signs = { text: "T", box: "▢", mask: "▣", trimap: "▣" };
  const sign = signs[hint.kind] ?? (hint.isOn ? "+" : "−");
  const isSelected = page.selected?.kind === hint.kind && page.selected.index === hint.index;
  const row = make("li", { "data-kind": hint.kind, "data-index": hint.index, class: `${isSelected ? "isSelected" : ""} ${hint.isPending ? "isPending" : ""}` });
  const button = make("button", { type: "button", title: "Remove" }, icon("delete"), hidden(`Remove ${hint.name}`));
  button.addEventListener("click", () => removeHint(hint));
  const mark = make("span", { class: `mark ${hint.isOn === false ? "isOff" : "isOn"}`, "aria-hidden": "true" }, sign);
  row.append(mark, make("span", { class: "what" }, hint.name, hint.isPending ? hidden(", not answered yet") : ""), button);
  return row;
}

function renderPeople() {
  const { session, people } = page;
  $("people-section").hidden = !finder();
  $("people-find").disabled = !session.id;
  $("people-note").textContent = peopleNote();
  rebuilt("people", [session.id, people, current().box], () => (people ?? []).map(personRow));
}

function personRow(person) {
  const { number, box, score } = person;
  const { id } = page.session;
  const isMeant = JSON.stringify(box) === JSON.stringify(current().box);
  const seen = make("img", { src: personAt(id, number, { side: 256, crop: true, depth: 8 }), alt: "" });
  const button = make("button", { type: "button", "aria-pressed": String(isMeant), title: "Mean this person" }, seen, make("span", {}, `Person ${number}, ${Math.round(score * 100)} % sure`));
  button.addEventListener("click", () => choosePerson(person));
  const link = make("a", { href: personAt(id, number, { download: true }), download: "", title: "Download the cut-out" }, icon("export"), hidden(`Cut-out of person ${number}`));
  return make("li", {}, button, link);
}

function renderRefine() {
  const { session } = page;
  const round = shownRound();
  const isPossible = Boolean(session?.can_refine && round);
  $("refine").disabled = !isPossible;
  $("budget").disabled = !isPossible;
  $("doubt").disabled = !round;
  $("refine-note").textContent = isPossible
    ? "Looks again at full size where the answer is most doubtful."
    : round ? `The model ${round.model} cannot refine its answers.` : "Possible once there is an answer.";
  if (document.activeElement !== $("budget")) $("budget").value = Math.max(0, BUDGETS.indexOf(page.budget));
  $("budget-size").textContent = String(BUDGETS[$("budget").value]);
  $("budget").setAttribute("aria-valuetext", `${BUDGETS[$("budget").value]} windows`);
  $("auto-refine").checked = page.isAutoRefineOn;
  $("refined").textContent = round?.kind === "refine" ? `${refinedText(round)}.` : "";
}

function kindOf(round) {
  if (round.kind === "refine") return ["refine", "refined"];
  const { click, scribble, box, text } = round.kinds;
  if (scribble) return ["brush-on", "strokes"];
  if (click) return ["point", click === 1 ? "1 point" : `${click} points`];
  if (box) return ["box", "box"];
  return text ? ["text", "text"] : ["none", "no hint"];
}

function renderHistory() {
  const { session } = page;
  const rounds = session?.rounds ?? [];
  rebuilt("history", [session?.id, session?.shown, rounds], () => [null, ...rounds].map((round, number) => {
    const [sign, word] = round ? kindOf(round) : ["start", "start"];
    const title = round ? `Round ${number}, ${word}: ${describe(round)}${round.empty ? ", nothing found" : ""}` : "Start, before the first round";
    const button = make("button", { type: "button", title, "aria-label": title, "data-round": number, "aria-current": number === session?.shown ? "step" : null, class: number > (session?.shown ?? 0) ? "isAhead" : "" }, icon(sign), round ? String(number) : "start");
    button.addEventListener("click", () => show(number));
    return make("li", {}, button);
  }));
  const strip = $("history");
  const shown = strip.querySelector("[aria-current]")?.parentElement;
  if (shown && (shown.offsetLeft < strip.scrollLeft || shown.offsetLeft + shown.offsetWidth > strip.scrollLeft + strip.clientWidth)) strip.scrollLeft = shown.offsetLeft - strip.clientWidth / 2;
  const notes = shownRound()?.notes ?? [];
  rebuilt("notes", notes, () => notes.map((note) => make("li", {}, note)));
  $("notes").hidden = !notes.length;
}

function renderCard() {
  const chosen = card();
  const answered = shownRound();
  rebuilt("card", [chosen, answered?.model, answered?.seconds], () => {
    if (!chosen) return [make("p", { class: "quiet" }, "Not listed by this server.")];
    const lines = [make("strong", {}, `${chosen.name}: ${chosen.title}`)];
    const takes = { click: "points", scribble: "strokes", box: "a box", text: "words", trimap: "a trimap", mask: "a mask" };
    const kinds = chosen.accepts.map((kind) => takes[kind] ?? kind).join(", ");
    lines.push(make("p", {}, `Takes ${kinds || "the photo alone"}${kinds && !chosen.is_hint_needed && !chosen.requires.length ? ", or nothing" : ""}.`));
    if (chosen.limits) lines.push(make("p", {}, chosen.limits));
    if (chosen.paper) lines.push(make("p", { class: "quiet" }, chosen.paper));
    if (answered) lines.push(make("p", { class: "quiet" }, `This answer: ${describe(answered)}.`));
    return lines;
  });
  if ($("model").value !== page.model) $("model").value = page.model;
}

export function render() {
  const isAtStart = $("workspace").hidden;
  renderBar();
  if (!page.session) return;
  if (isAtStart) $("canvas").focus({ preventScroll: true }); // the start screen took the focus with it
  renderTools();
  renderViews();
  renderPeople();
  renderHints();
  renderRefine();
  renderHistory();
  renderCard();
  const { name, width, height, bits } = page.session;
  $("session-about").textContent = width ? `${name}: ${width} × ${height} pixels, ${bits} bits a channel.` : name;
}

/** Offer the models; those that need what this page cannot give are named, but not to be chosen. */
export function listModels() {
  const options = page.models.map(({ name, title, accepts, requires, is_hint_needed: isNeeded }) => {
    const isOutOfReach = requires.some((kind) => !GIVEN.includes(kind)) || (isNeeded && !accepts.some((kind) => GIVEN.includes(kind)));
    const option = make("option", { value: name }, `${name}: ${title}${isOutOfReach ? ` (needs ${requires.join(", ") || accepts.join(" or ")})` : ""}`);
    option.disabled = isOutOfReach;
    return option;
  });
  if (options.length) $("model").replaceChildren(...options);
  if (!card()) change({ model: page.models[0]?.name ?? "auto" });
  $("model").value = page.model;
}

export function start() {
  $("views").append(...VIEWS.map((view) => {
    const { number, name, title } = view;
    const key = keyOf(view);
    const button = make("button", { type: "button", title: `${title} (${key})`, "data-view": number, "aria-keyshortcuts": key }, make("kbd", { "aria-hidden": "true" }, key), name);
    button.addEventListener("click", () => change({ view: number }));
    return button;
  }));
  $("colour").addEventListener("input", ({ target }) => change({ colour: target.value }));
  $("wipe").addEventListener("input", ({ target }) => change({ wipe: target.value / 100 }));
  $("brush").addEventListener("input", ({ target }) => change({ brush: Number(target.value) }));
  $("background").addEventListener("change", ({ target }) => {
    if (target.files[0]) setBackground(target.files[0]);
    target.value = "";
  });
  for (const [id, key] of [["preview-on", "isPreviewOn"], ["ghost-on", "isGhostOn"], ["auto-refine", "isAutoRefineOn"]]) {
    $(id).addEventListener("change", ({ target }) => change({ [key]: target.checked }));
  }
  $("budget").addEventListener("input", ({ target }) => change({ budget: BUDGETS[target.value] }));
  $("budget").addEventListener("change", refine);
  $("refine").addEventListener("click", () => {
    if (!page.budget) change({ budget: 8 }); // to press the button is to want some
    refine();
  });
  $("doubt").addEventListener("click", goToDoubt);
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => chooseTool(button.dataset.tool));
  }
  $("sign").addEventListener("click", () => {
    change({ isOn: !page.isOn });
    say(page.isOn ? "Clicks mark the object." : "Clicks mark the background.");
  });
  $("collect").addEventListener("click", () => {
    change({ isCollecting: !page.isCollecting });
    if (!page.isCollecting && page.isHeld) send();
    else say(page.isCollecting ? "Hints are collected until you press this again." : "Every hint is sent at once.");
  });
  const sendText = () => setText($("text").value);
  $("people-find").addEventListener("click", findPeople);
  $("text-send").addEventListener("click", sendText);
  $("text").addEventListener("keydown", (event) => event.key === "Enter" && sendText());
  $("model").addEventListener("change", ({ target }) => chooseModel(target.value));
}
