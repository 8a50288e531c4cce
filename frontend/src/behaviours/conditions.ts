// The condition editor: chips that open their controls in place, and arrow keys between the rows.
import { isVisible, on } from "../dom";

const CONTROLS = "input:not([type=hidden]), select, textarea, button";

function close(chip: Element, refocus: boolean): void {
  chip.removeAttribute("open");
  if (refocus) chip.querySelector<HTMLElement>(":scope > summary")?.focus();
}

// "toggle" does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    const chip = event.target;
    if (!(chip instanceof HTMLDetailsElement) || !chip.matches("[data-chip-edit]") || !chip.open) return;
    const panel = chip.querySelector<HTMLElement>(".chip-panel");
    if (!panel) return;
    // Keep the panel inside the editor: it moves to the left where there is no room, at most to the left edge.
    panel.style.left = "0";
    const room = (chip.closest("form") ?? document.documentElement).getBoundingClientRect();
    const box = panel.getBoundingClientRect();
    panel.style.left = `${Math.max(room.left - box.left, Math.min(0, room.right - box.right))}px`;
    if (!panel.contains(document.activeElement)) {
      const first = [...panel.querySelectorAll<HTMLElement>(CONTROLS)].find(isVisible);
      first?.focus({ preventScroll: true });
    }
    panel.scrollIntoView({ block: "nearest" });
  },
  true,
);

document.addEventListener("pointerdown", (event) => {
  for (const chip of document.querySelectorAll("details[data-chip-edit][open]")) {
    if (event.target instanceof Node && event.target.isConnected && !chip.contains(event.target))
      close(chip, false);
  }
});

on("focusout", "details[data-chip-edit]", (event, chip) => {
  const to = (event as FocusEvent).relatedTarget;
  if (to instanceof Node && !chip.contains(to)) close(chip, false);
});

on("keydown", "details[data-chip-edit][open]", (event, chip) => {
  if (event.defaultPrevented) return;
  const isText = event.target instanceof HTMLInputElement && event.target.type === "text";
  if (event.key !== "Escape" && !(event.key === "Enter" && isText)) return;
  // Neither the dialog around it closes, nor is the form sent.
  event.preventDefault();
  event.stopPropagation();
  close(chip, true);
});

// Arrows on what has no arrows of its own: the chips that open and the buttons that remove.
on("keydown", "[data-condition-editor] :is(summary, [data-cond-remove])", (event, here) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const editor = here.closest("[data-condition-editor]");
  const same = here.matches("summary") ? "summary" : "[data-cond-remove]";
  const rows = [...(editor?.querySelectorAll<HTMLElement>("[data-cond-row]") ?? [])];
  const row = here.closest<HTMLElement>("[data-cond-row]");
  if (!row) return;
  event.preventDefault();
  const next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
  (next?.querySelector<HTMLElement>(same) ?? next?.querySelector<HTMLElement>("[data-cond-remove]"))?.focus();
});
