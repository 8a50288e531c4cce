// htmx 4: what it may swap, and what a person sees when a request fails.
import htmx from "htmx.org";
import { showKnown } from "./toasts";

interface Context {
  text?: string;
  response?: { raw: Response; status: number; headers: Headers };
}

// Refusals of a form (422) are swapped; other errors bring a toast and leave the page as it is.
htmx.config.noSwap = [204, 304, 401, 403, 404, "5xx"] as unknown as number[]; // its types forget patterns
htmx.config.includeIndicatorCSS = false;

function contextOf(event: Event): Context {
  return (event as CustomEvent<{ ctx: Context }>).detail.ctx;
}

document.addEventListener("htmx:after:request", (event) => {
  const { text, response } = contextOf(event);
  // Signed out meanwhile, or sent elsewhere: a whole page does not belong into a part of this one.
  if (response?.raw.redirected && /^\s*<!doctype/i.test(text ?? "")) {
    event.preventDefault();
    location.href = response.raw.url;
  }
});
document.addEventListener("htmx:response:error", (event) => {
  const { response } = contextOf(event);
  if (response && response.status !== 422 && !response.headers.get("HX-Trigger")?.includes('"toast"')) showKnown("surprise");
});
document.addEventListener("htmx:error", (event) => {
  const error = (event as CustomEvent<{ error?: { name?: string } }>).detail.error;
  if (error?.name === "TypeError") showKnown("offline");
});
// When its element left the page, htmx dispatches HX-Trigger on the document, where `from:body` hears nothing.
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = (event as CustomEvent<{ ctx: { sourceElement?: Element; hx?: { trigger?: string } } }>).detail;
  const news = ctx.hx?.trigger;
  if (!news?.startsWith("{") || ctx.sourceElement?.isConnected !== false) return;
  for (const [name, detail] of Object.entries(JSON.parse(news) as Record<string, unknown>)) {
    document.body.dispatchEvent(new CustomEvent(name, { detail }));
  }
});
