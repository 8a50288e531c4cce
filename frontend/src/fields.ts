// Small help in forms: a password that shows itself, focus on the first box that is wrong.
import { mount, on } from "./dom";

on("click", "[data-reveal]", (_event, button) => {
  const input = button.closest("[data-secret]")?.querySelector("input");
  if (!input) return;
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// A value changed in place: the cursor stands in its box.
mount("[data-place] form", (form) => {
  form.querySelector<HTMLElement>("input:not([type='hidden']), select, textarea")?.focus();
});

// After a refused form, the cursor stands in the first box to mend.
let first = true;
mount("[aria-invalid='true']", (box) => {
  if (!first || document.querySelector("dialog[open]:not(:has([aria-invalid='true']))")) return;
  if (box.closest("[data-quiet]")) return;
  first = false;
  box.focus({ preventScroll: false });
  window.setTimeout(() => (first = true));
});

// What is wrong with a form the server says, beside the box and in the reader's language; the browser's own bubbles
// speak the browser's language and name one fault at a time.
mount("form[method='post']", (form) => {
  (form as HTMLFormElement).noValidate = true;
});
