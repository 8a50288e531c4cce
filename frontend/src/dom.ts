// The few helpers every module uses.

/** Listen on the document for events inside elements that match; keeps working after swaps. */
export function on<K extends keyof DocumentEventMap>(
  type: K,
  selector: string,
  handle: (event: DocumentEventMap[K], element: HTMLElement) => void,
  capture = false,
): void {
  document.addEventListener(
    type,
    (event) => {
      const from = event.target;
      const found = from instanceof Element ? from.closest<HTMLElement>(selector) : null;
      if (found) handle(event, found);
    },
    capture,
  );
}

/** Run once for every element that matches, now and whenever one comes in. */
export function mount(selector: string, start: (element: HTMLElement) => void): void {
  const seen = new WeakSet<Element>();
  const look = (root: ParentNode & Node): void => {
    const found = [...root.querySelectorAll<HTMLElement>(selector)];
    if (root instanceof HTMLElement && root.matches(selector)) found.push(root);
    for (const element of found) {
      if (seen.has(element)) continue;
      seen.add(element);
      start(element);
    }
  };
  look(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof HTMLElement) look(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}

/** Make an element with attributes and children; text stays text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Say something to screen readers. */
export function announce(text: string): void {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
}

/** Whether keys typed now are words, not commands. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox],[type=radio]), textarea, select"))
  );
}

/** Words without marks, lower case: “Đà Nẵng” is “da nang”. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
}

/** The token htmx sends too; it stands on the body. */
export function csrf(): string {
  const headers = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return (JSON.parse(headers) as Record<string, string>)["X-CSRFToken"] ?? "";
}

/** Whether an element can be seen and reached. */
export function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
