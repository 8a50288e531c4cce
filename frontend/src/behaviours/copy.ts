// [data-copy] copies its text; data-copied says so. Shown where the browser can copy: pages over HTTPS and on localhost.
import { mount, on } from "../dom";
import { showToast } from "./toasts";

mount("[data-copy]", (button) => {
  button.hidden = !window.isSecureContext;
});
on("click", "[data-copy]", (_event, button) => {
  void navigator.clipboard
    .writeText(button.dataset.copy ?? "")
    .then(() => showToast({ text: button.dataset.copied ?? "" }));
});
