// Each person of the photo: found without a hint, and chosen by the box around them.

import * as api from "./api.js";
import { propose } from "./rounds.js";
import { fail, forgive, say } from "./say.js";
import { change, page, work } from "./state.js";

/** The model that finds people; none where the server has none. */
export const finder = () => page.models.find(({ name, can_find_people: canFind }) => canFind && name !== "auto");

/** Ask who is on the photo. */
export function findPeople() {
  const { id } = page.session;
  forgive();
  say("Looking for people…");
  return work(async () => {
    try {
      const people = await api.people(id);
      if (page.session?.id !== id) return;
      change({ people });
      say(peopleNote());
    } catch (error) {
      if (!api.isAbort(error)) fail(error.message, findPeople);
    }
  });
}

export function peopleNote() {
  const { people } = page;
  if (!people) return "Finds everybody on the photo, without a hint.";
  if (!people.length) return "Nobody was found.";
  return `${people.length} ${people.length === 1 ? "person" : "people"} found, from the left to the right.`;
}

/** Mean one of them: other marks were about somebody else. */
export function choosePerson({ box }) {
  change({ model: finder().name });
  propose({ box, isBoxPending: true });
}
