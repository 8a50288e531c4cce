// Links from a message to what it is about: close the dialog they are in and move the focus there.
import { on } from "../dom";

function focusOn(element: HTMLElement): void {
  const first = element.matches("input, select, textarea, button, a[href], [tabindex]")
    ? element
    : element.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea, button, a[href]");
  (first ?? element).focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}

on("click", "a[data-fix]", (event, link) => {
  const address = new URL((link as HTMLAnchorElement).href);
  const target = document.getElementById(address.hash.slice(1));
  // Elsewhere: follow the link.
  if (!target || address.pathname !== location.pathname) return;
  event.preventDefault();
  link.closest("dialog")?.close();
  focusOn(target);
  if (link.dataset.fix === "blanks")
    document.dispatchEvent(new CustomEvent("quen:blanks", { detail: link.dataset.language ?? "" }));
});
