import { defineConfig } from "vite";
import tailwindcss from "@tailwindcss/vite";
import { lucide } from "./build_icons.js";

export default defineConfig({
  plugins: [tailwindcss(), lucide()],
  base: "/static/",
  build: {
    manifest: "manifest.json",
    outDir: "../src/quen/ui/dist",
    emptyOutDir: true,
    // Small files stay files: the page's policy allows fonts and pictures from this host only.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        app: "src/app.ts",
        editor: "src/editor/editor.ts",
        form: "src/forms/form.ts",
        embed: "src/forms/embed.ts",
      },
    },
  },
});
