// A list beside a page, at an address of its own: a number opens the people behind it without leaving the page.
//   [data-beside="url"]     a link to the list's page; where there is room, the list opens beside, from this URL
//   [data-beside-panel]     the place beside the page
//   [data-beside-close]     a link that closes it: the page alone
// Back, Forward and a reload show what the address says; htmx loads the page again for them.
import htmx from "htmx.org";
import { isTyping, mount, on } from "../dom";

const ROOM = window.matchMedia("(min-width: 64rem)");

function panel(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-beside-panel]");
}
function links(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-beside]")];
}

/** Show which number is open; a live update brings the numbers anew. */
function markCurrent(): void {
  const here = location.pathname + location.search;
  for (const link of links()) {
    if (link.dataset.beside === here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

async function open(place: HTMLElement, url: string): Promise<void> {
  // The last number wins: responses for those before are dropped.
  place.setAttribute("hx-sync", "this:replace");
  await htmx.ajax("GET", url, { source: place, target: place, swap: "innerHTML", push: url });
  place.querySelector<HTMLElement>("[data-beside-title]")?.focus({ preventScroll: true });
}

function close(place: HTMLElement, url: string): void {
  const here = location.pathname + location.search;
  const opener = links().find((link) => link.dataset.beside === here);
  place.replaceChildren();
  history.pushState({ htmx: true }, "", url);
  markCurrent();
  opener?.focus({ preventScroll: true });
}

on("click", "[data-beside]", (event, link) => {
  const place = panel();
  if (!place || !link.dataset.beside || !ROOM.matches) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  void open(place, link.dataset.beside);
});
on("click", "[data-beside-close]", (event, link) => {
  const place = panel();
  const url = link.getAttribute("href");
  if (!place || !url || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  close(place, url);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || isTyping(event.target)) return;
  if (document.querySelector("dialog[open], details[data-menu][open]")) return;
  panel()?.querySelector<HTMLElement>("[data-beside-close]")?.click();
});
document.addEventListener("htmx:after:swap", markCurrent);
document.addEventListener("htmx:after:history:push", markCurrent);
mount("[data-beside-panel]", markCurrent);
