// Elements of text: every text becomes a text node, whatever it holds.

/** A new element inside `parent`, with a class and a text where they are given. */
export const made = (kind, className, parent, text = "") => {
  const element = document.createElement(kind);
  if (className) element.className = className;
  if (text) element.textContent = text;
  parent?.append(element);
  return element;
};

/** Write `text` into the element, its parts from `marks` ([first, last) in whole characters) marked. */
export function marked(element, { text, marks }) {
  const characters = marks.length ? Array.from(text) : []; // places count whole characters, as Python does
  let at = 0;
  for (const [first, last] of marks) {
    element.append(characters.slice(at, first).join(""));
    made("mark", "", element, characters.slice(first, last).join(""));
    at = last;
  }
  element.append(marks.length ? characters.slice(at).join("") : text);
}
