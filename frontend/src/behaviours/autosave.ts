// Forms that save themselves a moment after typing (data-autosave) save at once when the page is left before that moment.
const unsaved = new Set<HTMLFormElement>();

function formOf(event: Event): HTMLFormElement | null {
  return event.target instanceof Element
    ? event.target.closest<HTMLFormElement>("form[data-autosave]")
    : null;
}

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (form) unsaved.add(form);
});
document.addEventListener("htmx:after:request", (event) => {
  const form = formOf(event);
  if (form) unsaved.delete(form);
});
window.addEventListener("pagehide", () => {
  for (const form of unsaved) {
    const body = new URLSearchParams(
      [...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value : value.name]),
    );
    // Goes on when the page is gone. The browser refuses more than 64 KB.
    void fetch(form.action, {
      method: "POST",
      body,
      keepalive: true,
      headers: { "HX-Request": "true" },
    }).catch(() => undefined);
  }
  unsaved.clear();
});
