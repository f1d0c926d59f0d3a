// The first thing that Tab reaches: a link past the list of pages, to the slider where there is one.
document.addEventListener("DOMContentLoaded", () => {
  const goal = () => document.querySelector('.st-key-slider-box [role="slider"], .st-key-slider-box input[type="range"]');
  const skip = document.createElement("a");
  skip.className = "skip";
  skip.href = "#";
  skip.textContent = "To the content";
  skip.addEventListener("focus", () => { skip.textContent = goal() ? "To the slider" : "To the content"; });
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    const place = goal() ?? document.querySelector(
      '[data-testid="stMain"] :is(input, button, select, textarea, a[href], [tabindex="0"]):not([disabled])');
    place?.focus();
    place?.scrollIntoView({ block: "center" });
  });
  document.body.prepend(skip);
});
