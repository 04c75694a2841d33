// The export dialogue: what to keep, in which format; the full-size picture is fetched only here.

import * as api from "./api.js";
import { pictures } from "./pictures.js";
import { fail, say } from "./say.js";
import { page, work } from "./state.js";

const $ = (id) => document.getElementById(id);
const FORMATS = { png: "PNG", webp: "WebP", tiff: "TIFF", jpeg: "JPEG" };
const ALLOWED = {
  cutout: ["png", "webp", "tiff"],
  alpha: ["png", "tiff"],
  foreground: ["png", "webp", "tiff", "jpeg"],
  composite: ["png", "webp", "tiff", "jpeg"],
};
const DEEP = ["png", "tiff"]; // formats that have 16 bits
const WORDS = { cutout: "cut-out", alpha: "alpha", foreground: "foreground", composite: "composite" };

const what = () => document.querySelector('input[name="what"]:checked').value;

function fill(select, entries) {
  const before = select.value;
  select.replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
  if (entries.some(([value]) => value === before)) select.value = before;
}

/** Offer what goes together, and say how large it becomes. */
function update() {
  const { session } = page;
  const kind = what();
  fill($("export-format"), ALLOWED[kind].map((format) => [format, FORMATS[format]]));
  const isDeep = DEEP.includes($("export-format").value);
  const asPhoto = `as the photo (${isDeep ? session.bits : 8} bits)`;
  fill($("export-depth"), [["auto", asPhoto], ["8", "8 bits"], ...(isDeep ? [["16", "16 bits"]] : [])]);
  $("export-profile").disabled = !session.has_profile || kind === "alpha";
  $("export-profile").options[0].textContent = session.has_profile ? "keep the photo's" : "the photo has none";
  const isComposite = kind === "composite";
  for (const element of document.querySelectorAll(".of-composite")) element.hidden = !isComposite;
  const picture = $("export-background").options[1];
  picture.disabled = !session.has_background;
  picture.textContent = session.has_background ? "the chosen picture" : "a picture (choose one in view 6)";
  if (picture.disabled && picture.selected) $("export-background").value = "colour";
  for (const element of document.querySelectorAll(".of-colour")) element.hidden = !isComposite || $("export-background").value !== "colour";
  $("export-size").textContent = sizeText();
}

function sizeText() {
  const { width, height } = page.session;
  const { bounds } = pictures;
  if (!$("export-crop").checked) return `${width} × ${height} pixels.`;
  if (!bounds) return "Nothing was found, so there is nothing to crop to.";
  const [x0, y0, x1, y1] = bounds;
  return `About ${Math.round((x1 - x0) * width)} × ${Math.round((y1 - y0) * height)} pixels, cropped from ${width} × ${height}.`;
}

function query() {
  const asked = { format: $("export-format").value, depth: $("export-depth").value, crop: $("export-crop").checked, profile: $("export-profile").value, download: true };
  if (what() === "composite") {
    const { value } = $("export-background");
    asked.background = value === "colour" ? $("export-colour").value : value;
  }
  return new URLSearchParams(asked);
}

function keep({ blob, name }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  const size = blob.size < 1e6 ? `${Math.max(1, Math.round(blob.size / 1e3))} kB` : `${(blob.size / 1e6).toFixed(1)} MB`;
  say(`Saved ${name}, ${size}.`);
}

function download() {
  const kind = what();
  const format = $("export-format").value;
  const stem = page.session.name.replace(/\.[^.]*$/, "");
  $("export-failure").textContent = "";
  $("export-download").disabled = true;
  return work(async () => {
    try {
      keep(await api.download(page.session.id, `/pictures/${kind}?${query()}`, `${stem}-${WORDS[kind].replace("-", "")}.${format}`));
      $("export").close();
    } catch (error) {
      if (!api.isAbort(error)) $("export-failure").textContent = error.message;
    } finally {
      $("export-download").disabled = false;
    }
  });
}

function downloadRecord() {
  const stem = page.session.name.replace(/\.[^.]*$/, "");
  return work(async () => keep(await api.download(page.session.id, "/record", `${stem}-session.json`))).catch((error) => api.isAbort(error) || fail(error.message));
}

export function start() {
  $("open-export").addEventListener("click", () => {
    if (!page.session?.shown) return;
    $("export-failure").textContent = "";
    $("export-colour").value = page.colour;
    update();
    $("export").showModal();
  });
  $("export").addEventListener("change", update);
  $("export-download").addEventListener("click", download);
  $("session-file").addEventListener("click", downloadRecord);
}
