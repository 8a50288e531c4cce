// Form helpers: show a password, focus the first invalid field.
import { mount, on } from "../dom";

on("click", "[data-reveal]", (_event, button) => {
  const input = button.closest("[data-secret]")?.querySelector("input");
  if (!input) return;
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// Inline editing: focus the input when its form appears.
mount("[data-place] form", (form) => {
  form.querySelector<HTMLElement>("input:not([type='hidden']), select, textarea")?.focus();
});

// After a form error, focus the first invalid field.
let mayFocus = true;
mount("[aria-invalid='true']", (box) => {
  if (!mayFocus || document.querySelector("dialog[open]:not(:has([aria-invalid='true']))")) return;
  if (box.closest("[data-quiet]")) return;
  mayFocus = false;
  box.focus({ preventScroll: false });
  window.setTimeout(() => (mayFocus = true));
});

// What is wrong with a form as a whole stands at its top, which may be out of sight where its button is.
mount("[data-form-errors]", (notice) => {
  if (!mayFocus || notice.closest("[data-quiet]")) return;
  if (notice.closest("form")?.querySelector("[aria-invalid='true']")) return;
  notice.focus();
});

// The server reports form errors next to each field in the user's language; the browser's own messages use the
// browser's language and show one error at a time, so they are disabled.
mount("form[method='post']", (form) => {
  (form as HTMLFormElement).noValidate = true;
});
