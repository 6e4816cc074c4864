import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { Bin } from './bin-seconds.ts';
import { toVariable, type Colour } from './chart-colours.ts';

/** Times on the chart are ms from its zero, the beginning of the fault. */
export type Bar = {
  readonly from: number;
  readonly until: number;
  /** From the top of the row to its bottom, 0 to 1; the whole row when absent. */
  readonly place?: readonly [top: number, bottom: number];
  readonly look: Look;
  readonly label?: string;
  /** Above the bar instead of on it. */
  readonly labelAbove?: boolean;
};

/** A fill that can be told apart without colours: plain, hatched, framed, a wash behind everything, or a thin line. */
export type Look = {
  readonly colour: Colour;
  readonly style: 'solid' | 'hatched' | 'framed' | 'wash' | 'line' | 'diamond';
};

/** Draws rectangles over time: spans, lanes, outages, and diamonds at moments. */
export function toBars(row: number, bars: readonly Bar[], z: number): CustomSeriesOption {
  return {
    type: 'custom',
    xAxisIndex: row,
    yAxisIndex: row,
    silent: true,
    z,
    clip: false,
    data: bars.map(({ from, until }, index) => [from, until, index]),
    encode: { x: [0, 1] },
    renderItem: (params, api) => {
      const bar = bars[params.dataIndex];
      // Every row is a grid, of which echarts says more than its type.
      const plot = params.coordSys as Grid;
      if (!bar) return null;
      const toX = (at: number) => api.coord([at, 0])[0] ?? 0;
      return toShape(bar, { plot, left: toX(bar.from), right: toX(bar.until) });
    },
  };
}

type Box = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};
type Grid = Box & { readonly type: string };
type Room = { readonly plot: Box; readonly left: number; readonly right: number };

function toShape({ place = [0, 1], look, label, labelAbove }: Bar, { plot, left, right }: Room) {
  const [y, bottom] = place.map((share) => plot.y + share * plot.height) as [number, number];
  const [x, width] = [left, Math.max(right - left, 1.5)];
  const middle = (y + bottom) / 2;
  const colour = toVariable(look.colour);
  const text =
    label === undefined ? [] : [toLabel(label, x + width / 2, labelAbove ? y - 9 : middle)];
  if (look.style === 'diamond') return group([toDiamond(x, middle, colour)]);
  if (look.style === 'line')
    return group([
      {
        type: 'line' as const,
        shape: { x1: x, y1: middle, x2: x + width, y2: middle },
        style: { stroke: colour, lineWidth: 1.5, lineDash: [2, 4] },
      },
    ]);
  const shape = { x, y, width, height: bottom - y, r: look.style === 'wash' ? 0 : 3 };
  const rect = { type: 'rect' as const, shape, style: toFill(look.style, colour) };
  return group([rect, ...text]);
}

function group<Child>(children: Child[]) {
  return { type: 'group' as const, children };
}

function toFill(style: Exclude<Look['style'], 'line' | 'diamond'>, colour: string) {
  if (style === 'wash') return { fill: colour, fillOpacity: 0.13 };
  if (style === 'framed')
    return { fill: colour, fillOpacity: 0.18, stroke: colour, lineWidth: 1.5 };
  if (style === 'solid') return { fill: colour };
  return {
    fill: toVariable('page'),
    stroke: colour,
    lineWidth: 1.5,
    decal: {
      symbol: 'rect',
      color: colour,
      dashArrayX: [1, 0],
      dashArrayY: [2.5, 3.5],
      rotation: -Math.PI / 4,
    },
  };
}

function toDiamond(x: number, y: number, colour: string) {
  const reach = 6.5;
  const points = [
    [x, y - reach],
    [x + reach, y],
    [x, y + reach],
    [x - reach, y],
  ];
  return {
    type: 'polygon' as const,
    shape: { points },
    style: { fill: colour, stroke: toVariable('page'), lineWidth: 1.5 },
  };
}

export const textStyle = { fontSize: 12, fontFamily: 'system-ui, Inter, sans-serif' } as const;

function toLabel(text: string, x: number, y: number) {
  return {
    type: 'text' as const,
    style: {
      ...textStyle,
      text,
      x,
      y,
      align: 'center' as const,
      verticalAlign: 'middle' as const,
      fontWeight: 600,
      fill: toVariable('ink'),
    },
  };
}

/** A line over the bins in steps, broken where nothing was recorded. */
export function toSteps(
  row: number,
  bins: readonly Bin[],
  { value, zero, colour, dashes, filled = false }: StepOptions,
): LineSeriesOption {
  const data = bins.flatMap((bin, index) => {
    const [from, until, y] = [bin.from - zero, bin.until - zero, value(bin)];
    const next = bins[index + 1];
    if (y === null) return [];
    // Where nothing was measured no line may lead across.
    const isBroken = next === undefined || next.from > bin.until || value(next) === null;
    return isBroken
      ? [
          [from, y],
          [until, y],
          [until, null],
        ]
      : [[from, y]];
  });
  return {
    type: 'line',
    xAxisIndex: row,
    yAxisIndex: row,
    step: 'end',
    silent: true,
    showSymbol: false,
    emphasis: { disabled: true },
    z: 4,
    lineStyle: { color: toVariable(colour), width: 2, type: dashes ? [...dashes] : 'solid' },
    ...(filled ? { areaStyle: { color: toVariable(colour), opacity: 0.14 } } : {}),
    data,
  };
}

type StepOptions = {
  readonly value: (bin: Bin) => number | null;
  readonly zero: number;
  readonly colour: Colour;
  readonly dashes?: readonly number[];
  readonly filled?: boolean;
};

/** What the hypothesis demands: a value of the axis, and its words where there is room for them. */
export type BoundLine = { readonly at: number; readonly text?: string };

/** Draws dotted lines across a row, each with its words. */
export function toBound(bounds: readonly BoundLine[], colour: Colour = 'ink'): object {
  return {
    silent: true,
    symbol: 'none',
    data: bounds.map(({ at, text = '' }) => ({
      yAxis: at,
      label: {
        show: text !== '',
        ...textStyle,
        fontSize: 11,
        position: 'insideStartBottom',
        formatter: text,
        color: toVariable(colour),
      },
    })),
    lineStyle: { color: toVariable(colour), type: [2, 3], width: 1.5 },
  };
}
