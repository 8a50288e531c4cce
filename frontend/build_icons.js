// Writes icons.json: the inside of every Lucide icon by its name, read by quen.ui.icons at run time.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";

const folder = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

function inside(file) {
  const text = readFileSync(join(folder, file), "utf8");
  return text
    .replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

export function lucide() {
  return {
    name: "quen-icons",
    generateBundle() {
      const files = readdirSync(folder).filter((file) => file.endsWith(".svg"));
      const icons = Object.fromEntries(files.map((file) => [file.slice(0, -4), inside(file)]));
      this.emitFile({ type: "asset", fileName: "icons.json", source: JSON.stringify(icons) });
    },
  };
}
