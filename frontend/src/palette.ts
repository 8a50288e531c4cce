// Ctrl K: pages at once, people and actions from the server. Accents are ignored there and here.
import { announce, make, on, plain } from "./dom";
import { open } from "./dialogs";

const WAIT_MS = 120;

interface Found {
  title: string;
  hint?: string;
  href: string;
}

const dialog = document.getElementById("palette") as HTMLDialogElement | null;

function url(): string | undefined {
  return document.querySelector<HTMLElement>("[data-palette-url]")?.dataset.paletteUrl;
}

export function openPalette(): void {
  if (!dialog || !url()) return;
  const input = dialog.querySelector("input");
  open(dialog);
  input?.select();
  if (input) input.dispatchEvent(new Event("input", { bubbles: true }));
}

function start(palette: HTMLDialogElement): void {
  const input = palette.querySelector("input")!;
  const list = palette.querySelector<HTMLElement>("[role=listbox]")!;
  const pages = [...list.querySelectorAll<HTMLAnchorElement>("[data-page]")];
  let timer = 0;
  let asked = 0;

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]:not([hidden])")];
  const point = (option: HTMLElement | undefined): void => {
    for (const other of list.querySelectorAll("[role=option]")) other.setAttribute("aria-selected", String(other === option));
    options().forEach((each, n) => (each.id ||= `found-${n}-${asked}`));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const show = (rows: (Node | string)[]): void => {
    const words = plain(input.value.trim());
    for (const page of pages) page.hidden = !plain(page.textContent ?? "").includes(words);
    list.replaceChildren(...rows, ...pages);
    const all = options();
    if (!all.length) list.append(make("p", { class: "px-3 py-6 text-center text-sm text-ink-3" }, palette.dataset.sayNone ?? ""));
    point(all[0]);
    if (words) announce((palette.dataset.sayFound ?? "%s").replace("%s", String(all.length)));
  };
  const find = async (): Promise<void> => {
    const query = input.value.trim();
    const number = ++asked;
    const address = url();
    if (!query || !address) return show([]);
    const answer = await fetch(`${address}?q=${encodeURIComponent(query)}`, { headers: { Accept: "text/html, application/json", "HX-Request": "true" } });
    if (!answer.ok || number !== asked) return;
    if (answer.headers.get("Content-Type")?.includes("json")) {
      show(((await answer.json()) as Found[]).map(option));
    } else {
      const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      show([...body.querySelectorAll("[role=option]")]);
    }
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    show([...list.querySelectorAll("[role=option]:not([data-page])")]);
    timer = window.setTimeout(() => void find().catch(() => show([])), WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const now = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      point(all[(now + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      all[now]?.click();
    }
  });
  list.addEventListener("click", () => palette.close());
}

function option(row: Found): HTMLAnchorElement {
  const link = make("a", { class: "option", role: "option", tabindex: "-1", href: row.href, "aria-selected": "false" }, make("span", { class: "cut" }, row.title));
  if (row.hint) link.append(make("span", { class: "option-hint" }, row.hint));
  return link;
}

if (dialog) start(dialog);
on("click", "[data-palette-open]", () => openPalette());
