// Blanks of starting designs, such as [price]: highlighted, reached by Tab, replaced as a whole by what is typed.
import { Extension } from "@tiptap/core";
import { Plugin, TextSelection, type EditorState } from "@tiptap/pm/state";
import type { Node } from "@tiptap/pm/model";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";

interface Range {
  from: number;
  to: number;
}

const fold = (text: string): string =>
  text.slice(1, -1).normalize("NFC").toLowerCase().split(/\s+/).join(" ").trim();

/** Returns where known blanks stand in a text. */
export function findBlanks(text: string, known: ReadonlySet<string>): Range[] {
  return [...text.matchAll(/\[[^[\]<>{}]{1,80}\]/g)]
    .filter((match) => known.has(fold(match[0])))
    .map((match) => ({ from: match.index, to: match.index + match[0].length }));
}

/** The blanks the server names on an element. */
export function knownBlanks(body: HTMLElement): ReadonlySet<string> {
  return new Set((JSON.parse(body.dataset.blanks ?? "[]") as string[]).map(fold));
}

function blanksIn(doc: Node, known: ReadonlySet<string>): Range[] {
  const found: Range[] = [];
  doc.descendants((block, position) => {
    if (!block.isTextblock) return true;
    // One character per position, so that places in the text are places in the document.
    const text = block.textBetween(0, block.content.size, undefined, "\ufffc");
    for (const { from, to } of findBlanks(text, known))
      found.push({ from: position + 1 + from, to: position + 1 + to });
    return false;
  });
  return found;
}

/** Select the next or previous blank. Returns false when there is none. */
function selectBlank(
  view: EditorView,
  known: ReadonlySet<string>,
  step: "first" | "next" | "previous",
): boolean {
  const blanks = blanksIn(view.state.doc, known);
  const { from, to } = view.state.selection;
  const blank =
    step === "first"
      ? blanks[0]
      : step === "next"
        ? blanks.find((each) => each.from >= to)
        : blanks.reverse().find((each) => each.to <= from);
  if (!blank) return false;
  view.dispatch(
    view.state.tr.setSelection(TextSelection.create(view.state.doc, blank.from, blank.to)).scrollIntoView(),
  );
  view.focus();
  return true;
}

/** Select the first blank of the text. Returns false when there is none. */
export function selectFirstBlank(view: EditorView, known: ReadonlySet<string>): boolean {
  return selectBlank(view, known, "first");
}

export const Blanks = Extension.create<{ known: ReadonlySet<string> }>({
  name: "blanks",
  // Before Tab of lists.
  priority: 1000,
  addOptions: () => ({ known: new Set<string>() }),
  addKeyboardShortcuts() {
    return {
      Tab: () => selectBlank(this.editor.view, this.options.known, "next"),
      "Shift-Tab": () => selectBlank(this.editor.view, this.options.known, "previous"),
    };
  },
  addProseMirrorPlugins() {
    const { known } = this.options;
    const decorated = (state: EditorState): DecorationSet =>
      DecorationSet.create(
        state.doc,
        blanksIn(state.doc, known).map(({ from, to }) => Decoration.inline(from, to, { class: "blank" })),
      );
    return [
      new Plugin<DecorationSet>({
        state: {
          init: (_config, state) => decorated(state),
          apply: (change, before, _old, state) => (change.docChanged ? decorated(state) : before),
        },
        props: {
          decorations(state) {
            return this.getState(state);
          },
        },
        // A cursor inside a blank selects all of it: half of one would be sent with its brackets.
        appendTransaction: (_changes, _before, state) => {
          const { selection } = state;
          if (!selection.empty) return null;
          const around = blanksIn(state.doc, known).find(
            ({ from, to }) => from < selection.from && selection.from < to,
          );
          return around
            ? state.tr.setSelection(TextSelection.create(state.doc, around.from, around.to))
            : null;
        },
      }),
    ];
  },
});
