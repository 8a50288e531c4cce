// The changed cells of a returned workbook: arrows move, Shift selects, X keeps, Enter takes, N goes to what is to choose.
import { isTyping, isVisible, mount } from "../dom";

const SELECTED = "data-selected";
let focused = "";

function cellsOf(sheet: HTMLElement): HTMLElement[] {
  return [...sheet.querySelectorAll<HTMLElement>("[data-cell]")].filter(isVisible);
}

function place(cell: HTMLElement): [number, number] {
  const [row = 0, column = 0] = (cell.dataset.at ?? "").split(",").map(Number);
  return [row, column];
}

/** Return the next changed cell in the direction of an arrow: along the row, or in the nearest row that has one. */
function next(cells: HTMLElement[], from: HTMLElement, key: string): HTMLElement | undefined {
  const at = cells.indexOf(from);
  if (key === "ArrowRight") return cells[at + 1];
  if (key === "ArrowLeft") return cells[at - 1];
  const [row, column] = place(from);
  const down = key === "ArrowDown";
  const others = cells.filter((cell) => (down ? place(cell)[0] > row : place(cell)[0] < row));
  const distance = (cell: HTMLElement): number => {
    const [otherRow, otherColumn] = place(cell);
    return Math.abs(otherColumn - column) * 1000 + Math.abs(otherRow - row);
  };
  return others.sort((one, other) => distance(one) - distance(other))[0];
}

function select(cells: HTMLElement[], from: HTMLElement, to: HTMLElement): void {
  const [firstRow, firstColumn] = place(from);
  const [lastRow, lastColumn] = place(to);
  const within = (value: number, one: number, other: number): boolean =>
    value >= Math.min(one, other) && value <= Math.max(one, other);
  for (const cell of cells) {
    const [row, column] = place(cell);
    const chosen = within(row, firstRow, lastRow) && within(column, firstColumn, lastColumn);
    cell.toggleAttribute(SELECTED, chosen);
  }
}

/** Take or keep the selected cells, or the one that has the focus. */
function decide(sheet: HTMLElement, cells: HTMLElement[], current: HTMLElement, decision: string): void {
  const chosen = cells.filter((cell) => cell.hasAttribute(SELECTED));
  const ids = (chosen.includes(current) ? chosen : [current]).map((cell) => cell.dataset.cell);
  const form = sheet.querySelector<HTMLFormElement>("#sheet-decisions");
  const list = form?.querySelector<HTMLInputElement>("[data-sheet-cells]");
  const word = form?.querySelector<HTMLInputElement>("[data-sheet-decision]");
  if (!form || !list || !word) return;
  list.value = ids.join(",");
  word.value = decision;
  form.requestSubmit();
}

let anchor: HTMLElement | null = null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const sheet = document.querySelector<HTMLElement>("[data-sheet]");
  if (!sheet || document.querySelector("dialog[open]")) return;
  const cells = cellsOf(sheet);
  const current = document.activeElement?.closest<HTMLElement>("[data-cell]") ?? null;
  const key = event.key.toLowerCase();
  if (key === "n") {
    const open = cells.filter((cell) => "open" in cell.dataset);
    const after = current ? open.find((cell) => cells.indexOf(cell) > cells.indexOf(current)) : undefined;
    const target = after ?? open.find((cell) => cell !== current);
    if (target) target.focus();
    else sheet.querySelector<HTMLElement>("[data-sheet-next]")?.click();
  } else if (!current) {
    return;
  } else if (event.key.startsWith("Arrow")) {
    const target = next(cells, current, event.key);
    if (event.shiftKey) anchor ??= current;
    else anchor = null;
    if (target) {
      target.focus();
      if (anchor) select(cells, anchor, target);
      else for (const cell of cells) cell.removeAttribute(SELECTED);
    }
  } else if (key === "x") {
    decide(sheet, cells, current, "keep");
  } else if (event.key === "Enter") {
    decide(sheet, cells, current, "take");
  } else {
    return;
  }
  event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const cell = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-cell]") : null;
  if (cell) focused = cell.id;
  else if (event.target !== document.body) focused = "";
});

// What htmx swapped in keeps the focus where it was, unless something in it asks for it.
mount("[data-sheet]", (sheet) => {
  anchor = null;
  const asked = sheet.querySelector<HTMLElement>("[autofocus]");
  if (asked) asked.focus();
  else if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
});
