// A combobox with several values: type to search, Enter adds, Backspace removes the last one.
// Without JavaScript it is a text input with comma-separated values.
import { announce, createElement, mount, foldText } from "../dom";

const DEBOUNCE_MS = 150;
const MAX_OPTIONS = 50;
let comboCount = 0;

mount("[data-combo]", (combo) => {
  const input = combo.querySelector<HTMLInputElement>("input");
  const box = combo.querySelector<HTMLElement>(".box");
  if (!input || !box) return;
  const name = combo.dataset.name ?? input.name;
  const localOptions = [...combo.querySelectorAll("option")].map((option) => option.value);
  const mayCreate = combo.dataset.create === "1";
  const url = combo.dataset.url;
  const id = `combo-${++comboCount}`;
  const list = createElement("div", {
    class: "combo-list float",
    role: "listbox",
    id,
    hidden: "",
    "aria-label": name,
  });
  let values = input.value
    .split(",")
    .map((value) => value.trim())
    .filter(Boolean);
  let highlighted = -1;
  let timer = 0;
  input.removeAttribute("name");
  input.required = false;
  input.value = "";
  for (const [key, value] of Object.entries({
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
  }))
    input.setAttribute(key, value);
  combo.append(list);

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
    close();
    update();
    announce(values.join(", "));
  };
  const remove = (value: string): void => {
    values = values.filter((each) => each !== value);
    update();
    input.focus();
  };
  const close = (): void => {
    list.hidden = true;
    highlighted = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const highlight = (index: number): void => {
    const options = [...list.querySelectorAll<HTMLElement>("[role=option]")];
    highlighted = options.length ? (index + options.length) % options.length : -1;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === highlighted)));
    options[highlighted]?.scrollIntoView({ block: "nearest" });
    if (options[highlighted]) input.setAttribute("aria-activedescendant", options[highlighted].id);
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
    list.replaceChildren(
      ...options.map(({ value, text }, n) => {
        const option = createElement(
          "div",
          { class: "option", role: "option", id: `${id}-${n}`, "aria-selected": "false" },
          text,
        );
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          add(value);
        });
        option.dataset.value = value;
        return option;
      }),
    );
    if (!options.length && typed)
      list.append(
        createElement("p", { class: "px-3 py-2 text-sm text-ink-3" }, combo.dataset.textNone ?? ""),
      );
    list.hidden = !options.length && !typed;
    input.setAttribute("aria-expanded", String(!list.hidden));
    highlight(typed ? 0 : -1);
    if (!typed) highlighted = -1;
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
    timer = window.setTimeout(() => void search(), url ? DEBOUNCE_MS : 0);
  });
  input.addEventListener("focus", () => void search());
  input.addEventListener("blur", () => {
    const typed = input.value.trim();
    if (typed && mayCreate) add(typed);
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) void search();
      else highlight(highlighted + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && (!list.hidden || input.value.trim())) {
      const selected = list.querySelectorAll<HTMLElement>("[role=option]")[highlighted];
      if (!selected && !input.value.trim()) return;
      event.preventDefault();
      if (selected) add(selected.dataset.value ?? "");
      else if (mayCreate) add(input.value.trim());
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && !input.value && values.length) remove(values[values.length - 1]!);
  });
  box.addEventListener("click", (event) => {
    if (event.target === box) input.focus();
  });
  renderValues();
});
