// Subject, preview text and text messages: plain text in which merge tags are chips. It writes into the input that is
// saved, which without JavaScript is all there is.
import { Editor, Node, type JSONContent } from "@tiptap/core";
import { NodeSelection } from "@tiptap/pm/state";
import StarterKit from "@tiptap/starter-kit";
import { Blanks, selectFirstBlank } from "./blanks";
import { MergeTag, chipText, parseTag, splitTags, tagSource } from "./nodes";

type Source = HTMLInputElement | HTMLTextAreaElement;

/** Characters a tag without a fallback counts as: about a name. The server counts the same (content.rules.tags). */
const TAG_CHARS = 10;

/** Returns how many characters a text has when its tags are filled in: each as its fallback, or as about a name. */
export function shownLength(text: string): number {
  return splitTags(text).reduce(
    (sum, each) =>
      sum + (typeof each === "string" ? [...each].length : [...each.fallback].length || TAG_CHARS),
    0,
  );
}

export class LineEditor {
  private readonly editor: Editor;
  private readonly prompt: HTMLElement | null;

  /** Replaces `source` by an editor, which takes over its id, label and description. */
  constructor(
    holder: HTMLElement,
    page: HTMLElement,
    private readonly source: Source,
    private readonly blanks: ReadonlySet<string>,
  ) {
    const multiline = source instanceof HTMLTextAreaElement;
    const id = source.id;
    const label = document.querySelector<HTMLElement>(`label[for="${id}"]`);
    this.prompt = holder.querySelector<HTMLElement>("[data-line-ask]");
    if (label) label.id = `${id}-label`;
    source.id = `${id}-source`;
    source.hidden = true;
    page.hidden = false;
    this.editor = new Editor({
      element: page,
      injectCSS: false,
      editorProps: {
        attributes: {
          id,
          role: "textbox",
          "aria-multiline": String(multiline),
          class: multiline ? "line-words is-multiline" : "line-words",
          ...(label ? { "aria-labelledby": label.id } : {}),
          ...(source.getAttribute("aria-describedby")
            ? { "aria-describedby": source.getAttribute("aria-describedby") as string }
            : {}),
        },
        handleKeyDown: (view, event) => {
          if (event.key !== "Enter" || event.isComposing) return false;
          if (view.state.selection instanceof NodeSelection) return this.openPrompt();
          if (!multiline) this.source.form?.requestSubmit();
          return !multiline;
        },
        handleClickOn: (_view, _position, node) => {
          if (node.type.name === "mergeTag") setTimeout(() => this.openPrompt());
          return false;
        },
        handlePaste: (_view, event) => {
          const text = event.clipboardData?.getData("text/plain") ?? "";
          this.insertText(text);
          return true;
        },
        clipboardTextSerializer: (slice) => {
          const lines: string[] = [];
          slice.content.forEach((block) => lines.push(textOf(block.toJSON() as JSONContent)));
          return lines.join("\n");
        },
      },
      extensions: [
        Node.create({ name: "doc", topNode: true, content: multiline ? "paragraph+" : "paragraph" }),
        StarterKit.configure({
          document: false,
          blockquote: false,
          bold: false,
          bulletList: false,
          code: false,
          codeBlock: false,
          hardBreak: false,
          heading: false,
          horizontalRule: false,
          italic: false,
          link: false,
          listItem: false,
          listKeymap: false,
          orderedList: false,
          strike: false,
          trailingNode: false,
          underline: false,
        }),
        Blanks.configure({ known: blanks }),
        MergeTag.configure(chipText(holder)),
      ],
      content: toDocument(source.value),
      onUpdate: () => this.write(),
    });
    label?.addEventListener("click", () => this.editor.view.focus());
    this.listen();
  }

  /** Insert a tag or other text at the cursor. */
  insert(text: string): void {
    this.editor.view.focus();
    const tag = parseTag(text);
    if (tag) this.editor.commands.insertContent({ type: "mergeTag", attrs: tag });
    else this.insertText(text);
  }

  /** Select the first blank. Returns false when there is none. */
  goToBlank(): boolean {
    return selectFirstBlank(this.editor.view, this.blanks);
  }

  private insertText(text: string): void {
    const lines = text.split(/\r\n|[\r\n\u2028\u2029]/);
    if (this.source instanceof HTMLInputElement || lines.length === 1) {
      const pieces = inline(lines.map((each) => each.trimEnd()).join(" "));
      if (pieces.length) this.editor.commands.insertContent(pieces);
    } else this.editor.commands.insertContent(lines.map(paragraph));
  }

  private write(): void {
    const text = (this.editor.getJSON().content ?? []).map(textOf).join("\n");
    if (text === this.source.value) return;
    this.source.value = text;
    this.source.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private listen(): void {
    const prompt = this.prompt;
    prompt?.addEventListener("input", (event) => event.stopPropagation());
    prompt?.addEventListener("change", (event) => event.stopPropagation());
    prompt?.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        this.applyPrompt();
      } else if (event.key === "Escape") this.closePrompt();
    });
    prompt?.querySelector("[data-ask-yes]")?.addEventListener("click", () => this.applyPrompt());
    prompt?.querySelector("[data-ask-no]")?.addEventListener("click", () => this.closePrompt());
    prompt?.querySelector("[data-ask-remove]")?.addEventListener("click", () => {
      this.editor.commands.deleteSelection();
      this.closePrompt();
    });
  }

  /** Ask for the fallback of the chip that is selected. Returns false when none is. */
  private openPrompt(): boolean {
    const { selection } = this.editor.state;
    const input = this.prompt?.querySelector("input");
    if (!this.prompt || !input || !(selection instanceof NodeSelection)) return false;
    input.value = String(selection.node.attrs.fallback ?? "");
    this.prompt.hidden = false;
    input.focus();
    input.select();
    return true;
  }

  private applyPrompt(): void {
    const fallback = (this.prompt?.querySelector("input")?.value ?? "").replace(/["{}]/g, "").trim();
    this.editor.commands.updateAttributes("mergeTag", { fallback });
    this.closePrompt();
  }

  private closePrompt(): void {
    if (this.prompt) this.prompt.hidden = true;
    this.editor.view.focus();
  }
}

function inline(text: string): JSONContent[] {
  return splitTags(text).map((each) =>
    typeof each === "string" ? { type: "text", text: each } : { type: "mergeTag", attrs: each },
  );
}

function paragraph(line: string): JSONContent {
  return { type: "paragraph", content: inline(line) };
}

function toDocument(text: string): JSONContent {
  return { type: "doc", content: text.split("\n").map(paragraph) };
}

/** Returns a block's text, its chips as tags. */
function textOf(block: JSONContent): string {
  if (block.type === "text") return block.text ?? "";
  if (block.type === "mergeTag") return tagSource(block.attrs ?? {});
  return (block.content ?? []).map(textOf).join("");
}
