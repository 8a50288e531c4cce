// The script for shops' own websites: one file of a fixed name, without modules, beside the product's front end.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    outDir: "../src/quen/ui/dist",
    emptyOutDir: false,
    target: "es2019",
    lib: { entry: "src/website/quen.ts", formats: ["iife"], name: "quenScript", fileName: () => "quen.js" },
  },
});
