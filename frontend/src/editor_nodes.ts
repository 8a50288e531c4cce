// What a mail may hold beside plain paragraphs: chips for merge tags, and buttons.
import { Node, mergeAttributes } from "@tiptap/core";

const SLOT = /\{\{\s*([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\s*(?:\|\s*default\s*:\s*"([^"]*)"\s*)?\}\}/g;

/** A merge tag as one piece: its name, and what stands there when nothing is known. */
export const MergeTag = Node.create<{ label: (key: string) => string }>({
  name: "mergeTag",
  group: "inline",
  inline: true,
  atom: true,
  addOptions: () => ({ label: (key: string) => key }),
  addAttributes: () => ({
    key: { default: "", parseHTML: (element) => element.getAttribute("data-merge"), renderHTML: ({ key }) => ({ "data-merge": key as string }) },
    fallback: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-fallback"),
      renderHTML: ({ fallback }) => ({ "data-fallback": fallback as string }),
    },
  }),
  parseHTML: () => [{ tag: "span[data-merge]" }],
  renderHTML({ node, HTMLAttributes }) {
    const { key, fallback } = node.attrs as { key: string; fallback: string };
    const words = fallback ? `${this.options.label(key)} · ${fallback}` : this.options.label(key);
    return ["span", mergeAttributes(HTMLAttributes, { class: "merge-chip" }), words];
  },
});

/** A button: a block of its own, a link inside. */
export const MailButton = Node.create({
  name: "mailButton",
  group: "block",
  atom: true,
  addAttributes: () => ({
    words: { default: "", parseHTML: (element) => element.textContent?.trim() ?? "", renderHTML: () => ({}) },
    href: { default: "", parseHTML: (element) => element.querySelector("a")?.getAttribute("href") ?? "", renderHTML: () => ({}) },
  }),
  parseHTML: () => [{ tag: "div.button", priority: 60 }],
  renderHTML: ({ node, HTMLAttributes }) => [
    "div",
    mergeAttributes({ class: "button" }, HTMLAttributes),
    ["a", { href: node.attrs.href as string }, node.attrs.words as string],
  ],
});

/** Take one tag apart: `{{ key | default: "…" }}`. */
export function slot(words: string): { key: string; fallback: string } | undefined {
  const found = [...words.matchAll(SLOT)][0];
  return found?.[1] ? { key: found[1], fallback: found[2] ?? "" } : undefined;
}

/** Stored words to what the editor holds: tags in text become chips, those in addresses stay. */
export function toEditor(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (!text.data.includes("{{") || text.parentElement?.closest("div.button")) continue;
    const pieces: (globalThis.Node | string)[] = [];
    let end = 0;
    for (const found of text.data.matchAll(SLOT)) {
      const chip = page.createElement("span");
      chip.setAttribute("data-merge", found[1] ?? "");
      chip.setAttribute("data-fallback", found[2] ?? "");
      pieces.push(text.data.slice(end, found.index), chip);
      end = found.index + found[0].length;
    }
    if (end) text.replaceWith(...pieces, text.data.slice(end));
  }
  return page.body.innerHTML;
}

/** What the editor holds to stored words: chips become tags again. */
export function toStored(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const chip of page.querySelectorAll("span[data-merge]")) {
    const fallback = (chip.getAttribute("data-fallback") ?? "").replace(/["{}]/g, "");
    const key = chip.getAttribute("data-merge") ?? "";
    chip.replaceWith(fallback ? `{{ ${key} | default: "${fallback}" }}` : `{{ ${key} }}`);
  }
  return page.body.innerHTML;
}
