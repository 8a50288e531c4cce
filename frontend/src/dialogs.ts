// Dialogs are native. data-opens="id" opens one, data-closes closes the one it stands in.
import { mount, on } from "./dom";

function dialogById(id: string | undefined): HTMLDialogElement | null {
  const found = id ? document.getElementById(id) : null;
  return found instanceof HTMLDialogElement ? found : null;
}

export function open(dialog: HTMLDialogElement): void {
  if (dialog.open) return;
  dialog.showModal();
  // One comes to type or choose, not to close.
  const first = dialog.querySelector<HTMLElement>(".modal-body :is(input:not([type=hidden]), select, textarea)");
  if (document.activeElement?.matches("[data-closes]")) first?.focus();
}

on("click", "[data-opens]", (event, button) => {
  const dialog = dialogById(button.dataset.opens);
  if (!dialog) return;
  event.preventDefault();
  button.closest("details")?.removeAttribute("open");
  open(dialog);
});
on("click", "[data-closes]", (_event, button) => button.closest("dialog")?.close());
// A click on the backdrop arrives at the dialog itself.
on("click", "dialog[data-modal], dialog.palette-q", (event, dialog) => {
  if (event.target === dialog && event.detail > 0) {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) (dialog as HTMLDialogElement).close();
  }
});
mount("dialog[data-open-now]", (dialog) => open(dialog as HTMLDialogElement));
on("click", "[data-back]", (event) => {
  if (history.length > 1 && document.referrer.startsWith(location.origin)) {
    event.preventDefault();
    history.back();
  }
});

/** Ask before something that cannot be taken lightly. */
export function ask(text: string, yes: string | undefined): Promise<boolean> {
  const dialog = dialogById("confirm");
  if (!dialog) return Promise.resolve(window.confirm(text));
  const words = dialog.querySelector<HTMLElement>("#confirm-text");
  const button = dialog.querySelector<HTMLElement>("[data-confirm-yes]");
  if (words) words.textContent = text;
  if (button) button.textContent = yes || button.dataset.say || "";
  dialog.returnValue = "";
  open(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const agreed = new WeakSet<Element>();

// data-confirm on a button or link: asked before anybody else hears of the click.
on(
  "click",
  "[data-confirm]:not(form)",
  (event, element) => {
    if (agreed.delete(element)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void ask(element.dataset.confirm ?? "", element.dataset.confirmYes).then((yes) => {
      if (!yes) return;
      agreed.add(element);
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
    if (agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    void ask(form.dataset.confirm ?? "", form.dataset.confirmYes).then((yes) => {
      if (!yes) return;
      agreed.add(form);
      form.requestSubmit(submitter);
    });
  },
  true,
);
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = (event as CustomEvent).detail;
  event.preventDefault();
  void ask(ctx.confirm, ctx.sourceElement?.dataset?.confirmYes).then((yes) => (yes ? issueRequest() : dropRequest()));
});
// A dialog the server sent goes when it closes: one of the same id that follows would inherit its attributes.
document.addEventListener("close", (event) => {
  if (event.target instanceof Element && event.target.matches("dialog[data-open-now]")) event.target.remove();
}, true);
// A deed that left nothing to show (204) is done: the dialog it was asked in closes with it.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = (event as CustomEvent<{ ctx: { sourceElement?: Element; request: { method: string }; response?: { status: number } } }>).detail;
  if (ctx.response?.status === 204 && ctx.request.method.toUpperCase() !== "GET") ctx.sourceElement?.closest("dialog")?.close();
});
