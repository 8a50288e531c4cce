// Helpers shared by all modules.

/** Delegated event listener on the document; also works for elements swapped in later. */
export function on<K extends keyof DocumentEventMap>(
  type: K,
  selector: string,
  handle: (event: DocumentEventMap[K], element: HTMLElement) => void,
  capture = false,
): void {
  document.addEventListener(
    type,
    (event) => {
      const target = event.target;
      const element = target instanceof Element ? target.closest<HTMLElement>(selector) : null;
      if (element) handle(event, element);
    },
    capture,
  );
}

/** Run once for every element that matches, now and whenever one is added. */
export function mount(selector: string, start: (element: HTMLElement) => void): void {
  const seen = new WeakSet<Element>();
  const scan = (root: ParentNode & Node): void => {
    const matches = [...root.querySelectorAll<HTMLElement>(selector)];
    if (root instanceof HTMLElement && root.matches(selector)) matches.push(root);
    for (const element of matches) {
      if (seen.has(element)) continue;
      seen.add(element);
      start(element);
    }
  };
  scan(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof HTMLElement) scan(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}

/** Create an element with attributes and children; strings become text nodes. */
export function createElement<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Announce text to screen readers. */
export function announce(text: string): void {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

/** Return whether a key press is text input, not a shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox],[type=radio]), textarea, select"))
  );
}

/** Return text in lower case without diacritics: “Đà Nẵng” becomes “da nang”. */
export function foldText(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
}

/** Return the CSRF token from the body's hx-headers. */
export function csrf(): string {
  const headers = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return (JSON.parse(headers) as Record<string, string>)["X-CSRFToken"] ?? "";
}

/** Return whether an element is rendered. */
export function isVisible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
