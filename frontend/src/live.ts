// News from the server while a page is open. The stream replays nothing, so after a break every listener is told
// to ask again. A news called "job" with {"id": 7} arrives on the body as "live:job" and "live:job-7".
import { mount } from "./dom";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

function dispatch(name: string, detail: unknown): void {
  document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
}

/** The names a page waits for: told by the element, and read from what listens. */
function namesFor(element: HTMLElement): Set<string> {
  const told = (element.dataset.liveNames ?? "").split(/[\s,]+/).filter(Boolean);
  const heard = [...document.querySelectorAll("[hx-trigger*='live:']")].flatMap((each) =>
    [...(each.getAttribute("hx-trigger") ?? "").matchAll(/live:([a-z_]+)/g)].map((match) => match[1]!),
  );
  return new Set([...told, ...heard]);
}

function listen(element: HTMLElement): void {
  const url = element.dataset.liveUrl;
  if (!url) return;
  let wait = FIRST_WAIT_MS;
  let broken = false;
  const connect = (): void => {
    if (!element.isConnected) return;
    const source = new EventSource(url);
    const heard = new Set<string>();
    const hear = (name: string): void => {
      if (heard.has(name)) return;
      heard.add(name);
      source.addEventListener(name, (event) => {
        if (!element.isConnected) return source.close();
        const data = JSON.parse((event as MessageEvent<string>).data || "{}") as { id?: string | number };
        dispatch(name, data);
        if (data.id !== undefined) dispatch(`${name}-${data.id}`, data);
      });
    };
    const hearAll = (): void => namesFor(element).forEach(hear);
    hearAll();
    document.addEventListener("htmx:after:swap", hearAll);
    source.addEventListener("open", () => {
      wait = FIRST_WAIT_MS;
      if (broken) for (const name of heard) dispatch(name, { again: true });
      broken = false;
    });
    source.addEventListener("error", () => {
      // EventSource gives up for good on some answers; we close and try again ourselves, a little later each time.
      broken = true;
      source.close();
      document.removeEventListener("htmx:after:swap", hearAll);
      window.setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
    window.addEventListener("pagehide", () => source.close(), { once: true });
  };
  connect();
}

mount("[data-live-url]", listen);
window.addEventListener("pageshow", (event) => {
  // Taken from the browser's memory: what stands here may be old and the stream is closed.
  if (event.persisted) location.reload();
});
