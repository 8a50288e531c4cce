// A picker: one box to find a thing by typing and add it. Opens by click, arrow or typing; only Enter and a click add.
// Without JavaScript it is a select beside a button.
import { announce, createElement, foldText, mount } from "../dom";
import { Listbox, type ListboxGroup, type ListboxOption } from "./listbox";

mount("[data-picker]", (picker) => {
  const select = picker.querySelector("select");
  const button = picker.querySelector<HTMLButtonElement>("button");
  if (!select || !button) return;
  const groups: ListboxGroup[] = [...select.querySelectorAll("optgroup")].map((group) => ({
    label: group.label,
    options: [...group.querySelectorAll("option")].map(({ value, text }) => ({ value, text })),
  }));
  const label = button.textContent?.trim() ?? "";
  const input = createElement("input", {
    class: "picker-input",
    id: `${select.id}-find`,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: label,
    "aria-label": label,
  });
  const listbox = new Listbox(input, select.getAttribute("aria-label") ?? label, (value) => add(value));
  const icon = button.querySelector("svg")?.cloneNode(true);
  const isNext = button.autofocus || document.activeElement === button;
  button.autofocus = false;
  select.hidden = button.hidden = true;
  picker.append(...(icon ? [icon] : []), input, listbox.list);

  const add = (value: string): void => {
    select.value = value;
    listbox.close();
    input.value = "";
    button.form?.requestSubmit(button);
  };
  const frequent = new Set(groups[0]?.options.map(({ value }) => value));
  /** How well an option fits: its whole name, the beginning of a word of it, a part, or only its group; null: not. */
  const rank = (words: string[], option: ListboxOption, group: string): number | null => {
    const typed = words.join(" ");
    const name = foldText(option.text)
      .replace(/[^a-z0-9]+/g, " ")
      .trim();
    if (name === typed) return 0;
    const often = frequent.has(option.value) ? 0 : 1;
    if (` ${name}`.includes(` ${typed}`)) return 1 + often;
    if (words.every((word) => ` ${name}`.includes(` ${word}`)) || name.includes(typed)) return 3 + often;
    return words.every((word) => ` ${name} ${foldText(group)}`.includes(` ${word}`)) ? 5 + often : null;
  };
  const search = (): void => {
    const words = foldText(input.value)
      .split(/[^a-z0-9]+/)
      .filter(Boolean);
    if (!words.length) return listbox.show(groups, "", -1);
    const found = groups.slice(1).flatMap(({ label: group = "", options }) =>
      options.flatMap((option) => {
        const fit = rank(words, option, group);
        return fit === null ? [] : [{ ...option, hint: group, fit }];
      }),
    );
    found.sort((a, b) => a.fit - b.fit);
    listbox.show([{ options: found }], picker.dataset.textNone ?? "", 0);
    announce((picker.dataset.textFound ?? "%s").replace("%s", String(found.length)));
  };

  input.addEventListener("input", search);
  input.addEventListener("click", () => {
    if (!listbox.isOpen) search();
  });
  input.addEventListener("focus", () => (input.placeholder = picker.dataset.textFind || label));
  input.addEventListener("blur", () => {
    input.placeholder = label;
    input.value = "";
    listbox.close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!listbox.isOpen) search();
      listbox.handleKey(event);
    } else if (event.key === "Enter") {
      // Never submits the form by itself.
      event.preventDefault();
      if (listbox.current !== undefined) add(listbox.current);
      else if (!listbox.isOpen) search();
    } else if (event.key === "Escape" && input.value && !listbox.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      input.value = "";
    } else if (listbox.isOpen) listbox.handleKey(event);
  });
  if (isNext) {
    input.autofocus = true;
    input.focus();
  }
});
