// The rich editor: TipTap with a toolbar rendered by the server; it writes into the textarea that is saved.
import { Editor } from "@tiptap/core";
import Image from "@tiptap/extension-image";
import TextAlign from "@tiptap/extension-text-align";
import StarterKit from "@tiptap/starter-kit";
import { Blanks, knownBlanks, selectFirstBlank } from "./blanks";
import { MailButton, MergeTag, chipText, parseTag, toEditor, toStored } from "./nodes";

type PromptKind = "link" | "image" | "button" | "tag";

export class RichEditor {
  private readonly editor: Editor;
  private readonly tools: HTMLElement[];
  private readonly bar: HTMLElement;
  private promptKind: PromptKind = "link";
  private readonly blanks: ReadonlySet<string>;

  constructor(
    body: HTMLElement,
    private readonly holder: HTMLElement,
    page: HTMLElement,
    private readonly source: HTMLTextAreaElement,
  ) {
    this.blanks = knownBlanks(body);
    this.editor = new Editor({
      element: page,
      injectCSS: false,
      editorProps: {
        attributes: {
          role: "textbox",
          "aria-multiline": "true",
          "aria-label": page.getAttribute("aria-label") ?? "",
          class: "rich-words",
        },
        handleClickOn: (_view, _place, node) => this.edit(node.type.name),
      },
      extensions: [
        StarterKit.configure({
          heading: { levels: [1, 2, 3] },
          code: false,
          codeBlock: false,
          link: {
            openOnClick: false,
            HTMLAttributes: { rel: null, target: null },
            isAllowedUri: (address, { defaultValidate }) =>
              address.startsWith("{{") || defaultValidate(address),
          },
        }),
        TextAlign.configure({ types: ["heading", "paragraph", "mailButton"] }),
        Image,
        Blanks.configure({ known: this.blanks }),
        MailButton,
        MergeTag.configure(chipText(body)),
      ],
      content: toEditor(source.value),
      onUpdate: () => this.write(),
      onTransaction: () => this.renderToolbar(),
    });
    this.bar = holder.querySelector<HTMLElement>("[data-ask]") as HTMLElement;
    this.tools = [
      ...holder.querySelectorAll<HTMLElement>(".rich-tools :is(select, button, summary):not(.menu-list *)"),
    ];
    this.listen();
    this.renderToolbar();
  }

  /** Load the textarea's content. */
  read(): void {
    this.editor.commands.setContent(toEditor(this.source.value), { emitUpdate: false });
  }

  /** Select the first blank. Returns false when there is none. */
  goToBlank(): boolean {
    return selectFirstBlank(this.editor.view, this.blanks);
  }

  insert(text: string): void {
    const found = parseTag(text);
    if (!found) return;
    // Focus now: TipTap's own focus comes a frame later, and a space typed before it would open the menu again.
    this.editor.view.focus();
    this.editor.commands.insertContent({ type: "mergeTag", attrs: found });
  }

  private write(): void {
    const html = this.editor.isEmpty ? "" : toStored(this.editor.getHTML());
    if (html === this.source.value) return;
    this.source.value = html;
    this.source.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private listen(): void {
    const toolbar = this.holder.querySelector<HTMLElement>(".rich-tools");
    toolbar?.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("button[data-do]");
      if (button) this.runCommand(button.dataset.do ?? "");
    });
    toolbar?.addEventListener("change", (event) => {
      event.stopPropagation();
      const level = Number((event.target as HTMLSelectElement).value);
      const chain = this.editor.chain().focus();
      if (level) chain.setHeading({ level: level as 1 | 2 | 3 }).run();
      else chain.setParagraph().run();
    });
    toolbar?.addEventListener("input", (event) => event.stopPropagation());
    // The toolbar is one Tab stop; arrow keys move between the tools.
    this.tools.forEach((tool, index) => (tool.tabIndex = index ? -1 : 0));
    toolbar?.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const position = this.tools.indexOf(event.target as HTMLElement);
      if (!step || position < 0) return;
      event.preventDefault();
      const next = this.tools[(position + step + this.tools.length) % this.tools.length];
      this.tools.forEach((tool) => (tool.tabIndex = tool === next ? 0 : -1));
      next?.focus();
    });
    this.bar.addEventListener("input", (event) => event.stopPropagation());
    this.bar.addEventListener("change", (event) => event.stopPropagation());
    this.bar.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        this.applyPrompt();
      } else if (event.key === "Escape") this.close();
    });
    this.bar.querySelector("[data-ask-yes]")?.addEventListener("click", () => this.applyPrompt());
    this.bar.querySelector("[data-ask-no]")?.addEventListener("click", () => this.close());
    this.bar.querySelector("[data-ask-remove]")?.addEventListener("click", () => this.remove());
    this.holder.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && this.editor.isFocused) {
        event.preventDefault();
        event.stopPropagation();
        this.openPrompt("link");
      }
    });
  }

  private runCommand(what: string): void {
    if (what === "link" || what === "image" || what === "button") return this.openPrompt(what);
    this.editor.view.focus();
    const chain = this.editor.chain();
    if (what === "bold") chain.toggleBold().run();
    else if (what === "italic") chain.toggleItalic().run();
    else if (what === "underline") chain.toggleUnderline().run();
    else if (what === "bulletList") chain.toggleBulletList().run();
    else if (what === "orderedList") chain.toggleOrderedList().run();
    else if (what === "rule") chain.setHorizontalRule().run();
    else if (what === "undo") chain.undo().run();
    else if (what === "redo") chain.redo().run();
    else chain.setTextAlign(what).run();
  }

  /** Open the prompt for a clicked chip, image or button. */
  private edit(name: string): boolean {
    const kind = { mergeTag: "tag", image: "image", mailButton: "button" }[name] as PromptKind | undefined;
    if (kind) setTimeout(() => this.openPrompt(kind));
    return false;
  }

  private openPrompt(what: PromptKind): void {
    this.promptKind = what;
    const current = this.attributes(what);
    const textInput = this.input("[data-ask-text]");
    const addressInput = this.input("[data-ask-address]");
    const labels = this.bar.querySelectorAll<HTMLElement>(".label-q");
    for (const label of labels) {
      const text = label.dataset[`text${what[0]?.toUpperCase()}${what.slice(1)}`] ?? label.dataset.textLink;
      if (text) label.textContent = text;
    }
    textInput.value = current.text;
    addressInput.value = current.address;
    this.part("[data-ask-words]").hidden = what === "link";
    this.part("[data-ask-where]").hidden = what === "tag";
    this.part("[data-ask-remove]").hidden = !current.exists;
    this.bar.hidden = false;
    (what === "link" || what === "image" ? addressInput : textInput).focus();
  }

  private attributes(what: PromptKind): { text: string; address: string; exists: boolean } {
    const name = { link: "link", image: "image", button: "mailButton", tag: "mergeTag" }[what];
    const found = this.editor.getAttributes(name) as Record<string, string | undefined>;
    const exists = this.editor.isActive(name);
    return {
      text: found.text ?? found.alt ?? found.fallback ?? "",
      address: found.href ?? found.src ?? "",
      exists,
    };
  }

  private applyPrompt(): void {
    const text = this.input("[data-ask-text]").value.trim();
    const entered = this.input("[data-ask-address]").value.trim();
    const address =
      !entered || /^(https?:|mailto:|tel:|\{\{)/i.test(entered)
        ? entered
        : entered.includes("@")
          ? `mailto:${entered}`
          : `https://${entered}`;
    const chain = this.editor.chain().focus();
    const exists = this.attributes(this.promptKind).exists;
    if (this.promptKind === "tag") chain.updateAttributes("mergeTag", { fallback: text }).run();
    else if (!address) return this.input("[data-ask-address]").focus();
    else if (this.promptKind === "link" && this.editor.state.selection.empty && !exists) {
      chain
        .insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] })
        .run();
    } else if (this.promptKind === "link") chain.extendMarkRange("link").setLink({ href: address }).run();
    else if (this.promptKind === "image") chain.setImage({ src: address, alt: text }).run();
    else if (exists) chain.updateAttributes("mailButton", { text: text || address, href: address }).run();
    else
      chain
        .insertContent({
          type: "mailButton",
          attrs: { text: text || address, href: address, textAlign: "center" },
        })
        .run();
    this.close();
  }

  private remove(): void {
    if (this.promptKind === "link") this.editor.chain().focus().extendMarkRange("link").unsetLink().run();
    else this.editor.chain().focus().deleteSelection().run();
    this.close();
  }

  private close(): void {
    this.bar.hidden = true;
    this.editor.commands.focus();
  }

  /** Show the formatting at the cursor on the toolbar. */
  private renderToolbar(): void {
    if (!this.tools) return;
    for (const tool of this.tools) {
      const what = tool.dataset.do ?? "";
      if (tool instanceof HTMLSelectElement) {
        const level = [1, 2, 3].find((each) => this.editor.isActive("heading", { level: each }));
        tool.value = level ? String(level) : "p";
      } else if (["left", "center", "right"].includes(what))
        tool.setAttribute("aria-pressed", String(this.editor.isActive({ textAlign: what })));
      else if (["bold", "italic", "underline", "link", "bulletList", "orderedList"].includes(what)) {
        tool.setAttribute("aria-pressed", String(this.editor.isActive(what)));
      }
    }
  }

  private input(selector: string): HTMLInputElement {
    return this.bar.querySelector(selector) as HTMLInputElement;
  }

  private part(selector: string): HTMLElement {
    return this.bar.querySelector(selector) as HTMLElement;
  }
}
