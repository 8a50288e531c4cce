// Light, dark or follow the device: saved in a cookie, so that the server renders the right theme.
import { on } from "../dom";

const THEMES: Record<string, string> = { light: "quen-light", dark: "quen-dark" };
const YEAR_SECONDS = 365 * 24 * 3600;

on("click", "[data-theme-choice]", (_event, button) => {
  const choice = button.dataset.themeChoice ?? "auto";
  const name = THEMES[choice];
  const root = document.documentElement;
  if (name) root.dataset.theme = name;
  else delete root.dataset.theme;
  document.cookie = `theme=${choice}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  for (const other of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
  }
});
