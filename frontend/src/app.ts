import "./app.css";
import Alpine from "@alpinejs/csp";
import "htmx.org";
import "./requests";
import "./theme";
import "./dialogs";
import "./menus";
import "./toasts";
import "./palette";
import "./keys";
import "./list";
import "./fields";
import "./combobox";
import "./calendar";
import "./files";
import "./live";

// For x-data="open": something that opens and closes. Longer behaviour gets a module of its own here.
Alpine.data("open", () => ({
  shown: false,
  toggle() {
    this.shown = !this.shown;
  },
  hide() {
    this.shown = false;
  },
}));
Alpine.start();
