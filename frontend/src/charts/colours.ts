// Colours of charts, from the tokens of the theme. The chart library reads rgb only, the tokens are oklch.

const canvas = document.createElement("canvas");
canvas.width = canvas.height = 1;
const context = canvas.getContext("2d", { willReadFrequently: true });

function toRgb(colour: string): string {
  if (!context) return colour;
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

export function token(name: string): string {
  return toRgb(getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
}

/** Run whenever the theme changes: by the user's choice, or with the device. */
export function onThemeChange(run: () => void): void {
  new MutationObserver(run).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", run);
}
