// The look that the reader chose: light, dark or as the system has it, and larger for a room.
//
// It is kept in a cookie, so that the server knows it with the first request. Streamlit follows the browser's own wish
// for a dark page; here the chosen look stands for that wish, so that the page changes at once, without a reload.
(() => {
  const COOKIE = "diverscope_look", WISH = "(prefers-color-scheme: dark)", YEAR = 31536000;
  const real = window.matchMedia.bind(window), system = real(WISH);
  const kept = document.cookie.split("; ").find((entry) => entry.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? "";
  const [theme, present] = kept.split(".");
  const look = { theme: ["light", "dark"].includes(theme) ? theme : "system", present: present === "present" };

  class Wish extends EventTarget {
    media = WISH;
    onchange = null;
    get matches() { return look.theme === "system" ? system.matches : look.theme === "dark"; }
    addListener(heard) { this.addEventListener("change", heard); }
    removeListener(heard) { this.removeEventListener("change", heard); }
  }
  const wish = new Wish();
  window.matchMedia = (asked) => (asked === WISH ? wish : real(asked));

  const paint = () => {
    const { dataset } = document.documentElement;
    dataset.look = wish.matches ? "dark" : "light";
    if (look.present) dataset.present = ""; else delete dataset.present;
  };
  const tell = () => { paint(); wish.dispatchEvent(new Event("change")); };
  system.addEventListener("change", () => look.theme === "system" && tell());
  paint();

  window.diverscopeLook = {
    get now() { return { ...look }; },
    set(changes) {
      Object.assign(look, changes);
      document.cookie =
        `${COOKIE}=${look.theme}${look.present ? ".present" : ""}; path=/; max-age=${YEAR}; samesite=lax`;
      tell();
    },
  };
})();
