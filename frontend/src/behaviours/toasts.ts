// Toasts: from HX-Trigger ("toast" events) and from Django messages rendered into a full page.
import htmx from "htmx.org";
import { announce, createElement, mount, on } from "../dom";

export interface Toast {
  text: string;
  /** A URL to post to; with “?preview” one that first shows what would return. */
  undo?: string;
  tone?: string;
}

const DURATION_MS = 6000;
const DURATION_WITH_UNDO_MS = 12000;
const ICON_PATHS: Record<string, string> = {
  good: "M22 12A10 10 0 1 1 2 12a10 10 0 0 1 20 0Zm-13 0 2 2 4-4",
  wait: "M12 8v4m0 4h.01M22 12A10 10 0 1 1 2 12a10 10 0 0 1 20 0Z",
  bad: "M12 16h.01M12 8v4M15.3 2 22 8.700v6.600L15.300 22H8.700L2 15.300V8.700L8.700 2Z",
};
const CROSS_PATH = "M18 6 6 18M6 6l12 12";

function icon(path: string): SVGSVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const attributes = {
    width: "16",
    height: "16",
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.75",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
    class: "i",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const line = document.createElementNS(namespace, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Show a toast. It stays longer with an undo button, and while it is hovered or focused. */
export function showToast(toast: Toast, reloadAfterUndo = false): void {
  const region = document.getElementById("toasts");
  if (!region || !toast.text) return;
  // Of a problem that every part of the page meets, once is enough.
  const shown = [...region.querySelectorAll(".toast-q > span")].some(
    (each) => each.textContent === toast.text,
  );
  if (shown && toast.tone && toast.tone !== "good") return;
  const box = createElement(
    "div",
    { class: "toast-q" },
    icon(ICON_PATHS[toast.tone ?? "good"] ?? CROSS_PATH),
    createElement("span", { class: "flex-1" }, toast.text),
  );
  if (toast.undo) box.append(undoButton(toast.undo, region.dataset.textUndo ?? "", box, reloadAfterUndo));
  const closeButton = createElement(
    "button",
    { type: "button", class: "toast-x", "aria-label": region.dataset.textClose ?? "" },
    icon(CROSS_PATH),
  );
  closeButton.addEventListener("click", () => box.remove());
  box.append(closeButton);
  region.append(box);
  while (region.querySelectorAll(".toast-q").length > 3) region.querySelector(".toast-q")?.remove();
  announce(toast.text);
  let timer = 0;
  const startTimer = (): void => {
    timer = window.setTimeout(() => box.remove(), toast.undo ? DURATION_WITH_UNDO_MS : DURATION_MS);
  };
  for (const type of ["mouseenter", "focusin"]) box.addEventListener(type, () => window.clearTimeout(timer));
  for (const type of ["mouseleave", "focusout"]) box.addEventListener(type, startTimer);
  startTimer();
}

function undoButton(url: string, label: string, box: HTMLElement, reload: boolean): HTMLButtonElement {
  const button = createElement("button", { type: "button", class: "toast-act" }, label);
  button.addEventListener("click", () => {
    if (url.endsWith("?preview")) {
      box.remove();
      if (!document.getElementById("dialogs")) location.href = url;
      else void htmx.ajax("GET", url, { source: document.body, target: "#dialogs", swap: "innerHTML" });
      return;
    }
    button.disabled = true;
    // A toast rendered into a page is about what the page shows: reload it after the undo.
    void htmx.ajax("POST", url, { source: document.body, swap: "none" }).then(() => {
      box.remove();
      if (reload) window.setTimeout(() => location.reload(), 600);
    });
  });
  return button;
}

document.addEventListener("toast", (event) => showToast((event as CustomEvent<Toast>).detail));
mount("template[data-toast]", (element) => {
  showToast(
    { text: element.dataset.toast ?? "", undo: element.dataset.undo, tone: element.dataset.tone },
    true,
  );
  element.remove();
});

/** Show an error the server could not report itself; the texts are on the toast region. */
export function showErrorToast(kind: "offline" | "unexpected"): void {
  const region = document.getElementById("toasts");
  const text = kind === "offline" ? region?.dataset.textOffline : region?.dataset.textUnexpected;
  showToast({ text: text ?? "", tone: "bad" });
}

on("keydown", "#toasts", (event) => {
  if (event.key === "Escape") (event.target as HTMLElement).closest(".toast-q")?.remove();
});
