// A combobox with several values: type to search, Enter adds, Backspace removes the last one.
// Without JavaScript it is a text input with comma-separated values.
import { announce, createElement, mount, foldText } from "../dom";
import { Listbox } from "./listbox";

const DEBOUNCE_MS = 150;
const MAX_OPTIONS = 50;

mount("[data-combo]", (combo) => {
  const input = combo.querySelector<HTMLInputElement>("input");
  const box = combo.querySelector<HTMLElement>(".box");
  if (!input || !box) return;
  const name = combo.dataset.name ?? input.name;
  const localOptions = [...combo.querySelectorAll("option")].map((option) => option.value);
  const mayCreate = combo.dataset.create === "1";
  const url = combo.dataset.url;
  let values = input.value
    .split(",")
    .map((value) => value.trim())
    .filter(Boolean);
  let timer = 0;
  input.removeAttribute("name");
  input.required = false;
  input.value = "";
  const listbox = new Listbox(input, name, (value) => add(value));
  combo.append(listbox.list);

  const renderValues = (): void => {
    for (const old of box.querySelectorAll("[data-value-tag]")) old.remove();
    for (const value of values) {
      const removeButton = createElement(
        "button",
        { type: "button", "aria-label": (combo.dataset.textRemove ?? "%s").replace("%s", value) },
        "×",
      );
      removeButton.addEventListener("click", () => remove(value));
      input.before(
        createElement(
          "span",
          { class: "tag", "data-value-tag": "" },
          value,
          createElement("input", { type: "hidden", name, value }),
          removeButton,
        ),
      );
    }
    // Send an empty value when there are none, so that the server sees the last one was removed.
    if (!values.length)
      input.before(createElement("input", { type: "hidden", name, value: "", "data-value-tag": "" }));
  };
  const update = (): void => {
    renderValues();
    // Both, as a select does: what counts while a form is filled in listens to "input".
    combo.dispatchEvent(new Event("input", { bubbles: true }));
    combo.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const add = (value: string): void => {
    window.clearTimeout(timer);
    if (value && !values.includes(value)) values = [...values, value];
    input.value = "";
    listbox.close();
    update();
    announce(values.join(", "));
  };
  const remove = (value: string): void => {
    values = values.filter((each) => each !== value);
    update();
    input.focus();
  };
  const showOptions = (offered: string[]): void => {
    const typed = input.value.trim();
    const remaining = offered.filter((value) => !values.includes(value)).slice(0, MAX_OPTIONS);
    const options = remaining.map((value) => ({ value, text: value }));
    if (
      mayCreate &&
      typed &&
      ![...offered, ...values].some((value) => value.toLowerCase() === typed.toLowerCase())
    ) {
      options.push({ value: typed, text: (combo.dataset.textCreate ?? "%s").replace("%s", typed) });
    }
    listbox.show([{ options }], typed ? (combo.dataset.textNone ?? "") : "", typed ? 0 : -1);
  };
  const search = async (): Promise<void> => {
    const typed = input.value.trim();
    const matching = localOptions.filter((value) => foldText(value).includes(foldText(typed)));
    if (!url) return showOptions(matching);
    const response = await fetch(`${url}?q=${encodeURIComponent(typed)}`, {
      headers: { Accept: "application/json" },
    });
    if (response.ok && input.value.trim() === typed && document.activeElement === input)
      showOptions([...new Set([...matching, ...((await response.json()) as string[])])]);
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    if (input.value.includes(",")) {
      for (const value of input.value.split(",")) add(value.trim());
      return;
    }
    // At once where no server is asked: Enter may follow within the same moment.
    if (!url) return void search();
    timer = window.setTimeout(() => void search(), DEBOUNCE_MS);
  });
  input.addEventListener("focus", () => void search());
  input.addEventListener("blur", () => {
    const typed = input.value.trim();
    if (typed && mayCreate) add(typed);
    listbox.close();
  });
  input.addEventListener("keydown", (event) => {
    const isArrow = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (!listbox.isOpen && isArrow) {
      event.preventDefault();
      void search();
    } else if (listbox.isOpen && listbox.handleKey(event)) {
      return;
    } else if (event.key === "Enter" && (listbox.isOpen || input.value.trim())) {
      const chosen = listbox.current;
      if (chosen === undefined && !input.value.trim()) return;
      event.preventDefault();
      if (chosen !== undefined) add(chosen);
      else if (mayCreate) add(input.value.trim());
    } else if (event.key === "Backspace" && !input.value && values.length) remove(values[values.length - 1]!);
  });
  box.addEventListener("click", (event) => {
    if (event.target === box) input.focus();
  });
  renderValues();
});
