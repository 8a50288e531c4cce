// A chart drawn as SVG above its table. The table stays in the page: it is what screen readers get, and a button
// shows it to everybody.
import { BarChart, HeatmapChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { announce } from "../dom";
import { onThemeChange } from "./colours";
import type { ChartData } from "./data";
import { formatNumber, optionsFor } from "./options";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  PieChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  SVGRenderer,
]);

const charts = new Map<HTMLElement, () => void>();
onThemeChange(() => charts.forEach((draw) => draw()));

export function render(figure: HTMLElement): void {
  const plot = figure.querySelector<HTMLElement>("[data-chart-plot]");
  const source = figure.querySelector("script[type='application/json']");
  const toggle = figure.querySelector<HTMLButtonElement>("[data-chart-toggle]");
  if (!plot || !source || !toggle) return;
  const data = JSON.parse(source.textContent ?? "") as ChartData;

  figure.classList.add("is-drawn");
  plot.hidden = toggle.hidden = false;
  const chart = init(plot, null, { renderer: "svg" });
  const draw = (): void => chart.setOption(optionsFor(data), true);
  draw();
  charts.set(figure, draw);
  const sizes = new ResizeObserver(() => {
    if (figure.isConnected) chart.resize();
    else {
      sizes.disconnect();
      charts.delete(figure);
      chart.dispose();
    }
  });
  sizes.observe(plot);

  toggle.addEventListener("click", () => {
    const asTable = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(asTable));
    figure.classList.toggle("is-table", asTable);
    plot.hidden = asTable;
    if (!asTable) chart.resize();
  });
  walkByKeys(plot, chart, data);
}

/** Arrow keys walk along the values; each is shown as a tooltip and read aloud. */
function walkByKeys(plot: HTMLElement, chart: ECharts, data: ChartData): void {
  let index = -1;
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") chart.dispatchAction({ type: "hideTip" });
    if (!step || !data.categories.length) return;
    event.preventDefault();
    index = (index + step + data.categories.length) % data.categories.length;
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: index });
    const values = data.series.map((series) => {
      const value = formatNumber(series.values[index], data.unit);
      return data.series.length > 1 ? `${series.name} ${value}` : value;
    });
    announce(`${data.categories[index]}: ${values.join(", ")}`);
  });
  plot.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
}
