// Menus are <details>: they open without scripts; with them arrows move, Esc and a click outside close.
import { isShown, on } from "./dom";

function items(menu: HTMLElement): HTMLElement[] {
  const all = menu.querySelectorAll<HTMLElement>(".menu-list :is(a[href], button:not(:disabled), input)");
  return [...all].filter(isShown);
}

function close(menu: Element, refocus: boolean): void {
  menu.removeAttribute("open");
  if (refocus) menu.querySelector<HTMLElement>(":scope > summary")?.focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    const inside = event.target instanceof Node && menu.contains(event.target);
    const chosen = inside && event.target instanceof Element && event.target.closest(".menu-item");
    if (!inside || chosen) close(menu, false);
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
  const all = items(menu);
  const now = all.indexOf(document.activeElement as HTMLElement);
  const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : now < 0 && step === -1 ? all.length - 1 : now + (step ?? 0);
  all[(next + all.length) % all.length]?.focus();
});

on("focusout", "details[data-menu]", (event, menu) => {
  const to = (event as FocusEvent).relatedTarget;
  if (to instanceof Node && !menu.contains(to)) close(menu, false);
});
