// Menus are <details> and open without JavaScript. Here: arrow keys move, Esc and a click outside close.
import { isVisible, on } from "../dom";

function items(menu: HTMLElement): HTMLElement[] {
  const entries = menu.querySelectorAll<HTMLElement>(".menu-list :is(a[href], button:not(:disabled), input)");
  return [...entries].filter(isVisible);
}

function close(menu: Element, refocus: boolean): void {
  menu.removeAttribute("open");
  if (refocus) menu.querySelector<HTMLElement>(":scope > summary")?.focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    const inside = event.target instanceof Node && menu.contains(event.target);
    const selected = inside && event.target instanceof Element && event.target.closest(".menu-item");
    if (!inside || selected) close(menu, false);
  }
});

on("keydown", "details[data-menu]", (event, menu) => {
  if (event.key === "Escape" && menu.hasAttribute("open")) {
    event.stopPropagation();
    close(menu, true);
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step && event.key !== "Home" && event.key !== "End") return;
  if (!menu.hasAttribute("open")) {
    if (event.target !== menu.querySelector(":scope > summary") || !step) return;
    menu.setAttribute("open", "");
  }
  event.preventDefault();
  const entries = items(menu);
  const index = entries.indexOf(document.activeElement as HTMLElement);
  const next =
    event.key === "Home"
      ? 0
      : event.key === "End"
        ? entries.length - 1
        : index < 0 && step === -1
          ? entries.length - 1
          : index + (step ?? 0);
  entries[(next + entries.length) % entries.length]?.focus();
});

on("focusout", "details[data-menu]", (event, menu) => {
  const to = (event as FocusEvent).relatedTarget;
  if (to instanceof Node && !menu.contains(to)) close(menu, false);
});
