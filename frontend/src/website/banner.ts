// The consent banner of the website script. Built without inline styles and without HTML from text, so that it works
// under a strict content security policy.

export interface Banner {
  /** by language: the text, "yes", "no" */
  texts: Record<string, [string, string, string]>;
  privacy: string;
  /** background, text, buttons, text of the buttons */
  colours: [string, string, string, string];
}

const WORDS: Record<string, [string, string]> = {
  vi: ["Xin phép đo lượt xem", "Chính sách quyền riêng tư"],
  en: ["Consent to measuring visits", "Privacy policy"],
};

/** Show the banner and return what closes it. focus: when somebody asked for it. */
export function showBanner(site: Banner, focus: boolean, answer: (yes: boolean) => void): () => void {
  const page = document.documentElement.lang.slice(0, 2).toLowerCase();
  const language = page in site.texts ? page : navigator.language.startsWith("vi") ? "vi" : "en";
  const [text, yes, no] = site.texts[language];
  const [title, policy] = WORDS[language];

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  style(root, site.colours);
  const box = add(root, "section", "");
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", title);
  box.lang = language;
  const words = add(box, "p", text);
  if (/^https?:/.test(site.privacy)) {
    words.append(" ");
    add(words, "slot", "");
    // In the page itself, where links that skip to the content look for the first link.
    const link = add(host, "a", policy);
    link.setAttribute("href", site.privacy);
  }
  const buttons = add(box, "div", "");
  const first = button(buttons, no, () => answer(false));
  button(buttons, yes, () => answer(true));

  // First in the page, so that the keyboard reaches it first; only a link that skips to the content stays before it.
  const skip = document.body.firstElementChild;
  if (skip?.matches('a[href^="#"]')) skip.after(host);
  else document.body.prepend(host);
  if (focus) first.focus();
  return () => host.remove();
}

function add(parent: Node, tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.appendChild(made);
  return made;
}

function button(parent: Node, text: string, press: () => void): HTMLElement {
  const made = add(parent, "button", text);
  made.setAttribute("type", "button");
  made.addEventListener("click", press);
  return made;
}

function style(root: ShadowRoot, [background, text, fill, label]: Banner["colours"]): void {
  const rules =
    `section{position:fixed;z-index:2147483000;inset:auto 12px 12px;margin:0 auto;max-width:720px;box-sizing:border-box;` +
    `max-height:calc(100vh - 24px);overflow:auto;padding:16px 20px;border-radius:12px;background:${background};color:${text};` +
    `font:16px/1.5 system-ui,sans-serif;box-shadow:0 4px 32px #0004;border:1px solid #8886}` +
    `p{margin:0 0 12px}::slotted(a){color:inherit!important;text-decoration:underline!important}div{display:flex;flex-wrap:wrap;gap:8px 12px}` +
    `button{flex:1 1 140px;min-height:44px;padding:8px 16px;border:0;border-radius:8px;background:${fill};color:${label};` +
    `font:inherit;font-weight:600;cursor:pointer}:focus-visible{outline:3px solid ${text};outline-offset:2px}`;
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Browsers before 2023.
    add(root, "style", rules);
  }
}
