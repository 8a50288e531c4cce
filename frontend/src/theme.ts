// Light, dark or as the device: kept in a cookie, so the server draws the right one at once.
import { on } from "./dom";

const NAMES: Record<string, string> = { light: "quen-light", dark: "quen-dark" };
const YEAR_SECONDS = 365 * 24 * 3600;

on("click", "[data-theme-choice]", (_event, button) => {
  const choice = button.dataset.themeChoice ?? "auto";
  const name = NAMES[choice];
  const root = document.documentElement;
  if (name) root.dataset.theme = name;
  else delete root.dataset.theme;
  document.cookie = `theme=${choice}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  for (const other of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
  }
});
