// Every request to the server.  A newer request of a kind aborts the older one of that kind,
// because its answer would be outdated; a busy server (429) is asked again after its Retry-After.

const MOST_TRIES = 5;

/** What the server refused, or why it could not be reached (status 0, code "network"). */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

export function isAbort(error) {
  return error?.name === "AbortError";
}

const controllers = new Map();
let sayWaiting = () => {};

export function onWaiting(say) {
  sayWaiting = say;
}

export function abort(...kinds) {
  for (const kind of kinds) controllers.get(kind)?.abort();
}

async function refusal(response) {
  let code = `http_${response.status}`;
  let message = `The server answered ${response.status}.`;
  try {
    const { error } = await response.json();
    code = error.code ?? code;
    message = error.message ?? message;
  } catch {
    // Not the server's own words: a proxy in between, perhaps.
  }
  if (response.status === 401) message = "This server wants a token: open the page as /?token=… once.";
  return new ApiError(response.status, code, message);
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("aborted", "AbortError"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    setTimeout(resolve, seconds * 1000);
  });
}

async function call(kind, path, { tries = MOST_TRIES, ...options } = {}) {
  abort(kind);
  const controller = new AbortController();
  const { signal } = controller;
  controllers.set(kind, controller);
  try {
    for (let tried = 0; ; tried++) {
      let response;
      try {
        response = await fetch(path, { cache: "no-cache", ...options, signal });
      } catch (error) {
        if (isAbort(error)) throw error;
        throw new ApiError(0, "network", "The server cannot be reached.");
      }
      if (response.ok) return response;
      if (response.status !== 429 || tried >= tries) throw await refusal(response);
      const seconds = Math.min(30, Number(response.headers.get("Retry-After")) || 1);
      sayWaiting(seconds);
      await pause(seconds, signal);
    }
  } finally {
    if (controllers.get(kind) === controller) controllers.delete(kind);
  }
}

export async function callJson(kind, path, method = "GET", body = undefined) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const response = await call(kind, path, options);
  return response.json();
}

const at = (id, rest = "") => `v1/sessions/${encodeURIComponent(id)}${rest}`;

export const models = () => callJson("models", "v1/models");

export async function upload(file, model) {
  const form = new FormData();
  form.append("image", file, file.name || "photo");
  form.append("model", model);
  return (await call("upload", "v1/sessions", { method: "POST", body: form })).json();
}

export const readSession = (id) => callJson("read", at(id));
export const deleteSession = (id) => call("delete", at(id), { method: "DELETE" });

// Whatever changes the session is of one kind; the callers see to it that only a round aborts a round.
export const round = (id, hints, base, model) => callJson("round", at(id, "/rounds"), "POST", { hints, base, model });
export const undo = (id) => callJson("round", at(id, "/undo"), "POST");
export const redo = (id) => callJson("round", at(id, "/redo"), "POST");
export const show = (id, number) => callJson("round", at(id, "/show"), "POST", { round: number });
export const refine = (id, budget, base) => callJson("round", at(id, "/refine"), "POST", { budget, base });

export const doubts = (id, count = 8) => callJson("doubts", at(id, `/doubts?count=${count}`));

export const people = (id) => callJson("people", at(id, "/people"));

/** Where the picture of one of them is. */
export const personAt = (id, number, query) => at(id, `/people/${number}?${new URLSearchParams(query)}`);

export async function preview(id, hints, side, model) {
  const response = await call("preview", at(id, "/preview"), {
    method: "POST",
    tries: 0,
    body: JSON.stringify({ hints, side, model }),
    headers: { "Content-Type": "application/json" },
  });
  return response.blob();
}

export async function putBackground(id, file) {
  const form = new FormData();
  form.append("image", file, file.name || "background");
  await call("background", at(id, "/background"), { method: "PUT", body: form });
}

/** One picture of the session as a blob; `kind` groups requests that abort each other. */
export async function picture(id, what, query, kind = what) {
  const response = await call(kind, at(id, `/pictures/${what}?${new URLSearchParams(query)}`));
  return response.blob();
}

/** A file to keep: the blob and the name that the server gives it. */
export async function download(id, rest, fallback) {
  const response = await call("download", at(id, rest));
  const given = /filename\*=UTF-8''([^;]+)|filename="?([^";]+)"?/i.exec(response.headers.get("Content-Disposition") ?? "");
  let name = given?.[2] ?? fallback;
  try {
    if (given?.[1]) name = decodeURIComponent(given[1]);
  } catch {
    name = fallback; // not UTF-8 after all
  }
  return { blob: await response.blob(), name };
}
