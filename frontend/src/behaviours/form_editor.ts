// The editor of sign-up forms: outline and preview share one selection, and the keyboard reaches all of it.
import { isTyping, mount, on } from "../dom";

function frameOf(): HTMLIFrameElement | null {
  return document.querySelector<HTMLIFrameElement>("[data-preview-frame]");
}

function parts(): HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>("[data-part]")];
}

function chosenPart(): HTMLAnchorElement | undefined {
  return parts().find((part) => part.ariaCurrent === "true");
}

function step(by: number): void {
  const all = parts();
  const at = all.findIndex((part) => part === document.activeElement);
  const from = at >= 0 ? at : all.findIndex((part) => part.ariaCurrent === "true");
  all[Math.max(0, Math.min(all.length - 1, from + by))]?.focus();
}

function submit(selector: string): void {
  document.querySelector<HTMLFormElement>(selector)?.requestSubmit();
}

mount("[data-preview-frame]", (frame) => {
  window.addEventListener("message", (event) => {
    if (!(frame instanceof HTMLIFrameElement) || event.source !== frame.contentWindow) return;
    const data = event.data as { quen?: string; key?: string };
    if (data.quen === "ready")
      frame.contentWindow?.postMessage({ quen: "chosen", key: frame.dataset.chosen }, location.origin);
    if (data.quen === "choose")
      parts()
        .find((part) => part.dataset.part === data.key)
        ?.click();
  });
  document.body.addEventListener("form:changed", () => {
    if (frame instanceof HTMLIFrameElement) frame.contentWindow?.location.reload();
  });
});

on("keydown", "[data-part]", (event, part) => {
  if (isTyping(event.target) || !frameOf()) return;
  const isChosen = part === chosenPart();
  const moves = isChosen && part.dataset.movable === "yes";
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const up = event.key === "ArrowUp";
    if (!event.altKey) step(up ? -1 : 1);
    else if (moves) submit(up ? "[data-move=up]" : "[data-move=down]");
  } else if (event.key === "Delete" && moves) {
    event.preventDefault();
    document.querySelector<HTMLButtonElement>("[data-remove]")?.click();
  }
});
