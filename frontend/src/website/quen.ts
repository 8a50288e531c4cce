// The script for the shop's own website, served as /quen.js. It stands alone: no module of the product is imported.
//
// Before a visitor agrees it sends nothing, stores nothing and keeps nothing for later. Their answer is stored under
// one key; "no" stores only the answer. The server puts QUEN_SITE before this file: null when the website is off.
import { showBanner, type Banner } from "./banner";

interface Site extends Banner {
  key: string;
  /** where events are sent */
  to: string;
  banner: boolean;
}

/** What the browser keeps: the answer, when it was given, and with "yes" the token of the visitor. */
interface Answer {
  yes: boolean;
  at: number;
  visitor?: string;
}

type Details = Record<string, unknown>;

interface Api {
  consent(answer?: boolean | "ask"): boolean | null;
  visitor(): string | null;
  page(): void;
  product(details: Details): void;
  cart(details: Details): void;
  event(name: string, details?: Details, value?: number): void;
  identify(details: Details): void;
  reset(): void;
}

declare const QUEN_SITE: Site | null;
declare global {
  interface Window {
    quen?: Api;
    /** functions of the shop, called with the script once it is there */
    quenReady?: ((quen: Api) => void)[] | { push(run: (quen: Api) => void): void };
  }
}

const MOST_AT_ONCE = 20;
const MOST_WAITING = 100;
const MARK = /^#quen=([\w-]+)$/;

start(QUEN_SITE);

function start(site: Site | null): void {
  // The mark of a link in a message: taken out of the address at once, whatever the visitor answers.
  let mark = MARK.exec(location.hash)?.[1];
  if (mark) history.replaceState(history.state, "", location.pathname + location.search);
  if (window.quen) return;

  const stored = "quen:" + (site ? site.key : "");
  /** the answer of a browser that stores nothing */
  let remembered: string | null = null;
  let waiting: Details[] = [];
  let address = "";
  let soon = 0;
  let referrer = document.referrer;
  let closeBanner: (() => void) | undefined;

  const read = (): Answer | null => {
    let text = remembered;
    try {
      text = localStorage.getItem(stored) ?? remembered;
    } catch {
      // blocked by the browser's settings
    }
    try {
      return text ? (JSON.parse(text) as Answer) : null;
    } catch {
      return null;
    }
  };
  const write = (answer: Answer): void => {
    remembered = JSON.stringify(answer);
    try {
      localStorage.setItem(stored, remembered);
      remembered = null;
    } catch {
      // it holds for this page
    }
  };
  const token = (): string =>
    Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(
      "",
    );

  const send = (type: string, details: Details = {}): void => {
    if (!site || !read()?.yes || waiting.length >= MOST_WAITING) return;
    waiting.push({
      ...details,
      type,
      id: token(),
      url: here(),
      title: document.title,
      referrer,
      at: Date.now(),
    });
    referrer = "";
    if (waiting.length === 1) setTimeout(flush, 0);
  };
  const flush = (last?: boolean): void => {
    const answer = read();
    if (!site || !answer?.yes || !answer.visitor) waiting = [];
    if (!site || !waiting.length) return;
    const batch = waiting.splice(0, MOST_AT_ONCE);
    const now = Date.now();
    const events = batch.map(({ at, ...event }) => ({ ...event, age: Math.max(0, now - Number(at)) / 1000 }));
    const body = JSON.stringify({ visitor: answer!.visitor, events });
    const again = (): void => {
      // Not acknowledged: it goes with what is sent next. Its ids tell the server what it has already.
      if (read()?.visitor === answer!.visitor) waiting = [...batch, ...waiting].slice(0, MOST_WAITING);
    };
    if (last === true && navigator.sendBeacon?.(site.to, body)) return;
    fetch(site.to, {
      method: "POST",
      body,
      keepalive: true,
      credentials: "omit",
      referrerPolicy: "origin",
    }).then(
      (response) => (response.status === 429 || response.status >= 500 ? again() : waiting.length && flush()),
      again,
    );
  };

  const here = (): string => location.origin + location.pathname + location.search;
  const page = (): void => {
    address = here();
    send("view");
  };
  const moved = (): void => {
    if (here() === address) return;
    // Frameworks set the title after the address.
    address = here();
    clearTimeout(soon);
    soon = setTimeout(page, 50);
  };
  const nameByMark = (): void => {
    if (mark && read()?.yes) {
      send("link", { token: mark });
      mark = undefined;
    }
  };

  const consent = (answer?: boolean | "ask"): boolean | null => {
    if (answer === "ask") ask(true);
    else if (answer !== undefined && site) {
      const before = read();
      closeBanner?.();
      if (!answer) {
        waiting = [];
        mark = undefined;
        write({ yes: false, at: Date.now() });
      } else if (!before?.yes) {
        write({ yes: true, at: Date.now(), visitor: token() });
        // Counted from this moment: where the visitor came from, but not the page they are already on.
        send("start");
        nameByMark();
      }
      if (before?.yes !== answer) document.dispatchEvent(new CustomEvent("quen:consent", { detail: answer }));
    }
    return read()?.yes ?? null;
  };
  const ask = (focus: boolean): void => {
    if (site && !closeBanner) {
      const close = showBanner(site, focus, (answer) => consent(answer));
      closeBanner = () => {
        close();
        closeBanner = undefined;
      };
    }
  };

  const quen: Api = {
    consent,
    visitor: () => read()?.visitor ?? null,
    page,
    product: (details) => send("product", details),
    cart: (details) => send("cart", details),
    event: (name, details, value) => send("event", { name, data: details, value }),
    identify: (details) => send("identify", details),
    reset: () => {
      const answer = read();
      flush();
      if (answer?.yes) write({ ...answer, visitor: token() });
    },
  };
  window.quen = quen;

  const begin = (): void => {
    if (read()?.yes) {
      nameByMark();
      page();
      document.querySelectorAll<HTMLElement>("[data-quen-product]").forEach((element) => {
        const { quenProduct: code, quenName: name, quenPrice: value } = element.dataset;
        send("product", { code, name, value });
      });
    } else address = here();
    if (site?.banner && read() === null) ask(false);
    const ready = window.quenReady;
    window.quenReady = { push: (run: (quen: Api) => void) => run(quen) };
    if (Array.isArray(ready)) ready.forEach((run) => run(quen));
  };

  for (const name of ["pushState", "replaceState"] as const) {
    const usual = history[name];
    history[name] = function (...given): void {
      usual.apply(this, given);
      if (name === "pushState") moved();
      else address = here();
    };
  }
  addEventListener("popstate", moved);
  addEventListener("pagehide", () => flush(true));
  addEventListener("pageshow", (event) => event.persisted && page());
  addEventListener("storage", (event) => {
    if (event.key !== stored && event.key !== null) return;
    const answer = read();
    if (!answer?.yes) waiting = [];
    if (answer) closeBanner?.();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-quen-consent]")) {
      event.preventDefault();
      ask(true);
    }
  });

  const whenShown = (): void => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
    else begin();
  };
  // A page that the browser prepares before anybody opens it is not viewed yet.
  if ((document as { prerendering?: boolean }).prerendering)
    document.addEventListener("prerenderingchange", whenShown, { once: true });
  else whenShown();
}
