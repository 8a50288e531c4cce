// Lists: a drawer next to the table, keyboard navigation, selection by row, page, Shift range and “all results”.
//   [data-list]      the container: table or cards, selection bar, drawer
//   [data-row]       a row; data-href: its page, opened by a click anywhere; data-drawer: the URL of the drawer's content
//   [data-tick]      a row's checkbox, [data-tick-page] the one in the header, [data-tick-all] “all results”
import htmx from "htmx.org";
import { isVisible, isTyping, mount, on } from "../dom";

const WIDE_SCREEN = window.matchMedia("(min-width: 64rem)");
const numberFormat = new Intl.NumberFormat(document.documentElement.lang);

function listOf(element: Element): HTMLElement | null {
  return element.closest<HTMLElement>("[data-list]");
}
function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[data-row]")].filter(isVisible);
}
function ticksOf(list: HTMLElement): HTMLInputElement[] {
  return [...list.querySelectorAll<HTMLInputElement>("[data-tick]")];
}
function drawerOf(list: HTMLElement): HTMLElement | null {
  return list.querySelector<HTMLElement>("#drawer");
}
function openRow(list: HTMLElement): HTMLElement | undefined {
  return rowsOf(list).find((row) => row.classList.contains("at"));
}

/* ---- the drawer */

function markCurrent(list: HTMLElement, row: HTMLElement | undefined): void {
  for (const other of list.querySelectorAll("[data-row].at")) {
    other.classList.remove("at");
    other.removeAttribute("aria-current");
  }
  row?.classList.add("at");
  row?.setAttribute("aria-current", "true");
}

function openDrawer(list: HTMLElement, row: HTMLElement): void {
  const drawer = drawerOf(list);
  const url = row.dataset.drawer;
  if (!drawer || !url || !WIDE_SCREEN.matches) {
    if (row.dataset.href) location.href = row.dataset.href;
    return;
  }
  markCurrent(list, row);
  drawer.hidden = false;
  row.scrollIntoView({ block: "nearest" });
  // The last requested row wins: responses for rows skipped with j and k are dropped.
  drawer.setAttribute("hx-sync", "this:replace");
  void htmx.ajax("GET", url, { source: drawer, target: drawer, swap: "innerHTML" });
}

function closeDrawer(list: HTMLElement): boolean {
  const drawer = drawerOf(list);
  if (!drawer?.childElementCount) return false;
  const row = openRow(list);
  drawer.replaceChildren();
  markCurrent(list, undefined);
  focusRow(row);
  return true;
}

function focusRow(row: HTMLElement | undefined): void {
  row?.querySelector<HTMLElement>("a[href]")?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

function moveBy(list: HTMLElement, by: number): void {
  const rows = rowsOf(list);
  const drawerOpen = Boolean(drawerOf(list)?.childElementCount);
  const focused = document.activeElement?.closest<HTMLElement>("[data-row]");
  const index = rows.findIndex((row) => row === (openRow(list) ?? focused));
  const row = rows[index < 0 ? (by > 0 ? 0 : rows.length - 1) : index + by];
  if (!row) return;
  if (drawerOpen) openDrawer(list, row);
  else focusRow(row);
}

on("click", "[data-row], tr[data-href]", (event, row) => {
  const list = listOf(row);
  const target = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.closest("button, input, label, select, summary, [data-stay]")) return;
  if (window.getSelection()?.toString()) return;
  const link = target.closest("a");
  if (!list) {
    // A row that lights up is a link all over, also in lists without a drawer.
    if (!link && row.dataset.href) location.href = row.dataset.href;
    return;
  }
  // The link of the name opens the drawer too; with a modifier key or on a narrow screen it is a plain link.
  if (link && (link.getAttribute("href") !== row.dataset.href || !row.dataset.drawer || !WIDE_SCREEN.matches))
    return;
  event.preventDefault();
  openDrawer(list, row);
});
on("click", "[data-row-step]", (_event, button) => {
  const list = listOf(button);
  if (list) moveBy(list, Number(button.dataset.rowStep));
});
on("click", "[data-drawer-close]", (_event, button) => {
  const list = listOf(button);
  if (list) closeDrawer(list);
});

/** Return whether the space key activates this element. */
function usesSpaceKey(element: Element | null): boolean {
  return Boolean(element?.matches("button, summary, input, select, [role=button]"));
}

document.addEventListener("keydown", (event) => {
  const list = document.querySelector<HTMLElement>("[data-list]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const inMenu =
    event.target instanceof Element && event.target.closest("details[data-menu], [role=listbox]");
  if (inMenu) return;
  const row = openRow(list) ?? document.activeElement?.closest<HTMLElement>("[data-row]") ?? undefined;
  const by = { j: 1, k: -1, ArrowDown: row ? 1 : 0, ArrowUp: row ? -1 : 0 }[event.key];
  if (by) {
    event.preventDefault();
    moveBy(list, by);
  } else if (event.key === "Enter" && row?.dataset.href) {
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && focused.matches("button, summary, input")) return;
    event.preventDefault();
    location.href = row.dataset.href;
  } else if ((event.key === "x" || (event.key === " " && !usesSpaceKey(document.activeElement))) && row) {
    event.preventDefault();
    row.querySelector<HTMLInputElement>("[data-tick]")?.click();
  } else if (event.key === "Escape" && !closeDrawer(list)) untick(list);
});

/* ---- the selection */

let lastTick: HTMLInputElement | undefined;

function renderSelection(list: HTMLElement): void {
  const ticks = ticksOf(list);
  const ticked = ticks.filter((tick) => tick.checked);
  for (const tick of ticks) tick.closest("[data-row]")?.classList.toggle("on", tick.checked);
  for (const head of list.querySelectorAll<HTMLInputElement>("[data-tick-page]")) {
    head.checked = ticks.length > 0 && ticked.length === ticks.length;
    head.indeterminate = ticked.length > 0 && ticked.length < ticks.length;
  }
  const bar = list.querySelector<HTMLElement>("[data-selection]");
  if (!bar) return;
  const all = bar.querySelector<HTMLElement>("[data-tick-all]");
  const pressed = all?.getAttribute("aria-pressed") === "true";
  const takenOut = pressed ? ticks.filter((tick) => !tick.checked) : [];
  const total = all?.dataset.count ? Number(all.dataset.count) : undefined;
  const left = total === undefined ? ticked.length : total - takenOut.length;
  const allSelected = pressed && left > 0;
  bar.hidden = ticked.length === 0 && !allSelected;
  const count = bar.querySelector("[data-ticked]");
  if (count)
    count.textContent = allSelected
      ? allButText(all?.dataset.total ?? "", total, takenOut.length)
      : numberFormat.format(ticked.length);
  const allInput = bar.querySelector<HTMLInputElement>("[data-all]");
  if (allInput) allInput.value = allSelected ? "1" : "";
  bar.querySelector("[data-taken-out]")?.replaceChildren(...takenOut.map(takenOutInput));
  if (all && !allSelected) all.setAttribute("aria-pressed", "false");
}

/** Return how many of all results are selected: a number, or “about 12,000 − 1” when the total is an estimate. */
function allButText(text: string, total: number | undefined, takenOut: number): string {
  if (!takenOut) return text;
  return total === undefined ? `${text} − ${takenOut}` : numberFormat.format(total - takenOut);
}

function takenOutInput(tick: HTMLInputElement): HTMLInputElement {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = "without";
  input.value = tick.value;
  return input;
}

function untick(list: HTMLElement): void {
  for (const tick of ticksOf(list)) tick.checked = false;
  clearAllSelected(list);
  renderSelection(list);
}

function clearAllSelected(list: HTMLElement): void {
  list.querySelector("[data-tick-all]")?.setAttribute("aria-pressed", "false");
}

on("click", "[data-tick]", (event, element) => {
  const tick = element as HTMLInputElement;
  const list = listOf(tick);
  if (!list) return;
  const ticks = ticksOf(list);
  if (event.shiftKey && lastTick && ticks.includes(lastTick)) {
    const [from, to] = [ticks.indexOf(lastTick), ticks.indexOf(tick)].sort((a, b) => a - b);
    for (const each of ticks.slice(from, to! + 1)) each.checked = tick.checked;
  }
  lastTick = tick;
  renderSelection(list);
});
on("change", "[data-tick-page]", (_event, head) => {
  const list = listOf(head);
  if (!list) return;
  for (const tick of ticksOf(list)) tick.checked = (head as HTMLInputElement).checked;
  renderSelection(list);
});
on("click", "[data-tick-all]", (_event, button) => {
  const list = listOf(button);
  if (!list) return;
  const selectAll = button.getAttribute("aria-pressed") !== "true";
  if (selectAll) for (const tick of ticksOf(list)) tick.checked = true;
  button.setAttribute("aria-pressed", String(selectAll));
  renderSelection(list);
});
on("click", "[data-untick]", (_event, button) => {
  const list = listOf(button);
  if (list) untick(list);
});
document.addEventListener("htmx:after:swap", () => {
  for (const list of document.querySelectorAll<HTMLElement>("[data-list]")) renderSelection(list);
});
// Browsers may restore checkboxes after a reload.
mount("[data-list]", renderSelection);
