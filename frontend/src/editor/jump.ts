// “Fix” on a line about blanks: go to the first one, in whichever part and language of the text it is.
import { mount } from "../dom";
import { findBlanks } from "./blanks";

/** Selects the first blank of a plain input. Returns false when it has none. */
export function selectInInput(
  input: HTMLInputElement | HTMLTextAreaElement | null,
  known: ReadonlySet<string>,
): boolean {
  const blank = input ? findBlanks(input.value, known)[0] : undefined;
  if (!input || !blank) return false;
  input.focus();
  input.setSelectionRange(blank.from, blank.to);
  input.scrollIntoView({ block: "center" });
  return true;
}

let waiting: (() => void) | undefined;
mount("[data-mail-body], [data-line-body]", () => {
  // After the editor has mounted itself on the same element.
  queueMicrotask(() => {
    waiting?.();
    waiting = undefined;
  });
});

/** Runs `then` in the editor of a language, which is loaded first if another one is shown. */
export function inLanguage(language: string, then: () => void): void {
  const editor = document.getElementById("content-editor");
  if (!editor || !language || editor.dataset.language === language) return then();
  waiting = then;
  editor.querySelector<HTMLElement>(`[data-version="${CSS.escape(language)}"]`)?.click();
}
