// The mail editor: a separate entry, loaded only on pages with an editor.
import "../css/editor.css";
import { confirmAction } from "../behaviours/dialogs";
import { mount, on } from "../dom";
import { knownBlanks } from "./blanks";
import { inLanguage, selectInInput } from "./jump";
import { LineEditor, shownLength } from "./line";
import { RichEditor } from "./rich";

/** Character counters of subject and preview text. */
on("input", "input", (_event, input) => {
  const id = input.id.replace(/-source$/, "");
  const counter = document.querySelector<HTMLElement>(`[data-counter="${id}"]`);
  if (!counter) return;
  const max = Number(counter.dataset.max);
  const count = shownLength((input as HTMLInputElement).value);
  counter.textContent = `${count}/${max}`;
  counter.classList.toggle("is-long", count > max);
});

/** Insert text at the cursor of a text input. */
function insertText(box: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  box.setRangeText(text, box.selectionStart ?? box.value.length, box.selectionEnd ?? box.value.length, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

const editors = new WeakMap<Element, RichEditor>();
const lines = new Map<string, { editor: LineEditor; page: HTMLElement }>();
/** Returns the editor that took over the id of an input, if it is still on the page. */
function lineEditor(id: string): LineEditor | undefined {
  const found = lines.get(id);
  return found?.page.isConnected ? found.editor : undefined;
}

mount("[data-line]", (holder) => {
  const source = holder.querySelector<HTMLInputElement | HTMLTextAreaElement>("[data-line-source]");
  const page = holder.querySelector<HTMLElement>("[data-line-page]");
  if (!source || !page) return;
  const id = source.id;
  lines.set(id, { editor: new LineEditor(holder, page, source, knownBlanks(holder)), page });
});

on("click", "[data-insert]", (_event, button) => {
  const id = button.dataset.into ?? "";
  const into = document.getElementById(id);
  const text = button.dataset.insert ?? "";
  button.closest("details")?.removeAttribute("open");
  const line = lineEditor(id);
  if (line) line.insert(text);
  else if (into instanceof HTMLInputElement || into instanceof HTMLTextAreaElement) insertText(into, text);
  else if (into) editors.get(into)?.insert(text);
});

/** Go to the first blank in subject, preview text or body. */
function goToBlank(): void {
  if (["content-subject", "content-preview", "content-body"].some((id) => lineEditor(id)?.goToBlank()))
    return;
  const body = document.querySelector<HTMLElement>("[data-mail-body]");
  const page = body?.querySelector<HTMLElement>("[data-rich-page]");
  const input = (id: string): HTMLInputElement | null => document.querySelector<HTMLInputElement>(`#${id}`);
  if (!body || !page) return;
  const known = knownBlanks(body);
  const rich = body.querySelector<HTMLElement>("[data-rich]")?.hidden ? undefined : editors.get(page);
  if (!rich?.goToBlank()) selectInInput(input("content-body"), known);
}

document.addEventListener("quen:blanks", (event) =>
  inLanguage((event as CustomEvent<string>).detail, goToBlank),
);

mount("[data-mail-body]", (body) => {
  const holder = body.querySelector<HTMLElement>("[data-rich]");
  const page = body.querySelector<HTMLElement>("[data-rich-page]");
  const plain = body.querySelector<HTMLElement>("[data-plain]");
  const source = body.querySelector<HTMLTextAreaElement>("textarea[name=body]");
  const form = body.closest("form");
  if (!holder || !page || !plain || !source || !form) return;
  let rich: RichEditor | undefined;
  let format = "";

  const show = (next: string): void => {
    format = next;
    const isRich = next === "rich";
    holder.hidden = !isRich;
    plain.hidden = isRich;
    body.querySelector("label[for]")?.setAttribute("for", isRich ? "" : source.id);
    if (isRich && !rich) {
      rich = new RichEditor(body, holder, page, source);
      editors.set(page, rich);
    } else if (isRich) rich?.read();
  };
  const selectFormat = (value: string): void => {
    for (const radio of form.querySelectorAll<HTMLInputElement>("input[name=format]"))
      radio.checked = radio.value === value;
  };
  // Confirm before the form sees the change: the rich editor cannot represent custom HTML and would lose it.
  form.addEventListener(
    "change",
    (event) => {
      const radio = event.target;
      if (!(radio instanceof HTMLInputElement) || radio.name !== "format" || radio.value === format) return;
      const next = radio.value;
      if (next !== "rich" || !/<(table|style|body|html)\b/i.test(source.value)) return show(next);
      event.stopPropagation();
      selectFormat(format);
      void confirmAction(body.dataset.textRich ?? "", body.dataset.textRichYes).then((confirmed) => {
        if (!confirmed) return;
        selectFormat(next);
        show(next);
        form.dispatchEvent(new Event("change", { bubbles: true }));
      });
    },
    true,
  );
  show(form.querySelector<HTMLInputElement>("input[name=format]:checked")?.value ?? "rich");
  // A template was chosen just now: what is left to do is to fill in its blanks.
  if (body.closest("[data-start-blanks]")) queueMicrotask(goToBlank);
});
