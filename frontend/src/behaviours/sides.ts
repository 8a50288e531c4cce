// Keys of a page on which one decides about two records: letters named by data-key, 1 and 2 choose a side.
import { isTyping, isVisible } from "../dom";

/** Choose a side in the row that has the focus, else in all rows. */
function choose(form: HTMLElement, side: string): void {
  const row = document.activeElement?.closest("fieldset") ?? form;
  const among = form.contains(row) ? row : form;
  for (const radio of among.querySelectorAll<HTMLInputElement>(`[data-side="${side}"]`)) radio.checked = true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const form = document.querySelector<HTMLElement>("[data-sides]");
  if (!form) return;
  if (event.key === "1" || event.key === "2") {
    event.preventDefault();
    choose(form, event.key);
    return;
  }
  const isRadio = event.target instanceof HTMLInputElement && event.target.type === "radio";
  const key = event.key === "ArrowDown" && !isRadio ? "j" : event.key.toLowerCase();
  const found = [...document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)].find(
    isVisible,
  );
  if (!found) return;
  event.preventDefault();
  // Before "g" of keys.ts, which begins a jump to another page.
  event.stopImmediatePropagation();
  found.click();
});
