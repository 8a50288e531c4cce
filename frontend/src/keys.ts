// The keyboard: Ctrl K, /, ?, g and a letter. Lists have their own keys (list.ts).
import { isShown, isTyping, on } from "./dom";
import { open } from "./dialogs";
import { openPalette } from "./palette";

const SECOND_KEY_MS = 1200;
let waitsForPlace = 0;

function openShortcuts(): void {
  const dialog = document.getElementById("shortcuts");
  if (dialog instanceof HTMLDialogElement) open(dialog);
}

on("click", "[data-shortcuts-open]", () => openShortcuts());

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() < waitsForPlace) {
    waitsForPlace = 0;
    const place = document.querySelector<HTMLAnchorElement>(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (place) {
      event.preventDefault();
      event.stopImmediatePropagation();
      place.click();
    }
    return;
  }
  if (event.key === "g") waitsForPlace = Date.now() + SECOND_KEY_MS;
  else if (event.key === "?") openShortcuts();
  else if (event.key === "/") {
    const box = [...document.querySelectorAll<HTMLInputElement>("[data-search]")].find(isShown);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  }
});
on("keydown", "[data-search]", (event, box) => {
  if (event.key === "Escape") box.blur();
});
