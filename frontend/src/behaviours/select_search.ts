// [data-search-select] turns a select with many options into a box one types in; its value is the text for no match.
// The select stays the field of the form.
import { createElement, foldText, mount } from "../dom";
import { Listbox, type ListboxGroup } from "./listbox";

mount("select[data-search-select]", (element) => {
  const select = element as HTMLSelectElement;
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  const groups: ListboxGroup[] = [...select.querySelectorAll("optgroup")].map((group) => ({
    label: group.label,
    options: [...group.querySelectorAll("option")].map(({ value, text }) => ({ value, text })),
  }));
  const input = createElement("input", {
    class: "box box-select",
    id: `${select.id}-search`,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
  });
  for (const name of ["aria-describedby", "aria-invalid", "aria-label"]) {
    const value = select.getAttribute(name);
    if (value) input.setAttribute(name, value);
  }
  const chosen = (): string => select.selectedOptions[0]?.text ?? "";
  const showChosen = (): void => {
    input.value = chosen();
    listbox.close();
  };
  const listbox = new Listbox(input, label?.textContent?.trim() ?? chosen(), (value) => {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    showChosen();
  });
  const search = (typed: string): void => {
    const words = foldText(typed).split(/\s+/).filter(Boolean);
    const found = groups.map((group) => ({
      label: group.label,
      options: group.options.filter(({ text }) => words.every((word) => foldText(text).includes(word))),
    }));
    const shown = found.filter(({ options }) => options.length);
    listbox.show(shown, select.dataset.searchSelect ?? "", words.length ? 0 : -1);
  };
  input.value = chosen();
  label?.setAttribute("for", input.id);
  select.hidden = true;
  const box = createElement("div", { class: "relative" }, input, listbox.list);
  select.after(box);

  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => {
    if (!listbox.isOpen) search("");
  });
  input.addEventListener("input", () => search(input.value));
  input.addEventListener("blur", showChosen);
  input.addEventListener("keydown", (event) => {
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !listbox.isOpen) {
      event.preventDefault();
      search("");
    }
    if (!listbox.isOpen) return;
    if (event.key === "Enter") {
      event.preventDefault();
      const option = [...select.options].find(({ value }) => value === listbox.current);
      if (option) select.value = option.value;
      showChosen();
    } else listbox.handleKey(event);
  });
});
