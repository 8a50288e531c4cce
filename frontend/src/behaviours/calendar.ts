// A calendar for a dd/mm/yyyy input. Weeks start on Monday; arrows move by days and weeks, Page Up and Down by months.
import { createElement, mount } from "../dom";

const DAY_MS = 24 * 3600 * 1000;
const DAYS_BY_KEY: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function parseDate(text: string): Date | null {
  const match = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text);
  if (!match) return null;
  const date = new Date(Date.UTC(Number(match[3]), Number(match[2]) - 1, Number(match[1])));
  return date.getUTCDate() === Number(match[1]) ? date : null;
}
function formatDate(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}`;
}
function today(): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
}
function localize(options: Intl.DateTimeFormatOptions, date: Date): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { ...options, timeZone: "UTC" }).format(date);
}
function addMonths(date: Date, by: number): Date {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by + 1, 0)).getUTCDate();
  return new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by, Math.min(date.getUTCDate(), last)),
  );
}

mount("[data-calendar]", (field) => {
  const input = field.querySelector("input");
  const button = field.querySelector<HTMLElement>("[data-calendar-open]");
  if (!input || !button) return;
  let panel: HTMLElement | null = null;
  let focusedDay = today();

  const close = (): void => {
    panel?.remove();
    panel = null;
    button.setAttribute("aria-expanded", "false");
  };
  const select = (date: Date): void => {
    input.value = formatDate(date);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    close();
    input.focus();
  };
  const monthButton = (label: string, by: number): HTMLButtonElement => {
    const arrow = createElement(
      "button",
      {
        type: "button",
        class: "btn-icon",
        "aria-label": localize({ month: "long", year: "numeric" }, addMonths(focusedDay, by)),
      },
      label,
    );
    arrow.addEventListener("click", () => render(addMonths(focusedDay, by), false));
    return arrow;
  };
  const render = (date: Date, focus: boolean): void => {
    focusedDay = date;
    const selected = parseDate(input.value);
    const first = new Date(Date.UTC(focusedDay.getUTCFullYear(), focusedDay.getUTCMonth(), 1));
    const start = new Date(first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY_MS);
    const grid = createElement("div", { class: "cal-grid" });
    for (let n = 0; n < 7; n++)
      grid.append(
        createElement(
          "span",
          { "aria-hidden": "true" },
          localize({ weekday: "narrow" }, new Date(start.getTime() + n * DAY_MS)),
        ),
      );
    for (let n = 0; n < 42; n++) {
      const day = new Date(start.getTime() + n * DAY_MS);
      const cell = createElement(
        "button",
        {
          type: "button",
          "aria-label": localize({ dateStyle: "full" }, day),
          tabindex: day.getTime() === focusedDay.getTime() ? "0" : "-1",
        },
        String(day.getUTCDate()),
      );
      if (day.getUTCMonth() !== focusedDay.getUTCMonth()) cell.classList.add("is-out");
      if (day.getTime() === today().getTime()) cell.setAttribute("aria-current", "date");
      if (day.getTime() === selected?.getTime()) cell.setAttribute("aria-pressed", "true");
      cell.addEventListener("click", () => select(day));
      grid.append(cell);
    }
    const title = createElement(
      "span",
      { class: "flex-1 text-center text-sm font-medium" },
      localize({ month: "long", year: "numeric" }, focusedDay),
    );
    panel?.replaceChildren(
      createElement(
        "div",
        { class: "flex items-center mb-2" },
        monthButton("‹", -1),
        title,
        monthButton("›", 1),
      ),
      grid,
    );
    if (focus) grid.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  };
  const open = (): void => {
    panel = createElement("div", {
      class: "cal float",
      role: "dialog",
      "aria-label": button.getAttribute("aria-label") ?? "",
    });
    field.append(panel);
    button.setAttribute("aria-expanded", "true");
    render(parseDate(input.value) ?? today(), true);
    panel.addEventListener("keydown", (event) => {
      const by = DAYS_BY_KEY[event.key];
      if (by) render(new Date(focusedDay.getTime() + by * DAY_MS), true);
      else if (event.key === "PageUp") render(addMonths(focusedDay, -1), true);
      else if (event.key === "PageDown") render(addMonths(focusedDay, 1), true);
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
