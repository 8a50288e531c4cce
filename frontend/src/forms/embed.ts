// Shows a form on another page: in the script's place, or as a pop-up. A frame from our own address, so that it works
// under the page's own rules about scripts and styles, and nothing of the page reaches what is typed.
interface FormSettings {
  open: boolean;
  url: string;
  trigger: "time" | "scroll" | "exit";
  amount: number;
  days: number;
  language: string;
  languages: string[];
}
declare const QUEN_FORM: FormSettings;
/** The script of visits, where the page has it and the visitor agreed. */
const visits = (window as { quen?: { visitor?: () => string | null } }).quen;

const DAY = 24 * 3600 * 1000;
const UTM = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
const here = document.currentScript as HTMLScriptElement | null;

function address(way: string): string {
  const url = new URL(QUEN_FORM.url);
  const page = new URL(location.href);
  const spoken = document.documentElement.lang.slice(0, 2);
  const language = QUEN_FORM.language || here?.dataset.language || spoken;
  if (QUEN_FORM.languages.includes(language)) url.searchParams.set("lang", language);
  url.searchParams.set("way", way);
  // Without its query, which may name a person.
  url.searchParams.set("page", (page.origin + page.pathname).slice(0, 500));
  const visitor = visits?.visitor?.();
  if (visitor) url.searchParams.set("visitor", visitor);
  for (const name of UTM) {
    const value = page.searchParams.get(name);
    if (value) url.searchParams.set(name, value.slice(0, 200));
  }
  return url.href;
}

function frame(way: string): HTMLIFrameElement {
  const made = document.createElement("iframe");
  made.src = address(way);
  made.title = here?.dataset.title ?? "Form";
  // Set one by one: a style attribute is refused by strict rules, this is not.
  Object.assign(made.style, {
    width: "100%",
    border: "0",
    display: "block",
    height: "480px",
    colorScheme: "light",
  });
  window.addEventListener("message", (event) => {
    if (event.source !== made.contentWindow || event.origin !== new URL(QUEN_FORM.url).origin) return;
    const data = event.data as { quen?: string; height?: number; redirect?: string };
    if (data.quen === "height" && data.height) made.style.height = `${Math.min(data.height, 5000)}px`;
    if (data.quen === "done") {
      remember(3650);
      if (data.redirect && /^https?:\/\//.test(data.redirect)) location.assign(data.redirect);
    }
  });
  return made;
}

function key(): string {
  return `quen-form:${new URL(QUEN_FORM.url).pathname}`;
}

function remember(days: number): void {
  try {
    localStorage.setItem(key(), String(Date.now() + days * DAY));
  } catch {
    // Without storage it is shown again next time.
  }
}

function rests(): boolean {
  try {
    return Number(localStorage.getItem(key()) ?? "0") > Date.now();
  } catch {
    return false;
  }
}

function popUp(): void {
  if (rests()) return;
  remember(QUEN_FORM.days);
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const dialog = document.createElement("dialog");
  Object.assign(dialog.style, {
    border: "0",
    padding: "0",
    width: "min(30rem, calc(100vw - 2rem))",
    maxHeight: "calc(100dvh - 2rem)",
    borderRadius: "0.75rem",
    overflow: "auto",
    background: "#fff",
  });
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", document.documentElement.lang.startsWith("en") ? "Close" : "Đóng");
  Object.assign(close.style, {
    position: "absolute",
    right: "0.25rem",
    top: "0.25rem",
    width: "2.75rem",
    height: "2.75rem",
    border: "0",
    borderRadius: "50%",
    background: "transparent",
    font: "1.5rem/1 sans-serif",
    cursor: "pointer",
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    host.remove();
    before?.focus();
  });
  dialog.append(close, frame("popup"));
  root.append(dialog);
  document.body.append(host);
  dialog.showModal();
}

function wait(): void {
  let shown = false;
  const once = (): void => {
    if (!shown) popUp();
    shown = true;
  };
  if (QUEN_FORM.trigger === "scroll") {
    const check = (): void => {
      const room = document.documentElement.scrollHeight - innerHeight;
      if (room <= 0 || (scrollY / room) * 100 >= QUEN_FORM.amount) once();
    };
    addEventListener("scroll", check, { passive: true });
  } else if (QUEN_FORM.trigger === "exit") {
    document.addEventListener("mouseout", (event) => {
      if (event.relatedTarget === null && event.clientY <= 0) once();
    });
  } else window.setTimeout(once, QUEN_FORM.amount * 1000);
}

function begin(): void {
  if (here && "popup" in here.dataset) {
    if (!rests()) wait();
  } else if (here) here.after(frame("embed"));
}

if (QUEN_FORM.open) {
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}
