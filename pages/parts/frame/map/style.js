// The look of the map's own buttons, legend and card; colours are those of the page.

export const STYLE = `
:host { display: block; }
.map { position: relative; width: 100%; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  overflow: hidden; background: var(--st-background-color); font-family: var(--st-font); color: var(--st-text-color); }
.map canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.map canvas.front { touch-action: none; cursor: crosshair; outline: none; }
.map.pan canvas.front { cursor: grab; }
.map canvas.front:focus-visible { box-shadow: inset 0 0 0 2px var(--st-primary-color); }
.tools { position: absolute; right: 6px; top: 6px; display: flex; gap: 2px; padding: 2px; border-radius: 6px;
  background: color-mix(in srgb, var(--st-background-color) 88%, transparent); }
.tools button { width: 28px; height: 28px; padding: 0; border: 0; border-radius: 4px; background: none; cursor: pointer;
  color: var(--st-text-color); display: grid; place-items: center; }
.tools button:hover, .tools button[aria-checked="true"] { background: var(--st-secondary-background-color);
  color: var(--st-primary-color); }
.tools button:focus-visible, .foot button:focus-visible { outline: 2px solid var(--st-primary-color); }
.tools svg { width: 18px; height: 18px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round;
  stroke-linejoin: round; }
.tools i { width: 1px; margin: 4px 2px; background: var(--st-border-color); }
.menu { position: absolute; right: 6px; top: 40px; display: none; flex-direction: column; padding: 4px;
  border: 1px solid var(--st-border-color); border-radius: 6px; background: var(--st-background-color); z-index: 2; }
.menu.open { display: flex; }
.menu button { font: inherit; font-size: 0.9rem; padding: 4px 14px; border: 0; background: none; cursor: pointer;
  color: inherit; text-align: left; border-radius: 4px; }
.menu button:hover, .menu button:focus-visible { background: var(--st-secondary-background-color); }
.card { position: absolute; max-width: min(330px, 70%); padding: 6px 10px; border-radius: 6px; pointer-events: none;
  font-size: 0.85rem; line-height: 1.35; background: var(--st-background-color); display: none; z-index: 1;
  border: 1px solid var(--st-border-color); box-shadow: 0 2px 8px rgb(0 0 0 / 18%); overflow-wrap: anywhere; }
.card div:first-child { font-weight: 600; }
.foot { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; min-height: 26px; padding-top: 4px;
  font-family: var(--st-font); font-size: 0.86rem; color: var(--st-text-color); }
.foot button { font: inherit; color: inherit; background: none; border: 0; padding: 1px 2px; cursor: pointer;
  border-radius: 4px; }
.foot button:hover { text-decoration: underline; }
.foot button[disabled] { cursor: default; text-decoration: none; }
.foot b { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 5px; }
.bar { display: flex; align-items: center; gap: 8px; }
.bar .ramp { width: 220px; height: 11px; border-radius: 3px; }
.bar .ticks { display: flex; justify-content: space-between; width: 220px; font-size: 0.78rem; }
.quiet { opacity: 0.75; }
.out { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

const path = (d) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${d}"/></svg>`;

export const ICONS = {
  lasso: path("M12 4c5 0 9 2.7 9 6s-4 6-9 6-9-2.7-9-6 4-6 9-6zM7 15c-2 0-3 1-3 2.5S5.5 20 7 19.5s1.5-3 0-4.500"),
  box: path("M4 4h16v16H4z").replace("<path", '<path stroke-dasharray="3.5 2.5"'),
  pan: path("M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3"),
  in: path("M12 5v14M5 12h14"),
  out: path("M5 12h14"),
  whole: path("M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5"),
  save: path("M12 4v11M7 11l5 5 5-5M4 20h16"),
};
