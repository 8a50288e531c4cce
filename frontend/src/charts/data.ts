// What the server writes for a chart: quen.ui.charts.Chart.as_json.

export type ChartKind = "bars" | "stacked_bars" | "lines" | "area" | "funnel" | "donut" | "heat_map";

export interface Series {
  name: string;
  values: (number | null)[];
  colour: string;
}

export interface ChartData {
  kind: ChartKind;
  categories: string[];
  series: Series[];
  /** "" for plain numbers, "percent", or a currency sign written after the number */
  unit: string;
  minBuckets: number;
}
