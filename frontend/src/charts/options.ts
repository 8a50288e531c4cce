// The chart library's options for each kind of chart.
import type { EChartsCoreOption } from "echarts/core";
import { token } from "./colours";
import type { ChartData, Series } from "./data";

const MAX_BAR_WIDTH = 24;
const FONT = '"Quen Figures", "Be Vietnam Pro", ui-sans-serif, sans-serif';

/** Numbers in the page's language: 1.234 or 1,234; 41,2%. */
export function formatNumber(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(
    value,
  );
  if (unit === "percent") return `${number}%`;
  return unit ? `${number}\u00a0${unit}` : number;
}

/** Axis labels: 12 N (thousand) in Vietnamese, 12K in English. */
function formatShort(value: number, unit: string): string {
  if (unit === "percent") return formatNumber(value, unit);
  const format = { notation: "compact", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(document.documentElement.lang, format).format(value);
}

/** At least `minBuckets` categories, so that a day with one hour of data is not drawn as one giant bar. */
export function padded(data: ChartData): ChartData {
  const missing = data.minBuckets - data.categories.length;
  if (missing <= 0) return data;
  return {
    ...data,
    categories: [...data.categories, ...Array<string>(missing).fill("")],
    series: data.series.map((each) => ({
      ...each,
      values: [...each.values, ...Array<null>(missing).fill(null)],
    })),
  };
}

function common(data: ChartData): EChartsCoreOption {
  return {
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: FONT, fontSize: 12, color: token("ink-2") },
    tooltip: {
      confine: true,
      backgroundColor: token("color-base-100"),
      borderColor: token("color-base-300"),
      textStyle: { color: token("color-base-content"), fontFamily: FONT, fontSize: 13 },
      valueFormatter: (value: unknown) => formatNumber(value as number | null, data.unit),
    },
    legend: {
      show: data.series.length > 1,
      bottom: 0,
      icon: "roundRect",
      itemWidth: 10,
      itemHeight: 10,
      textStyle: { color: token("ink-2") },
    },
  };
}

function axes(data: ChartData): EChartsCoreOption {
  return {
    grid: { left: 8, right: 8, top: 12, bottom: data.series.length > 1 ? 36 : 4, containLabel: true },
    xAxis: {
      type: "category",
      data: data.categories,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: token("color-base-300") } },
      axisLabel: { color: token("ink-3"), hideOverlap: true },
    },
    yAxis: {
      type: "value",
      // Bars and areas are compared by their length: the axis begins at zero.
      min: (extent: { min: number }) => Math.min(0, extent.min),
      minInterval: data.unit === "percent" ? 0 : 1,
      splitNumber: 4,
      axisLabel: { color: token("ink-3"), formatter: (value: number) => formatShort(value, data.unit) },
      splitLine: { lineStyle: { color: token("color-base-300") } },
    },
  };
}

function barOptions(data: ChartData, stacked: boolean): EChartsCoreOption {
  return {
    ...common(data),
    ...axes(data),
    tooltip: { ...(common(data).tooltip as object), trigger: "axis", axisPointer: { type: "shadow" } },
    series: data.series.map((series, index) => ({
      type: "bar",
      name: series.name,
      data: series.values,
      stack: stacked ? "total" : undefined,
      barMaxWidth: MAX_BAR_WIDTH,
      barMinHeight: 1,
      itemStyle: {
        color: token(series.colour),
        borderRadius: !stacked || index === data.series.length - 1 ? [3, 3, 0, 0] : 0,
      },
    })),
  };
}

function lineOptions(data: ChartData, area: boolean): EChartsCoreOption {
  return {
    ...common(data),
    ...axes(data),
    tooltip: { ...(common(data).tooltip as object), trigger: "axis" },
    series: data.series.map((series) => ({
      type: "line",
      name: series.name,
      data: series.values,
      showSymbol: series.values.length < 3,
      symbolSize: 6,
      lineStyle: { width: 2, color: token(series.colour) },
      itemStyle: { color: token(series.colour) },
      areaStyle: area ? { color: token(series.colour), opacity: 0.12 } : undefined,
    })),
  };
}

function parts(data: ChartData): { name: string; value: number; itemStyle: { color: string } }[] {
  const [first] = data.series;
  const colours = ["mark", "color-success", "color-warning", "ava-3-ink", "ava-5-ink", "mark-rest"];
  return data.categories.map((name, index) => ({
    name,
    value: first?.values[index] ?? 0,
    itemStyle: { color: token(colours[Math.min(index, colours.length - 1)] as string) },
  }));
}

function funnelOptions(data: ChartData): EChartsCoreOption {
  const steps = parts(data).map((each) => ({
    ...each,
    itemStyle: { color: token(data.series[0]?.colour ?? "mark") },
  }));
  const top = Math.max(...steps.map((each) => each.value), 1);
  return {
    ...common(data),
    tooltip: { ...(common(data).tooltip as object), trigger: "item" },
    // One base for all widths: the largest step. The axis of a funnel is a horizontal bar chart from zero.
    grid: { left: 8, right: 96, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", min: 0, max: top, show: false },
    yAxis: {
      type: "category",
      inverse: true,
      data: data.categories,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { color: token("ink-2") },
    },
    series: [
      {
        type: "bar",
        data: steps,
        barMaxWidth: MAX_BAR_WIDTH,
        showBackground: true,
        backgroundStyle: { color: token("tint"), borderRadius: 3 },
        itemStyle: { borderRadius: 3 },
        label: {
          show: true,
          position: "right",
          color: token("color-base-content"),
          formatter: ({ value }: { value: number }) =>
            `${formatNumber(value, data.unit)}  ${formatNumber((value / top) * 100, "percent")}`,
        },
      },
    ],
  };
}

function donutOptions(data: ChartData): EChartsCoreOption {
  return {
    ...common(data),
    tooltip: { ...(common(data).tooltip as object), trigger: "item" },
    legend: { ...(common(data).legend as object), show: true },
    series: [
      {
        type: "pie",
        radius: ["40%", "62%"],
        center: ["50%", "44%"],
        startAngle: 90,
        data: parts(data),
        itemStyle: { borderColor: token("color-base-100"), borderWidth: 2 },
        label: {
          color: token("ink-2"),
          overflow: "none",
          formatter: ({ percent }: { percent: number }) => formatNumber(percent, "percent"),
        },
      },
    ],
  };
}

function heatMapOptions(data: ChartData): EChartsCoreOption {
  const cells = data.series.flatMap((row, y) => row.values.map((value, x) => [x, y, value ?? "-"]));
  const largest = Math.max(...data.series.flatMap((row: Series) => row.values.map((value) => value ?? 0)), 1);
  const base = axes({ ...data, series: [] });
  return {
    ...common({ ...data, series: [] }),
    grid: { left: 8, right: 8, top: 8, bottom: 44, containLabel: true },
    tooltip: {
      ...(common(data).tooltip as object),
      trigger: "item",
      formatter: ({ value }: { value: [number, number, number] }) =>
        `${data.series[value[1]]?.name ?? ""}, ${data.categories[value[0]] ?? ""}: ${formatNumber(value[2], data.unit)}`,
    },
    xAxis: base.xAxis,
    yAxis: {
      type: "category",
      inverse: true,
      data: data.series.map((row) => row.name),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { color: token("ink-2") },
    },
    visualMap: {
      min: 0,
      max: largest,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 120,
      itemWidth: 10,
      textStyle: { color: token("ink-3") },
      formatter: (value: number) => formatShort(value, data.unit),
      inRange: { color: [token("tint"), token("mark")] },
    },
    series: [
      {
        type: "heatmap",
        data: cells,
        itemStyle: { borderColor: token("color-base-100"), borderWidth: 2, borderRadius: 3 },
      },
    ],
  };
}

export function optionsFor(raw: ChartData): EChartsCoreOption {
  const data = raw.kind === "funnel" || raw.kind === "donut" || raw.kind === "heat_map" ? raw : padded(raw);
  switch (data.kind) {
    case "bars":
      return barOptions(data, false);
    case "stacked_bars":
      return barOptions(data, true);
    case "lines":
      return lineOptions(data, false);
    case "area":
      return lineOptions(data, true);
    case "funnel":
      return funnelOptions(data);
    case "donut":
      return donutOptions(data);
    case "heat_map":
      return heatMapOptions(data);
  }
}
