// Charts: the library is loaded only on pages that have one. Without JavaScript the table beneath is shown.
import { mount } from "../dom";

mount("[data-chart]", (figure) => {
  void import("./chart").then(({ render }) => render(figure));
});
