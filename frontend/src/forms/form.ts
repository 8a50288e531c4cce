// A form for customers: checks on leaving a field, keeps what was typed, and tells the page around it how high it is.
import "./form.css";

const HALF_A_SECOND = 500;
const AFTER_A_PRESS = 250;

function fieldOf(element: Element): HTMLElement | null {
  return element.closest<HTMLElement>(".form-field");
}

function problemOf(form: HTMLFormElement, input: HTMLInputElement | HTMLTextAreaElement): string {
  const text = input.value.trim();
  if (input.type === "radio") {
    const group = form.querySelectorAll<HTMLInputElement>(`input[name="${CSS.escape(input.name)}"]`);
    return input.required && ![...group].some((each) => each.checked) ? (form.dataset.required ?? "") : "";
  }
  if (!text) return input.required ? (form.dataset.required ?? "") : "";
  if (input.type === "tel") {
    const digits = text.replace(/\D/g, "");
    const enough = digits.startsWith("0") ? digits.length >= 10 : digits.length >= 8;
    return enough ? "" : (form.dataset.phone ?? "");
  }
  if (input.type === "email" && !/^\S+@\S+\.\S+$/.test(text)) return form.dataset.invalid ?? "";
  return "";
}

function show(input: HTMLInputElement | HTMLTextAreaElement, problem: string): void {
  const field = fieldOf(input);
  const error = field?.querySelector<HTMLElement>(".form-error");
  if (!field || !error) return;
  field.toggleAttribute("data-bad", problem !== "");
  error.hidden = problem === "";
  error.textContent = problem;
  if (problem) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function inputs(form: HTMLFormElement): (HTMLInputElement | HTMLTextAreaElement)[] {
  return [
    ...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
      ".form-field input, .form-field textarea",
    ),
  ];
}

async function fetchTime(form: HTMLFormElement): Promise<void> {
  const touched = form.querySelector<HTMLInputElement>("input[name=touched]");
  if (!touched || !form.dataset.time) return;
  const response = await fetch(form.dataset.time).catch(() => undefined);
  if (!response?.ok) return;
  touched.value = ((await response.json()) as { touched: string }).touched;
}

function start(form: HTMLFormElement): void {
  // Fetched at the first touch: pages are cached for days, and a time of when the page was made would say nothing.
  form.addEventListener("focusin", () => void fetchTime(form), { once: true });
  form.addEventListener("focusout", (event) => {
    const left = event.target;
    if (!(left instanceof HTMLInputElement || left instanceof HTMLTextAreaElement)) return;
    // After the press that left the field: what appears moves what is below, and the press would miss it.
    if (fieldOf(left) && left.value)
      window.setTimeout(() => show(left, problemOf(form, left)), AFTER_A_PRESS);
  });
  form.addEventListener("input", (event) => {
    const changed = event.target;
    if (!(changed instanceof HTMLInputElement || changed instanceof HTMLTextAreaElement)) return;
    if (fieldOf(changed)?.hasAttribute("data-bad") && !problemOf(form, changed)) show(changed, "");
  });
  form.addEventListener("submit", (event) => {
    let first: HTMLElement | undefined;
    for (const input of inputs(form)) {
      const problem = problemOf(form, input);
      show(input, problem);
      if (problem) first ??= input;
    }
    if (first) {
      event.preventDefault();
      first.focus();
    }
  });
  if ("hasErrors" in form.dataset)
    form.querySelector<HTMLElement>("[data-bad] input, [data-bad] textarea")?.focus();
}

function tellHeight(): void {
  parent.postMessage({ quen: "height", height: document.documentElement.scrollHeight }, "*");
}

function embedded(): void {
  new ResizeObserver(tellHeight).observe(document.body);
  tellHeight();
  const done = document.querySelector<HTMLElement>("[data-done]");
  if (!done) return;
  parent.postMessage({ quen: "done", redirect: done.dataset.redirect ?? "" }, "*");
}

function countDown(form: HTMLFormElement): void {
  const button = form.querySelector("button");
  if (!button) return;
  const label = button.textContent ?? "";
  const until = performance.now() + Number(form.dataset.afterSeconds) * 1000;
  button.disabled = true;
  const timer = window.setInterval(() => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.textContent = left > 0 ? `${label} (${left})` : label;
    if (left > 0) return;
    button.disabled = false;
    window.clearInterval(timer);
  }, HALF_A_SECOND);
}

// In the editor, an item is chosen by a click on it, and shown as chosen.
function previewed(): void {
  document.addEventListener("click", (event) => {
    const item = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-item]") : null;
    if (item) parent.postMessage({ quen: "choose", key: item.dataset.item }, location.origin);
    event.preventDefault();
  });
  window.addEventListener("message", (event) => {
    const data = event.data as { quen?: string; key?: string } | null;
    if (event.origin !== location.origin || data?.quen !== "chosen") return;
    for (const item of document.querySelectorAll<HTMLElement>("[data-item]"))
      item.toggleAttribute("data-chosen", item.dataset.item === data.key);
  });
  parent.postMessage({ quen: "ready" }, location.origin);
}

const form = document.querySelector<HTMLFormElement>("form[data-signup]");
if (document.documentElement.hasAttribute("data-preview")) previewed();
else if (form) start(form);
if (document.documentElement.hasAttribute("data-embedded") && parent !== window) embedded();
document.querySelectorAll<HTMLFormElement>("form[data-after-seconds]").forEach(countDown);
document.querySelector<HTMLElement>("[data-done]")?.focus();
