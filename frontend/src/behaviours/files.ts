// Drop zones for files, and forms that show upload progress (form[data-upload]).
import htmx from "htmx.org";
import { csrf, mount, on } from "../dom";
import { showToast, showErrorToast, type Toast } from "./toasts";

const UNITS = ["B", "KB", "MB", "GB"];

function formatSize(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
  const number = new Intl.NumberFormat(document.documentElement.lang, {
    maximumFractionDigits: step > 1 ? 1 : 0,
  });
  return `${number.format(bytes / 1000 ** step)} ${UNITS[step]}`;
}

mount("[data-drop]", (dropZone) => {
  const input = dropZone.querySelector<HTMLInputElement>("input[type=file]");
  const name = dropZone.querySelector<HTMLElement>("[data-drop-name]");
  if (!input || !name) return;
  const empty = name.textContent;
  const showNames = (): void => {
    const files = [...(input.files ?? [])];
    name.textContent = files.length
      ? files.map((file) => `${file.name}, ${formatSize(file.size)}`).join("; ")
      : empty;
  };
  input.addEventListener("change", showNames);
  for (const type of ["dragenter", "dragover"]) {
    dropZone.addEventListener(type, (event) => {
      event.preventDefault();
      dropZone.classList.add("is-over");
    });
  }
  for (const type of ["dragleave", "drop"])
    dropZone.addEventListener(type, () => dropZone.classList.remove("is-over"));
  dropZone.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files;
    if (!dropped?.length) return;
    input.files = dropped;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
});
// A file dropped next to the drop zone must not replace the page.
for (const type of ["dragover", "drop"] as const) {
  document.addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes("Files") && document.querySelector("[data-drop]"))
      event.preventDefault();
  });
}
on("change", "form[data-upload-now] input[type=file]", (_event, input) => {
  if ((input as HTMLInputElement).files?.length) (input as HTMLInputElement).form?.requestSubmit();
});

on("submit", "form[data-upload]", (event, element) => {
  const form = element as HTMLFormElement;
  event.preventDefault();
  const body = new FormData(form);
  const submitter = event.submitter as HTMLButtonElement | null;
  if (submitter?.name) body.append(submitter.name, submitter.value);
  const bar = form.querySelector<HTMLProgressElement>("[data-drop-progress]");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("X-CSRFToken", csrf());
  form.setAttribute("aria-busy", "true");
  submitter?.setAttribute("aria-busy", "true");
  if (bar) bar.hidden = false;
  request.upload.addEventListener("progress", (progress) => {
    if (bar && progress.lengthComputable) bar.value = (progress.loaded / progress.total) * 100;
  });
  const finish = (): void => {
    form.removeAttribute("aria-busy");
    submitter?.removeAttribute("aria-busy");
    if (bar) bar.hidden = true;
  };
  request.addEventListener("error", () => {
    finish();
    showErrorToast("offline");
  });
  request.addEventListener("load", () => {
    finish();
    handleResponse(form, request);
  });
  request.send(body);
});

function handleResponse(form: HTMLFormElement, request: XMLHttpRequest): void {
  const redirect = request.getResponseHeader("HX-Redirect");
  const triggers = JSON.parse(request.getResponseHeader("HX-Trigger") ?? "{}") as Record<string, unknown>;
  if (redirect) location.href = redirect;
  else if (triggers.toast) showToast(triggers.toast as Toast);
  else if (request.status >= 400 && request.status !== 422) showErrorToast("unexpected");
  else if (request.responseURL && new URL(request.responseURL).pathname !== new URL(form.action).pathname)
    location.href = request.responseURL;
  else {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const id = form.id && CSS.escape(form.id);
    const newForm = (id ? page.querySelector(`#${id}`) : null) ?? page.querySelector("form[data-upload]");
    if (!newForm) return;
    form.replaceWith(newForm);
    htmx.process(newForm);
  }
}
