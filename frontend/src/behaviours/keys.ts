// Keyboard shortcuts: Ctrl K, /, ?, and g followed by a letter. Keys of lists are in list.ts.
import { isVisible, isTyping, on } from "../dom";
import { openDialog } from "./dialogs";
import { openCommandPalette } from "./command_palette";

const SECOND_KEY_MS = 1200;
let shortcutDeadline = 0;

function openShortcuts(): void {
  const dialog = document.getElementById("shortcuts");
  if (dialog instanceof HTMLDialogElement) openDialog(dialog);
}

on("click", "[data-shortcuts-open]", () => openShortcuts());

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openCommandPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() < shortcutDeadline) {
    shortcutDeadline = 0;
    const link = document.querySelector<HTMLAnchorElement>(
      `[data-go="${CSS.escape(event.key.toLowerCase())}"]`,
    );
    if (link) {
      event.preventDefault();
      event.stopImmediatePropagation();
      link.click();
    }
    return;
  }
  if (event.key === "g") shortcutDeadline = Date.now() + SECOND_KEY_MS;
  else if (event.key === "?") openShortcuts();
  else if (event.key === "/") {
    const box = [...document.querySelectorAll<HTMLInputElement>("[data-search]")].find(isVisible);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  }
});
on("keydown", "[data-search]", (event, box) => {
  if (event.key === "Escape") box.blur();
});
