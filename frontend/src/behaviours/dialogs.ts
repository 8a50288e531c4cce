// Native dialogs. data-opens="id" opens one, data-closes closes the one it is in.
import { mount, on } from "../dom";

function dialogById(id: string | undefined): HTMLDialogElement | null {
  const found = id ? document.getElementById(id) : null;
  return found instanceof HTMLDialogElement ? found : null;
}

export function openDialog(dialog: HTMLDialogElement): void {
  if (dialog.open) return;
  dialog.showModal();
  // Focus the first field instead of the close button.
  const first = dialog.querySelector<HTMLElement>(
    ".modal-body :is(input:not([type=hidden]), select, textarea)",
  );
  if (document.activeElement?.matches("[data-closes]")) first?.focus();
}

on("click", "[data-opens]", (event, button) => {
  const dialog = dialogById(button.dataset.opens);
  if (!dialog) return;
  event.preventDefault();
  button.closest("details")?.removeAttribute("open");
  openDialog(dialog);
});
on("click", "[data-closes]", (_event, button) => button.closest("dialog")?.close());
// A click on the backdrop has the dialog itself as its target.
on("click", "dialog[data-modal], dialog.palette-q", (event, dialog) => {
  if (event.target === dialog && event.detail > 0) {
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside) (dialog as HTMLDialogElement).close();
  }
});
mount("dialog[data-open-now]", (dialog) => openDialog(dialog as HTMLDialogElement));
on("click", "[data-back]", (event) => {
  if (history.length > 1 && document.referrer.startsWith(location.origin)) {
    event.preventDefault();
    history.back();
  }
});

/** Ask the user to confirm an action. Resolves to true when they do. */
export function confirmAction(text: string, confirmLabel: string | undefined): Promise<boolean> {
  const dialog = dialogById("confirm");
  if (!dialog) return Promise.resolve(window.confirm(text));
  const textElement = dialog.querySelector<HTMLElement>("#confirm-text");
  const button = dialog.querySelector<HTMLElement>("[data-confirm-yes]");
  if (textElement) textElement.textContent = text;
  if (button) button.textContent = confirmLabel || button.dataset.text || "";
  dialog.returnValue = "";
  openDialog(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const confirmed = new WeakSet<Element>();

// data-confirm on a button or link: runs in the capture phase, before any other click handler.
on(
  "click",
  "[data-confirm]:not(form)",
  (event, element) => {
    if (confirmed.delete(element)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void confirmAction(element.dataset.confirm ?? "", element.dataset.confirmYes).then((yes) => {
      if (!yes) return;
      confirmed.add(element);
      element.click();
    });
  },
  true,
);
// The same on a form.
on(
  "submit",
  "form[data-confirm]",
  (event, element) => {
    const form = element as HTMLFormElement;
    if (confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    void confirmAction(form.dataset.confirm ?? "", form.dataset.confirmYes).then((yes) => {
      if (!yes) return;
      confirmed.add(form);
      form.requestSubmit(submitter);
    });
  },
  true,
);
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = (event as CustomEvent).detail;
  event.preventDefault();
  void confirmAction(ctx.confirm, ctx.sourceElement?.dataset?.confirmYes).then((yes) =>
    yes ? issueRequest() : dropRequest(),
  );
});
// Remove a dialog sent by the server when it closes: the next one with the same id would inherit its attributes.
document.addEventListener(
  "close",
  (event) => {
    if (event.target instanceof Element && event.target.matches("dialog[data-open-now]"))
      event.target.remove();
  },
  true,
);
// An action answered with 204 has nothing to show: close the dialog it was started from.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = (
    event as CustomEvent<{
      ctx: { sourceElement?: Element; request: { method: string }; response?: { status: number } };
    }>
  ).detail;
  if (ctx.response?.status === 204 && ctx.request.method.toUpperCase() !== "GET")
    ctx.sourceElement?.closest("dialog")?.close();
});
