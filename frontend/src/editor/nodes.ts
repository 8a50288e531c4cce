// Editor nodes besides plain paragraphs: chips for merge tags, and buttons.
import { Node, mergeAttributes } from "@tiptap/core";
import type { Mark } from "@tiptap/pm/model";
import { Plugin, type EditorState, type Transaction } from "@tiptap/pm/state";

export const TAG_PATTERN =
  /\{\{\s*([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\s*(?:\|\s*default\s*:\s*"([^"]*)"\s*)?\}\}/g;

/** How chips show tags: the name of a tag by its key, and the words for one with a fallback. */
export interface ChipText {
  label: (key: string) => string;
  withFallback: string;
}

/** Returns how the chips of an editor read, from its merge tag menu and the words the server wrote on `holder`. */
export function chipText(holder: HTMLElement): ChipText {
  const labels = new Map(
    [...holder.querySelectorAll<HTMLElement>("[data-key]")].map((each) => [
      each.dataset.key,
      each.dataset.label,
    ]),
  );
  return {
    label: (key) => labels.get(key) ?? key,
    withFallback: holder.dataset.textChip ?? "%(label)s · %(fallback)s",
  };
}

/** Returns the source of a tag: `{{ key | default: "…" }}`. */
export function tagSource(attributes: { key?: unknown; fallback?: unknown }): string {
  const fallback = String(attributes.fallback ?? "").replace(/["{}]/g, "");
  const key = String(attributes.key ?? "");
  return fallback ? `{{ ${key} | default: "${fallback}" }}` : `{{ ${key} }}`;
}

/** A merge tag as one chip: its key, and the fallback for contacts without a value. */
export const MergeTag = Node.create<ChipText>({
  name: "mergeTag",
  group: "inline",
  inline: true,
  atom: true,
  addOptions: () => ({ label: (key: string) => key, withFallback: "%(label)s · %(fallback)s" }),
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
    const label = this.options.label(key);
    const text = fallback
      ? this.options.withFallback.replace("%(label)s", () => label).replace("%(fallback)s", () => fallback)
      : label;
    return ["span", mergeAttributes(HTMLAttributes, { class: "merge-chip" }), text];
  },
  renderText: ({ node }) => tagSource(node.attrs),
  addProseMirrorPlugins: () => [
    // What is typed or pasted as {{ … }} becomes a chip as soon as it is complete.
    new Plugin({ appendTransaction: (changes, _before, state) => tagsToChips(changes, state) }),
  ],
});

function tagsToChips(changes: readonly Transaction[], state: EditorState): Transaction | null {
  const type = state.schema.nodes.mergeTag;
  if (!type || !changes.some((each) => each.docChanged)) return null;
  const found: { from: number; to: number; key: string; fallback: string; marks: readonly Mark[] }[] = [];
  state.doc.descendants((node, position) => {
    if (!node.isText || !node.text?.includes("{{")) return;
    for (const match of node.text.matchAll(TAG_PATTERN)) {
      const from = position + match.index;
      const to = from + match[0].length;
      found.push({ from, to, key: match[1] ?? "", fallback: match[2] ?? "", marks: node.marks });
    }
  });
  if (!found.length) return null;
  const change = state.tr;
  for (const { from, to, key, fallback, marks } of found.reverse())
    change.replaceWith(from, to, type.create({ key, fallback }, null, marks));
  return change;
}

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

/** Returns a text in pieces: plain text, and tags. */
export function splitTags(text: string): (string | { key: string; fallback: string })[] {
  const pieces: (string | { key: string; fallback: string })[] = [];
  let end = 0;
  for (const match of text.matchAll(TAG_PATTERN)) {
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push({ key: match[1] ?? "", fallback: match[2] ?? "" });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

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
    const [key, fallback] = [chip.getAttribute("data-merge"), chip.getAttribute("data-fallback")];
    chip.replaceWith(tagSource({ key, fallback }));
  }
  return page.body.innerHTML;
}
