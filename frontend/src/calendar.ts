// A calendar beside a dd/mm/yyyy box. Monday first; arrows move by days and weeks, Page Up and Down by months.
import { make, mount } from "./dom";

const DAY_MS = 24 * 3600 * 1000;
const MOVES: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function read(text: string): Date | null {
  const match = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text);
  if (!match) return null;
  const date = new Date(Date.UTC(Number(match[3]), Number(match[2]) - 1, Number(match[1])));
  return date.getUTCDate() === Number(match[1]) ? date : null;
}
function write(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}`;
}
function today(): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
}
function words(options: Intl.DateTimeFormatOptions, date: Date): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { ...options, timeZone: "UTC" }).format(date);
}
function months(date: Date, by: number): Date {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by + 1, 0)).getUTCDate();
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by, Math.min(date.getUTCDate(), last)));
}

mount("[data-calendar]", (field) => {
  const input = field.querySelector("input");
  const button = field.querySelector<HTMLElement>("[data-calendar-open]");
  if (!input || !button) return;
  let panel: HTMLElement | null = null;
  let at = today();

  const close = (): void => {
    panel?.remove();
    panel = null;
    button.setAttribute("aria-expanded", "false");
  };
  const choose = (date: Date): void => {
    input.value = write(date);
    input.dispatchEvent(new Event("change", { bubbles: true }));
    close();
    input.focus();
  };
  const turn = (label: string, by: number): HTMLButtonElement => {
    const arrow = make("button", { type: "button", class: "btn-icon", "aria-label": words({ month: "long", year: "numeric" }, months(at, by)) }, label);
    arrow.addEventListener("click", () => draw(months(at, by), false));
    return arrow;
  };
  const draw = (date: Date, focus: boolean): void => {
    at = date;
    const chosen = read(input.value);
    const first = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
    const start = new Date(first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY_MS);
    const grid = make("div", { class: "cal-grid" });
    for (let n = 0; n < 7; n++) grid.append(make("span", { "aria-hidden": "true" }, words({ weekday: "narrow" }, new Date(start.getTime() + n * DAY_MS))));
    for (let n = 0; n < 42; n++) {
      const day = new Date(start.getTime() + n * DAY_MS);
      const cell = make("button", { type: "button", "aria-label": words({ dateStyle: "full" }, day), tabindex: day.getTime() === at.getTime() ? "0" : "-1" }, String(day.getUTCDate()));
      if (day.getUTCMonth() !== at.getUTCMonth()) cell.classList.add("is-out");
      if (day.getTime() === today().getTime()) cell.setAttribute("aria-current", "date");
      if (day.getTime() === chosen?.getTime()) cell.setAttribute("aria-pressed", "true");
      cell.addEventListener("click", () => choose(day));
      grid.append(cell);
    }
    const title = make("span", { class: "flex-1 text-center text-sm font-medium" }, words({ month: "long", year: "numeric" }, at));
    panel?.replaceChildren(make("div", { class: "flex items-center mb-2" }, turn("‹", -1), title, turn("›", 1)), grid);
    if (focus) grid.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  };
  const open = (): void => {
    panel = make("div", { class: "cal float", role: "dialog", "aria-label": button.getAttribute("aria-label") ?? "" });
    field.append(panel);
    button.setAttribute("aria-expanded", "true");
    draw(read(input.value) ?? today(), true);
    panel.addEventListener("keydown", (event) => {
      const by = MOVES[event.key];
      if (by) draw(new Date(at.getTime() + by * DAY_MS), true);
      else if (event.key === "PageUp") draw(months(at, -1), true);
      else if (event.key === "PageDown") draw(months(at, 1), true);
      else if (event.key === "Escape") {
        close();
        button.focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  };
  button.addEventListener("click", () => (panel ? close() : open()));
  document.addEventListener("pointerdown", (event) => {
    if (panel && event.target instanceof Node && !field.contains(event.target)) close();
  });
  field.addEventListener("focusout", (event) => {
    if (panel && event.relatedTarget instanceof Node && !field.contains(event.relatedTarget)) close();
  });
});
