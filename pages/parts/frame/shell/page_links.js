// A press on a page's link opens that page.
//
// Streamlit can let such a press go. It notes the asked page once for a whole session, and a run that ends in a rerun
// of its own notes its own page again before it looks whether it has been stopped: pressed in that moment, a link does
// nothing. So a link whose page has not come once the app rests is pressed again.
(() => {
  const REST = 1500, LOOK = 250; // milliseconds the app has to rest without the page, and between two looks
  let wanted = null, timer = 0;

  const forget = () => { wanted = null; clearInterval(timer); };
  const look = () => {
    if (location.pathname === wanted.path) return forget();
    const app = document.querySelector('[data-testid="stApp"]');
    wanted.rested = app?.dataset.testScriptState === "notRunning" ? wanted.rested + LOOK : 0;
    if (wanted.rested < REST) return;
    const link = wanted.link.isConnected ? wanted.link
      : [...document.links].find((other) => new URL(other.href).pathname === wanted.path);
    forget();
    link?.click();
  };

  window.addEventListener("click", (event) => {
    if (!event.isTrusted) return;
    forget();
    const link = event.target.closest?.("a[data-testid$=NavLink]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const path = new URL(link.href).pathname;
    if (path === location.pathname) return;
    wanted = { link, path, rested: 0 };
    timer = setInterval(look, LOOK);
  }, true);
  for (const kind of ["keydown", "popstate"]) window.addEventListener(kind, forget, true);
})();
