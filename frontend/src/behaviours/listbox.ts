// The list under a box one types in: a combobox of the WAI-ARIA practices. Arrows, Home and End move, Enter chooses,
// Esc closes; the focus stays in the input.
import { createElement } from "../dom";

export interface ListboxOption {
  value: string;
  text: string;
  /** beside the text, quieter */
  hint?: string;
}
export interface ListboxGroup {
  label?: string;
  options: ListboxOption[];
}

let listCount = 0;

export class Listbox {
  readonly list: HTMLElement;
  private highlighted = -1;

  constructor(
    private readonly input: HTMLInputElement | HTMLTextAreaElement,
    label: string,
    private readonly choose: (value: string) => void,
  ) {
    this.list = createElement("div", {
      class: "combo-list float",
      role: "listbox",
      id: `combo-${++listCount}`,
      hidden: "",
      "aria-label": label,
    });
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-autocomplete", "list");
    // A box of several lines stays a text box, which has no state of being open.
    if (input instanceof HTMLInputElement) input.setAttribute("role", "combobox");
    this.setExpanded(false);
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  /** The value that Enter would choose. */
  get current(): string | undefined {
    return this.options()[this.highlighted]?.dataset.value;
  }

  /** Show options under their headings; `none` is shown without any. The option at `highlighted` is marked. */
  show(groups: ListboxGroup[], none: string, highlighted: number): void {
    let count = 0;
    this.list.replaceChildren(
      ...groups.flatMap(({ label, options }) => {
        const rows = options.map((option) => this.row(option, count++));
        if (!label) return rows;
        const heading = createElement(
          "div",
          { class: "menu-head", id: `${this.list.id}-group-${count}`, role: "presentation" },
          label,
        );
        return [createElement("div", { role: "group", "aria-labelledby": heading.id }, heading, ...rows)];
      }),
    );
    if (!count && none) this.list.append(createElement("p", { class: "px-3 py-2 text-sm text-ink-3" }, none));
    this.list.hidden = !count && !none;
    this.setExpanded(this.isOpen);
    this.highlight(count ? highlighted : -1);
  }

  close(): void {
    this.list.hidden = true;
    this.highlighted = -1;
    this.setExpanded(false);
    this.input.removeAttribute("aria-activedescendant");
  }

  /** Handle a key of the open list; returns whether it was one of its own. */
  handleKey(event: KeyboardEvent): boolean {
    const options = this.options();
    const last = options.length - 1;
    if (event.key === "ArrowDown") this.highlight(this.highlighted + 1);
    else if (event.key === "ArrowUp") this.highlight(this.highlighted < 0 ? last : this.highlighted - 1);
    else if (event.key === "PageDown") this.highlight(Math.min(last, this.highlighted + 8));
    else if (event.key === "PageUp") this.highlight(Math.max(0, this.highlighted - 8));
    else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else return false;
    event.preventDefault();
    return true;
  }

  private setExpanded(open: boolean): void {
    if (this.input instanceof HTMLInputElement) this.input.setAttribute("aria-expanded", String(open));
  }

  private options(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=option]")];
  }

  private highlight(index: number): void {
    const options = this.options();
    this.highlighted =
      index < 0 || !options.length ? -1 : ((index % options.length) + options.length) % options.length;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === this.highlighted)));
    const current = options[this.highlighted];
    if (!current) return this.input.removeAttribute("aria-activedescendant");
    current.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", current.id);
  }

  private row({ value, text, hint }: ListboxOption, number: number): HTMLElement {
    const row = createElement(
      "div",
      { class: "option", role: "option", id: `${this.list.id}-${number}`, "aria-selected": "false" },
      text,
    );
    if (hint) row.append(createElement("span", { class: "option-hint" }, hint));
    row.dataset.value = value;
    row.addEventListener("pointerdown", (event) => event.preventDefault());
    row.addEventListener("click", () => this.choose(value));
    return row;
  }
}
