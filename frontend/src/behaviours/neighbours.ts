// The page of a row: the rows beside it in the list one came from, and the way back to that list as it was.
//   [data-list]        its rows ([data-row] with data-href) and the links of its pager are remembered in this tab
//   [data-neighbours]  shown when the page is one of those rows; [data-neighbour="previous" or "next"] are its links
//   [data-list-back]   a link to the list, led to the one remembered
import { isTyping, mount } from "../dom";

interface RememberedList {
  url: string;
  rows: string[];
  previous: string;
  next: string;
}
type Side = "previous" | "next";

const KEY = "quen.list";

function readList(root: ParentNode, url: string): RememberedList | undefined {
  const rows = [...root.querySelectorAll<HTMLElement>("[data-list] [data-row][data-href]")].map(
    (row) => row.dataset.href ?? "",
  );
  const pager = (rel: string): string => {
    const href = root.querySelector(`[data-list] a[rel="${rel}"]`)?.getAttribute("href");
    return href ? new URL(href, url).href : "";
  };
  return rows.length ? { url, rows, previous: pager("prev"), next: pager("next") } : undefined;
}

function remember(list: RememberedList): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // Without storage there are no neighbours.
  }
}

function remembered(): RememberedList | undefined {
  try {
    const raw = sessionStorage.getItem(KEY);
    return raw ? (JSON.parse(raw) as RememberedList) : undefined;
  } catch {
    return undefined;
  }
}

function rememberShown(): void {
  const list = readList(document, location.href);
  if (list) remember(list);
}
mount("[data-list]", rememberShown);
document.addEventListener("htmx:after:swap", rememberShown);
// The address of a filtered list changes after its rows do.
window.addEventListener("pagehide", rememberShown);

/** Return the list with the rows of the page beside it; the same list when that page cannot be read. */
async function extended(list: RememberedList, side: Side): Promise<RememberedList> {
  const response = await fetch(list[side]).catch(() => undefined);
  if (!response?.ok) return list;
  const found = readList(new DOMParser().parseFromString(await response.text(), "text/html"), list[side]);
  if (!found) return list;
  return side === "next"
    ? { ...list, rows: [...list.rows, ...found.rows], next: found.next }
    : { ...list, rows: [...found.rows, ...list.rows], previous: found.previous };
}

async function showNeighbours(nav: HTMLElement): Promise<void> {
  const here = location.pathname;
  let list = remembered();
  if (!list?.rows.includes(here)) return;
  for (const back of document.querySelectorAll<HTMLAnchorElement>("[data-list-back]")) back.href = list.url;
  if (list.rows.at(-1) === here && list.next) list = await extended(list, "next");
  if (list.rows[0] === here && list.previous) list = await extended(list, "previous");
  remember(list);
  const at = list.rows.indexOf(here);
  const targets: Record<Side, string | undefined> = { previous: list.rows[at - 1], next: list.rows[at + 1] };
  for (const side of ["previous", "next"] as const) {
    const link = nav.querySelector<HTMLAnchorElement>(`[data-neighbour="${side}"]`);
    const target = targets[side];
    if (target) link?.setAttribute("href", target);
    else link?.setAttribute("aria-disabled", "true");
  }
  nav.hidden = false;
}
mount("[data-neighbours]", (nav) => void showNeighbours(nav));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
    return;
  if (document.querySelector("dialog[open], [data-list]")) return;
  const side = { j: "next", k: "previous" }[event.key];
  if (!side) return;
  const link = document.querySelector<HTMLAnchorElement>(
    `[data-neighbours] [data-neighbour="${side}"][href]`,
  );
  if (!link) return;
  event.preventDefault();
  link.click();
});
