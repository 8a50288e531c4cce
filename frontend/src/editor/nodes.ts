// Editor nodes besides plain paragraphs: chips for merge tags, and buttons.
import { Node, mergeAttributes } from "@tiptap/core";

const TAG_PATTERN =
  /\{\{\s*([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\s*(?:\|\s*default\s*:\s*"([^"]*)"\s*)?\}\}/g;

/** A merge tag as one chip: its key, and the fallback for contacts without a value. */
export const MergeTag = Node.create<{ label: (key: string) => string }>({
  name: "mergeTag",
  group: "inline",
  inline: true,
  atom: true,
  addOptions: () => ({ label: (key: string) => key }),
  addAttributes: () => ({
    key: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-merge"),
      renderHTML: ({ key }) => ({ "data-merge": key as string }),
    },
    fallback: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-fallback"),
      renderHTML: ({ fallback }) => ({ "data-fallback": fallback as string }),
    },
  }),
  parseHTML: () => [{ tag: "span[data-merge]" }],
  renderHTML({ node, HTMLAttributes }) {
    const { key, fallback } = node.attrs as { key: string; fallback: string };
    const text = fallback ? `${this.options.label(key)} · ${fallback}` : this.options.label(key);
    return ["span", mergeAttributes(HTMLAttributes, { class: "merge-chip" }), text];
  },
});

/** A button: a block with a link inside. */
export const MailButton = Node.create({
  name: "mailButton",
  group: "block",
  atom: true,
  addAttributes: () => ({
    text: { default: "", parseHTML: (element) => element.textContent?.trim() ?? "", renderHTML: () => ({}) },
    href: {
      default: "",
      parseHTML: (element) => element.querySelector("a")?.getAttribute("href") ?? "",
      renderHTML: () => ({}),
    },
  }),
  parseHTML: () => [{ tag: "div.button", priority: 60 }],
  renderHTML: ({ node, HTMLAttributes }) => [
    "div",
    mergeAttributes({ class: "button" }, HTMLAttributes),
    ["a", { href: node.attrs.href as string }, node.attrs.text as string],
  ],
});

/** Parse one tag: `{{ key | default: "…" }}`. */
export function parseTag(text: string): { key: string; fallback: string } | undefined {
  const match = [...text.matchAll(TAG_PATTERN)][0];
  return match?.[1] ? { key: match[1], fallback: match[2] ?? "" } : undefined;
}

/** Convert stored HTML for the editor: merge tags in text become chips, those in URLs stay. */
export function toEditor(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (!text.data.includes("{{") || text.parentElement?.closest("div.button")) continue;
    const pieces: (globalThis.Node | string)[] = [];
    let end = 0;
    for (const match of text.data.matchAll(TAG_PATTERN)) {
      const chip = page.createElement("span");
      chip.setAttribute("data-merge", match[1] ?? "");
      chip.setAttribute("data-fallback", match[2] ?? "");
      pieces.push(text.data.slice(end, match.index), chip);
      end = match.index + match[0].length;
    }
    if (end) text.replaceWith(...pieces, text.data.slice(end));
  }
  return page.body.innerHTML;
}

/** Convert the editor's HTML for storage: chips become merge tags again. */
export function toStored(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const chip of page.querySelectorAll("span[data-merge]")) {
    const fallback = (chip.getAttribute("data-fallback") ?? "").replace(/["{}]/g, "");
    const key = chip.getAttribute("data-merge") ?? "";
    chip.replaceWith(fallback ? `{{ ${key} | default: "${fallback}" }}` : `{{ ${key} }}`);
  }
  return page.body.innerHTML;
}
