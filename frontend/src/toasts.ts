// Toasts: from HX-Trigger ("toast" events) and from the messages a full page brings along.
import htmx from "htmx.org";
import { announce, make, mount, on } from "./dom";

export interface Toast {
  text: string;
  undo?: string;
  tone?: string;
}

const STAY_MS = 6000;
const STAY_WITH_UNDO_MS = 12000;
const GLYPHS: Record<string, string> = {
  good: "M22 12A10 10 0 1 1 2 12a10 10 0 0 1 20 0Zm-13 0 2 2 4-4",
  wait: "M12 8v4m0 4h.01M22 12A10 10 0 1 1 2 12a10 10 0 0 1 20 0Z",
  bad: "M12 16h.01M12 8v4M15.3 2 22 8.700v6.600L15.300 22H8.700L2 15.300V8.700L8.700 2Z",
};
const CROSS = "M18 6 6 18M6 6l12 12";

function glyph(path: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const attributes = { width: "16", height: "16", viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.75", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", class: "i" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Show a toast; with undo it stays longer. Hovering or focusing keeps it. */
export function show(toast: Toast, undoByPage = false): void {
  const region = document.getElementById("toasts");
  if (!region || !toast.text) return;
  const box = make("div", { class: "toast-q" }, glyph(GLYPHS[toast.tone ?? "good"] ?? CROSS), make("span", { class: "flex-1" }, toast.text));
  if (toast.undo) box.append(undoButton(toast.undo, region.dataset.sayUndo ?? "", box, undoByPage));
  const cross = make("button", { type: "button", class: "toast-x", "aria-label": region.dataset.sayClose ?? "" }, glyph(CROSS));
  cross.addEventListener("click", () => box.remove());
  box.append(cross);
  region.append(box);
  while (region.querySelectorAll(".toast-q").length > 3) region.querySelector(".toast-q")?.remove();
  announce(toast.text);
  let timer = 0;
  const wait = (): void => {
    timer = window.setTimeout(() => box.remove(), toast.undo ? STAY_WITH_UNDO_MS : STAY_MS);
  };
  for (const type of ["mouseenter", "focusin"]) box.addEventListener(type, () => window.clearTimeout(timer));
  for (const type of ["mouseleave", "focusout"]) box.addEventListener(type, wait);
  wait();
}

function undoButton(url: string, words: string, box: HTMLElement, byPage: boolean): HTMLButtonElement {
  const button = make("button", { type: "button", class: "toast-act" }, words);
  button.addEventListener("click", () => {
    button.disabled = true;
    // A toast that came with a page belongs to what the page shows: load it again with what was undone.
    void htmx.ajax("POST", url, { source: document.body, swap: "none" }).then(() => {
      box.remove();
      if (byPage) window.setTimeout(() => location.reload(), 600);
    });
  });
  return button;
}

document.addEventListener("toast", (event) => show((event as CustomEvent<Toast>).detail));
mount("template[data-toast]", (element) => {
  show({ text: element.dataset.toast ?? "", undo: element.dataset.undo, tone: element.dataset.tone }, true);
  element.remove();
});

/** One of the sentences the region brings for what the server could not say. */
export function showKnown(which: "offline" | "surprise"): void {
  const region = document.getElementById("toasts");
  const text = which === "offline" ? region?.dataset.sayOffline : region?.dataset.saySurprise;
  show({ text: text ?? "", tone: "bad" });
}

on("keydown", "#toasts", (event) => {
  if (event.key === "Escape") (event.target as HTMLElement).closest(".toast-q")?.remove();
});
