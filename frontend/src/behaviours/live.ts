// Live events from the server while a page is open. The stream does not replay events, so after a reconnect every
// listener gets one. An event "job" with {"id": 7} is dispatched on the body as "live:job" and "live:job-7".
import { mount } from "../dom";

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30000;

function dispatch(name: string, detail: unknown): void {
  document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
}

/** Return the event names the page listens to: from data-live-names, and from hx-trigger attributes. */
function namesFor(element: HTMLElement): Set<string> {
  const configured = (element.dataset.liveNames ?? "").split(/[\s,]+/).filter(Boolean);
  const listened = [...document.querySelectorAll("[hx-trigger*='live:']")].flatMap((listener) =>
    [...(listener.getAttribute("hx-trigger") ?? "").matchAll(/live:([a-z_]+)/g)].map((match) => match[1]!),
  );
  return new Set([...configured, ...listened]);
}

function connectStream(element: HTMLElement): void {
  const url = element.dataset.liveUrl;
  if (!url) return;
  let retryMs = FIRST_RETRY_MS;
  let disconnected = false;
  const connect = (): void => {
    if (!element.isConnected) return;
    const source = new EventSource(url);
    const listened = new Set<string>();
    const subscribe = (name: string): void => {
      if (listened.has(name)) return;
      listened.add(name);
      source.addEventListener(name, (event) => {
        if (!element.isConnected) return source.close();
        const data = JSON.parse((event as MessageEvent<string>).data || "{}") as { id?: string | number };
        dispatch(name, data);
        if (data.id !== undefined) dispatch(`${name}-${data.id}`, data);
      });
    };
    const subscribeAll = (): void => namesFor(element).forEach(subscribe);
    subscribeAll();
    document.addEventListener("htmx:after:swap", subscribeAll);
    source.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      if (disconnected) for (const name of listened) dispatch(name, { reconnected: true });
      disconnected = false;
    });
    source.addEventListener("error", () => {
      // EventSource stops retrying after some errors; close it and reconnect ourselves, with a growing delay.
      disconnected = true;
      source.close();
      document.removeEventListener("htmx:after:swap", subscribeAll);
      window.setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    });
    window.addEventListener("pagehide", () => source.close(), { once: true });
  };
  connect();
}

mount("[data-live-url]", connectStream);
window.addEventListener("pageshow", (event) => {
  // Restored from the back/forward cache: the content may be outdated and the stream is closed.
  if (event.persisted) location.reload();
});
