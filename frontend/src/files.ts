// A place to drop a file, and a form that shows how far the sending is (form[data-upload]).
import htmx from "htmx.org";
import { csrf, mount, on } from "./dom";
import { show, showKnown, type Toast } from "./toasts";

const UNITS = ["B", "KB", "MB", "GB"];

function size(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: step > 1 ? 1 : 0 });
  return `${number.format(bytes / 1000 ** step)} ${UNITS[step]}`;
}

mount("[data-drop]", (place) => {
  const input = place.querySelector<HTMLInputElement>("input[type=file]");
  const name = place.querySelector<HTMLElement>("[data-drop-name]");
  if (!input || !name) return;
  const empty = name.textContent;
  const tell = (): void => {
    const files = [...(input.files ?? [])];
    name.textContent = files.length ? files.map((file) => `${file.name}, ${size(file.size)}`).join("; ") : empty;
  };
  input.addEventListener("change", tell);
  for (const type of ["dragenter", "dragover"]) {
    place.addEventListener(type, (event) => {
      event.preventDefault();
      place.classList.add("is-over");
    });
  }
  for (const type of ["dragleave", "drop"]) place.addEventListener(type, () => place.classList.remove("is-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files;
    if (!dropped?.length) return;
    input.files = dropped;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
});
// A file dropped beside the place must not replace the page.
for (const type of ["dragover", "drop"] as const) {
  document.addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes("Files") && document.querySelector("[data-drop]")) event.preventDefault();
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
  const stop = (): void => {
    form.removeAttribute("aria-busy");
    submitter?.removeAttribute("aria-busy");
    if (bar) bar.hidden = true;
  };
  request.addEventListener("error", () => {
    stop();
    showKnown("offline");
  });
  request.addEventListener("load", () => {
    stop();
    answered(form, request);
  });
  request.send(body);
});

function answered(form: HTMLFormElement, request: XMLHttpRequest): void {
  const to = request.getResponseHeader("HX-Redirect");
  const news = JSON.parse(request.getResponseHeader("HX-Trigger") ?? "{}") as Record<string, unknown>;
  if (to) location.href = to;
  else if (news.toast) show(news.toast as Toast);
  else if (request.status >= 400 && request.status !== 422) showKnown("surprise");
  else if (request.responseURL && new URL(request.responseURL).pathname !== new URL(form.action).pathname) location.href = request.responseURL;
  else {
    const shown = new DOMParser().parseFromString(request.responseText, "text/html");
    const id = form.id && CSS.escape(form.id);
    const fresh = (id ? shown.querySelector(`#${id}`) : null) ?? shown.querySelector("form[data-upload]");
    if (!fresh) return;
    form.replaceWith(fresh);
    htmx.process(fresh);
  }
}
