// Ctrl K: pages are filtered here, contacts and actions come from the server. Diacritics are ignored in both.
import { announce, createElement, on, foldText } from "../dom";
import { openDialog } from "./dialogs";

const DEBOUNCE_MS = 120;

interface PaletteResult {
  title: string;
  hint?: string;
  href: string;
}

const dialog = document.getElementById("palette") as HTMLDialogElement | null;

function url(): string | undefined {
  return document.querySelector<HTMLElement>("[data-command-palette-url]")?.dataset.commandPaletteUrl;
}

export function openCommandPalette(): void {
  if (!dialog || !url()) return;
  const input = dialog.querySelector("input");
  openDialog(dialog);
  input?.select();
  if (input) input.dispatchEvent(new Event("input", { bubbles: true }));
}

function mountPalette(palette: HTMLDialogElement): void {
  const input = palette.querySelector("input")!;
  const list = palette.querySelector<HTMLElement>("[role=listbox]")!;
  const pages = [...list.querySelectorAll<HTMLAnchorElement>("[data-page]")];
  let timer = 0;
  let requestNumber = 0;

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]:not([hidden])")];
  const highlight = (option: HTMLElement | undefined): void => {
    for (const other of list.querySelectorAll("[role=option]"))
      other.setAttribute("aria-selected", String(other === option));
    options().forEach((each, n) => (each.id ||= `result-${n}-${requestNumber}`));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const show = (rows: (Node | string)[]): void => {
    const query = foldText(input.value.trim());
    for (const page of pages) page.hidden = !foldText(page.textContent ?? "").includes(query);
    list.replaceChildren(...rows, ...pages);
    const all = options();
    if (!all.length)
      list.append(
        createElement(
          "p",
          { class: "px-3 py-6 text-center text-sm text-ink-3" },
          palette.dataset.textNone ?? "",
        ),
      );
    highlight(all[0]);
    if (query) announce((palette.dataset.textFound ?? "%s").replace("%s", String(all.length)));
  };
  const search = async (): Promise<void> => {
    const query = input.value.trim();
    const request = ++requestNumber;
    const endpoint = url();
    if (!query || !endpoint) return show([]);
    const response = await fetch(`${endpoint}?q=${encodeURIComponent(query)}`, {
      headers: { Accept: "text/html, application/json", "HX-Request": "true" },
    });
    if (!response.ok || request !== requestNumber) return;
    if (response.headers.get("Content-Type")?.includes("json")) {
      show(((await response.json()) as PaletteResult[]).map(resultLink));
    } else {
      const body = new DOMParser().parseFromString(await response.text(), "text/html").body;
      show([...body.querySelectorAll("[role=option]")]);
    }
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    show([...list.querySelectorAll("[role=option]:not([data-page])")]);
    timer = window.setTimeout(() => void search().catch(() => show([])), DEBOUNCE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const index = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      highlight(all[(index + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      all[index]?.click();
    }
  });
  list.addEventListener("click", () => palette.close());
}

function resultLink(row: PaletteResult): HTMLAnchorElement {
  const link = createElement(
    "a",
    { class: "option", role: "option", tabindex: "-1", href: row.href, "aria-selected": "false" },
    createElement("span", { class: "cut" }, row.title),
  );
  if (row.hint) link.append(createElement("span", { class: "option-hint" }, row.hint));
  return link;
}

if (dialog) mountPalette(dialog);
on("click", "[data-command-palette-open]", () => openCommandPalette());
