import { makeStyles, tokens } from '@fluentui/react-components';
import { type ReactElement, useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface ChartSeries {
  label: string;
  /** One value for each time. */
  values: readonly number[];
  dashed?: boolean;
}

const useStyles = makeStyles({
  frame: { position: 'relative', flexGrow: 1, minWidth: 0, minHeight: 0, overflow: 'hidden' },
  legend: { display: 'flex', gap: '14px', flexWrap: 'wrap', alignItems: 'center', minHeight: '18px' },
  key: { display: 'inline-flex', alignItems: 'center', gap: '5px' },
  swatch: { width: '14px', height: '0', borderTopWidth: '2px' },
  figure: { margin: 0, display: 'flex', flexDirection: 'column', gap: '2px', flexGrow: 1, minHeight: 0, minWidth: 0 },
  words: { color: tokens.colorNeutralForeground3 },
});

/** Steps of the axis: rates are binary. */
const binarySteps = Array.from({ length: 50 }, (_, power) => 2 ** power);

const strokes = [tokens.colorBrandForeground1, tokens.colorPalettePumpkinBorderActive] as const;

/** A theme token as the colour it stands for here: a canvas knows no variables. */
function colourOf(element: Element, token: string): string {
  const name = /var\((--[^)]+)\)/.exec(token)?.[1];
  return name === undefined ? token : getComputedStyle(element).getPropertyValue(name).trim();
}

interface Plotted {
  times: readonly number[];
  series: readonly ChartSeries[];
  formatValue: (value: number) => string;
}

/** The canvas; made once, and anew when the theme or the window's size asks for it. */
const Plot = ({ times, series, formatValue }: Plotted): ReactElement => {
  const styles = useStyles();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const latest = useRef<Plotted>({ times, series, formatValue });
  useEffect(() => {
    latest.current = { times, series, formatValue };
    plot.current?.setData(dataOf(times, series));
  }, [times, series, formatValue]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new UPlot(
        optionsOf(element, latest.current),
        dataOf(latest.current.times, latest.current.series),
        element,
      );
    };
    make();
    const resize = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)));
    resize.observe(element);
    // Another theme is other colours.
    const theme = new MutationObserver(make);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      resize.disconnect();
      theme.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  return <div ref={frame} className={styles.frame} />;
};

function sizeOf(element: Element): { width: number; height: number } {
  return { width: Math.max(80, element.clientWidth), height: Math.max(60, element.clientHeight) };
}

function optionsOf(element: Element, { series, formatValue }: Plotted): UPlot.Options {
  const line = { stroke: colourOf(element, tokens.colorNeutralStroke3), width: 1 };
  const axis = {
    stroke: colourOf(element, tokens.colorNeutralForeground3),
    grid: line,
    ticks: { ...line, size: 4 },
    font: '11px system-ui, sans-serif',
  };
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 4, 0, 0],
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      { ...axis, size: 22, values: '{HH}:{mm}:{ss}', space: 70 },
      { ...axis, size: 74, space: 26, incrs: binarySteps, values: (_plot, values) => values.map(formatValue) },
    ],
    series: [
      {},
      ...series.map((one, at) => ({
        label: one.label,
        stroke: colourOf(element, strokes[at % strokes.length] ?? strokes[0]),
        width: 1.5,
        points: { show: false },
        ...(one.dashed === true ? { dash: [5, 3] } : {}),
      })),
    ],
  };
}

/** Rates over time as lines, with the same in words beside it. Times in milliseconds. */
export const Chart = (
  props: Plotted & { label: string /** The picture in one sentence. */; text: string },
): ReactElement => {
  const styles = useStyles();
  const { times, series, formatValue } = props;
  return (
    <div className={styles.figure} aria-label={`${props.label}. ${props.text}`} role="img">
      <div className={styles.legend} aria-hidden>
        {series.map((one, at) => (
          <span key={one.label} className={styles.key}>
            <span
              className={styles.swatch}
              style={{
                borderTopStyle: one.dashed === true ? 'dashed' : 'solid',
                borderTopColor: strokes[at % strokes.length],
              }}
            />
            {one.label}
          </span>
        ))}
        <span className={styles.words}>{props.text}</span>
      </div>
      <Plot key={series.map((one) => one.label).join(' ')} times={times} series={series} formatValue={formatValue} />
    </div>
  );
};

function dataOf(times: readonly number[], series: readonly ChartSeries[]): UPlot.AlignedData {
  return [times.map((time) => time / 1000), ...series.map((one) => [...one.values])];
}
