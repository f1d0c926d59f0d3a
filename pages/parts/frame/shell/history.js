// One step of the reader, one entry in the browser's history.
//
// Streamlit adds an entry whenever the server writes the address, and none when a slider or a field that is bound to
// the address moves. Here the first change of the address after a press or a key is a new entry, and every further one
// is part of it. What changes without a hand, while a page opens or a job ends, is part of the entry that is there.
(() => {
  const own = { push: history.pushState.bind(history), replace: history.replaceState.bind(history) };
  let acted = false; // whether a hand did something since the last entry

  const same = (url) => {
    const now = new URL(location.href), next = new URL(url ?? location.href, location.href);
    const sorted = (query) => [...query].map(String).sort().join("\n");
    return now.pathname === next.pathname && sorted(now.searchParams) === sorted(next.searchParams);
  };
  const write = (state, title, url) => {
    if (!acted || same(url)) return own.replace(state, title, url);
    acted = false;
    return own.push(state, title, url);
  };
  history.pushState = write;
  history.replaceState = write;

  const act = (event) => { if (event.isTrusted && !event.repeat) acted = true; };
  for (const kind of ["pointerdown", "keydown", "drop"]) window.addEventListener(kind, act, true);
  // A click without a pointer comes from a key or from a screen reader.
  window.addEventListener("click", (event) => { if (event.detail === 0) act(event); }, true);
  window.addEventListener("popstate", () => { acted = false; }, true);
})();
