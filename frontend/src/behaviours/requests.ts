// htmx 4: which responses it swaps, and what the user sees when a request fails.
import htmx from "htmx.org";
import { showErrorToast } from "./toasts";

interface Context {
  text?: string;
  response?: { raw: Response; status: number; headers: Headers };
}

// Form errors (422) are swapped in; other errors show a toast and leave the page as it is.
htmx.config.noSwap = [204, 304, 401, 403, 404, "5xx"] as unknown as number[]; // the types do not allow patterns
htmx.config.includeIndicatorCSS = false;
// Otherwise htmx sets the attributes of elements with an id again a moment after a swap, and undoes what behaviours made
// of them: the name a combobox takes from its input, the select a picker hides.
htmx.config.defaultSettleDelay = 0;

function contextOf(event: Event): Context {
  return (event as CustomEvent<{ ctx: Context }>).detail.ctx;
}

document.addEventListener("htmx:after:request", (event) => {
  const { text, response } = contextOf(event);
  // Redirected, for example to the sign-in page: do not swap a whole page into a part of this one.
  if (response?.raw.redirected && /^\s*<!doctype/i.test(text ?? "")) {
    event.preventDefault();
    location.href = response.raw.url;
  }
});
document.addEventListener("htmx:response:error", (event) => {
  const { response } = contextOf(event);
  if (response && response.status !== 422 && !response.headers.get("HX-Trigger")?.includes('"toast"'))
    showErrorToast("unexpected");
});
document.addEventListener("htmx:error", (event) => {
  const error = (event as CustomEvent<{ error?: { name?: string } }>).detail.error;
  if (error?.name === "TypeError") showErrorToast("offline");
});
// When the source element is gone, htmx dispatches HX-Trigger on the document, where `from:body` does not see it.
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = (event as CustomEvent<{ ctx: { sourceElement?: Element; hx?: { trigger?: string } } }>)
    .detail;
  const triggers = ctx.hx?.trigger;
  if (!triggers?.startsWith("{") || ctx.sourceElement?.isConnected !== false) return;
  for (const [name, detail] of Object.entries(JSON.parse(triggers) as Record<string, unknown>)) {
    document.body.dispatchEvent(new CustomEvent(name, { detail }));
  }
});
