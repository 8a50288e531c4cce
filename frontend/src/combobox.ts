// Type to find, Enter to add, Backspace to take the last one away. Without scripts: one box, words by commas.
import { announce, make, mount, plain } from "./dom";

const WAIT_MS = 150;
const SHOWN = 50;
let numbers = 0;

mount("[data-combo]", (combo) => {
  const input = combo.querySelector<HTMLInputElement>("input");
  const box = combo.querySelector<HTMLElement>(".box");
  if (!input || !box) return;
  const name = combo.dataset.name ?? input.name;
  const known = [...combo.querySelectorAll("option")].map((option) => option.value);
  const mayCreate = combo.dataset.create === "1";
  const url = combo.dataset.url;
  const id = `combo-${++numbers}`;
  const list = make("div", { class: "combo-list float", role: "listbox", id, hidden: "", "aria-label": name });
  let words = input.value.split(",").map((word) => word.trim()).filter(Boolean);
  let at = -1;
  let timer = 0;
  input.removeAttribute("name");
  input.required = false;
  input.value = "";
  for (const [key, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" })) input.setAttribute(key, value);
  combo.append(list);

  const draw = (): void => {
    for (const old of box.querySelectorAll("[data-word]")) old.remove();
    for (const word of words) {
      const cross = make("button", { type: "button", "aria-label": (combo.dataset.sayRemove ?? "%s").replace("%s", word) }, "×");
      cross.addEventListener("click", () => remove(word));
      input.before(make("span", { class: "tag", "data-word": "" }, word, make("input", { type: "hidden", name, value: word }), cross));
    }
    // An empty box is sent as an empty value, so that taking the last word away is heard.
    if (!words.length) input.before(make("input", { type: "hidden", name, value: "", "data-word": "" }));
  };
  const changed = (): void => {
    draw();
    combo.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const add = (word: string): void => {
    window.clearTimeout(timer);
    if (word && !words.includes(word)) words = [...words, word];
    input.value = "";
    close();
    changed();
    announce(words.join(", "));
  };
  const remove = (word: string): void => {
    words = words.filter((each) => each !== word);
    changed();
    input.focus();
  };
  const close = (): void => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (to: number): void => {
    const options = [...list.querySelectorAll<HTMLElement>("[role=option]")];
    at = options.length ? (to + options.length) % options.length : -1;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    options[at]?.scrollIntoView({ block: "nearest" });
    if (options[at]) input.setAttribute("aria-activedescendant", options[at].id);
  };
  const offer = (found: string[]): void => {
    const typed = input.value.trim();
    const rows = found.filter((word) => !words.includes(word)).slice(0, SHOWN);
    const options = rows.map((word) => ({ word, text: word }));
    if (mayCreate && typed && ![...found, ...words].some((word) => word.toLowerCase() === typed.toLowerCase())) {
      options.push({ word: typed, text: (combo.dataset.sayCreate ?? "%s").replace("%s", typed) });
    }
    list.replaceChildren(
      ...options.map(({ word, text }, n) => {
        const option = make("div", { class: "option", role: "option", id: `${id}-${n}`, "aria-selected": "false" }, text);
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          add(word);
        });
        option.dataset.value = word;
        return option;
      }),
    );
    if (!options.length && typed) list.append(make("p", { class: "px-3 py-2 text-sm text-ink-3" }, combo.dataset.sayNone ?? ""));
    list.hidden = !options.length && !typed;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(typed ? 0 : -1);
    if (!typed) at = -1;
  };
  const find = async (): Promise<void> => {
    const typed = input.value.trim();
    const here = known.filter((word) => plain(word).includes(plain(typed)));
    if (!url) return offer(here);
    const answer = await fetch(`${url}?q=${encodeURIComponent(typed)}`, { headers: { Accept: "application/json" } });
    if (answer.ok && input.value.trim() === typed && document.activeElement === input) offer([...new Set([...here, ...((await answer.json()) as string[])])]);
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    if (input.value.includes(",")) {
      for (const word of input.value.split(",")) add(word.trim());
      return;
    }
    timer = window.setTimeout(() => void find(), url ? WAIT_MS : 0);
  });
  input.addEventListener("focus", () => void find());
  input.addEventListener("blur", () => {
    const typed = input.value.trim();
    if (typed && mayCreate) add(typed);
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) void find();
      else point(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && (!list.hidden || input.value.trim())) {
      const chosen = list.querySelectorAll<HTMLElement>("[role=option]")[at];
      if (!chosen && !input.value.trim()) return;
      event.preventDefault();
      if (chosen) add(chosen.dataset.value ?? "");
      else if (mayCreate) add(input.value.trim());
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && !input.value && words.length) remove(words[words.length - 1]!);
  });
  box.addEventListener("click", (event) => {
    if (event.target === box) input.focus();
  });
  draw();
});
