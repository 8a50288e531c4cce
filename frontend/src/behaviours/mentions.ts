// Notes in which an @ offers colleagues ([data-mentions]): arrows move, Enter or Tab writes the name, Esc closes.
// Without JavaScript the name is typed.
import { foldText, mount } from "../dom";
import { Listbox } from "./listbox";

const SHOWN = 8;
/** an @ at the beginning of a word, and what is typed after it up to the caret */
const TYPED = /(^|[\s([])@([^\n@]{0,40})$/u;

mount("[data-mention]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const box = document.getElementById(button.dataset.mention ?? "");
    if (!(box instanceof HTMLTextAreaElement)) return;
    const apart = /(^|\s)$/u.test(box.value.slice(0, box.selectionStart)) ? "" : " ";
    box.focus();
    box.setRangeText(`${apart}@`, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
});

mount("[data-mentions]", (area) => {
  const box = area.querySelector("textarea");
  if (!box) return;
  const members = [...area.querySelectorAll("option")].map((option) => ({
    value: option.value,
    text: option.value,
    hint: option.textContent ?? "",
  }));

  const typed = (): string | undefined => TYPED.exec(box.value.slice(0, box.selectionStart))?.[2];
  const listbox = new Listbox(box, area.dataset.mentions ?? "", (name) => write(name));
  area.append(listbox.list);

  const write = (name: string): void => {
    const query = typed();
    if (query === undefined) return;
    const end = box.selectionStart;
    box.setRangeText(`${name} `, end - query.length, end, "end");
    listbox.close();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const update = (): void => {
    const query = typed();
    const words = foldText(query ?? "");
    const found =
      query === undefined || query.startsWith(" ")
        ? []
        : members.filter(({ value }) => ` ${foldText(value)}`.includes(` ${words}`));
    if (found.length) listbox.show([{ options: found.slice(0, SHOWN) }], "", 0);
    else listbox.close();
  };

  box.addEventListener("input", update);
  box.addEventListener("click", update);
  box.addEventListener("blur", () => listbox.close());
  box.addEventListener("keydown", (event) => {
    if (!listbox.isOpen || event.isComposing || listbox.handleKey(event)) return;
    const name = listbox.current;
    if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && name !== undefined) {
      event.preventDefault();
      write(name);
    }
  });
});
