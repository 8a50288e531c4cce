// The editor of mails: a separate entry, loaded only where somebody writes.
import "./css/editor.css";
import { ask } from "./dialogs";
import { mount, on } from "./dom";
import { Rich } from "./editor_rich";

/** Counters beside subject and preview text. */
on("input", "input", (_event, input) => {
  const counter = document.querySelector<HTMLElement>(`[data-counter="${input.id}"]`);
  if (!counter) return;
  const most = Number(counter.dataset.most);
  const count = [...(input as HTMLInputElement).value].length;
  counter.textContent = `${count}/${most}`;
  counter.classList.toggle("is-long", count > most);
});

/** Write into a box where the cursor stands. */
function write(box: HTMLInputElement | HTMLTextAreaElement, words: string): void {
  box.setRangeText(words, box.selectionStart ?? box.value.length, box.selectionEnd ?? box.value.length, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

const riches = new WeakMap<Element, Rich>();

on("click", "[data-insert]", (_event, button) => {
  const into = document.getElementById(button.dataset.into ?? "");
  const words = button.dataset.insert ?? "";
  button.closest("details")?.removeAttribute("open");
  if (into instanceof HTMLInputElement || into instanceof HTMLTextAreaElement) write(into, words);
  else if (into) riches.get(into)?.insertTag(words);
});

mount("[data-mail-body]", (body) => {
  const holder = body.querySelector<HTMLElement>("[data-rich]");
  const page = body.querySelector<HTMLElement>("[data-rich-page]");
  const plain = body.querySelector<HTMLElement>("[data-plain]");
  const source = body.querySelector<HTMLTextAreaElement>("textarea[name=body]");
  const form = body.closest("form");
  if (!holder || !page || !plain || !source || !form) return;
  let rich: Rich | undefined;
  let format = "";

  const show = (next: string): void => {
    format = next;
    const isRich = next === "rich";
    holder.hidden = !isRich;
    plain.hidden = isRich;
    body.querySelector("label[for]")?.setAttribute("for", isRich ? "" : source.id);
    if (isRich && !rich) {
      rich = new Rich(body, holder, page, source);
      riches.set(page, rich);
    } else if (isRich) rich?.read();
  };
  const choose = (value: string): void => {
    for (const radio of form.querySelectorAll<HTMLInputElement>("input[name=format]")) radio.checked = radio.value === value;
  };
  // Asked before the form hears of it: a page of one's own does not survive the editor.
  form.addEventListener(
    "change",
    (event) => {
      const radio = event.target;
      if (!(radio instanceof HTMLInputElement) || radio.name !== "format" || radio.value === format) return;
      const next = radio.value;
      if (next !== "rich" || !/<(table|style|body|html)\b/i.test(source.value)) return show(next);
      event.stopPropagation();
      choose(format);
      void ask(body.dataset.sayRich ?? "", body.dataset.sayRichYes).then((yes) => {
        if (!yes) return;
        choose(next);
        show(next);
        form.dispatchEvent(new Event("change", { bubbles: true }));
      });
    },
    true,
  );
  show(form.querySelector<HTMLInputElement>("input[name=format]:checked")?.value ?? "rich");
});
