import { makeStyles, tokens } from '@fluentui/react-components';
import { type PointerEvent, type ReactElement, useId } from 'react';

export interface TimelineDay {
  /** `2026-11-21` */
  date: string;
  pointCount: number;
}

export interface TimelinePoint {
  createdAt: number;
  kind: 'full' | 'increment';
}

export interface RetentionTimelineProps {
  title: string;
  days: readonly TimelineDay[];
  /** Index of the day looked at. */
  day: number;
  onDay: (index: number) => void;
  /** What is on disk at the end of that day, in words: also what a screen reader hears. */
  sentence: string;
  /** The restore points on disk then, oldest first. */
  points: readonly TimelinePoint[];
  dayLabel: string;
  fullLabel: string;
  incrementLabel: string;
  formatDay: (date: string) => string;
}

const width = 640;
const height = 72;
const marksHeight = 34;

const useStyles = makeStyles({
  box: {
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    padding: tokens.spacingHorizontalM,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    maxWidth: '680px',
  },
  title: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  chart: { width: '100%', height: `${height}px`, display: 'block', touchAction: 'none', cursor: 'crosshair' },
  marks: { width: '100%', height: `${marksHeight}px`, display: 'block' },
  area: { fill: tokens.colorBrandBackground2, stroke: tokens.colorBrandStroke1 },
  axis: { stroke: tokens.colorNeutralStroke1 },
  cursor: { stroke: tokens.colorPaletteRedForeground1 },
  full: { fill: tokens.colorBrandBackground },
  increment: { fill: tokens.colorNeutralBackground1, stroke: tokens.colorBrandStroke1 },
  ends: {
    display: 'flex',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  slider: { width: '100%', margin: 0, accentColor: tokens.colorBrandForeground1 },
  sentence: { margin: 0, minHeight: '40px' },
  legend: { display: 'inline-flex', alignItems: 'center', gap: tokens.spacingHorizontalXS },
});

/** One step per day: what is on disk at the end of it. */
const areaPath = (days: readonly TimelineDay[], most: number): string => {
  const x = (index: number) => ((index / days.length) * width).toFixed(2);
  const y = (count: number) => (height - 1 - (count / most) * (height - 12)).toFixed(2);
  let path = `M0 ${height - 1}`;
  for (const [index, day] of days.entries()) {
    const before = days[index - 1]?.pointCount;
    if (before === day.pointCount) continue;
    if (before !== undefined) path += `L${x(index)} ${y(before)}`;
    path += `L${x(index)} ${y(day.pointCount)}`;
  }
  return `${path}L${width} ${y(days.at(-1)?.pointCount ?? 0)}L${width} ${height - 1}Z`;
};

/**
 * What retention leaves on disk on every day of a span: the count as an area, a day to look at (pointer or slider),
 * and that day's restore points, each where it stands in time.
 */
export const RetentionTimeline = (props: RetentionTimelineProps): ReactElement => {
  const styles = useStyles();
  const titleId = useId();
  const sentenceId = useId();
  const { days, day, points } = props;
  const most = Math.max(1, ...days.map((one) => one.pointCount));
  const cursorX = ((day + 0.5) / Math.max(1, days.length)) * width;
  const look = (event: PointerEvent<SVGSVGElement>) => {
    if (event.type === 'pointermove' && event.buttons === 0 && event.pointerType !== 'mouse') return;
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * days.length);
    props.onDay(Math.max(0, Math.min(days.length - 1, index)));
  };
  const oldest = points[0]?.createdAt ?? 0;
  const span = Math.max(1, (points.at(-1)?.createdAt ?? 0) - oldest);
  const markX = (at: number) => (points.length === 1 ? width / 2 : 10 + ((at - oldest) / span) * (width - 20));
  const radius = points.length > 120 ? 2 : points.length > 50 ? 3 : 5;
  return (
    <div className={styles.box} role="group" aria-labelledby={titleId}>
      <h3 id={titleId} className={styles.title}>
        {props.title}
      </h3>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        aria-hidden
        onPointerDown={look}
        onPointerMove={look}
      >
        <path d={areaPath(days, most)} className={styles.area} vectorEffect="non-scaling-stroke" />
        <line
          x1={cursorX}
          x2={cursorX}
          y1={0}
          y2={height}
          className={styles.cursor}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <input
        type="range"
        className={styles.slider}
        aria-label={props.dayLabel}
        aria-valuetext={props.sentence}
        min={0}
        max={Math.max(0, days.length - 1)}
        value={day}
        onChange={(event) => props.onDay(Number(event.currentTarget.value))}
      />
      <div className={styles.ends} aria-hidden>
        <span>{props.formatDay(days[0]?.date ?? '')}</span>
        <span>{props.formatDay(days.at(-1)?.date ?? '')}</span>
      </div>
      <p id={sentenceId} className={styles.sentence}>
        {props.sentence}
      </p>
      <svg className={styles.marks} viewBox={`0 0 ${width} ${marksHeight}`} aria-hidden>
        <line x1={0} x2={width} y1={marksHeight / 2} y2={marksHeight / 2} className={styles.axis} />
        {points.map((point) =>
          point.kind === 'full' ? (
            <rect
              key={point.createdAt}
              x={markX(point.createdAt) - radius}
              y={marksHeight / 2 - radius * 2}
              width={radius * 2}
              height={radius * 4}
              className={styles.full}
            />
          ) : (
            <circle
              key={point.createdAt}
              cx={markX(point.createdAt)}
              cy={marksHeight / 2}
              r={radius}
              className={styles.increment}
            />
          ),
        )}
      </svg>
      <div className={styles.ends} aria-hidden>
        <span className={styles.legend}>
          <svg width="12" height="12">
            <rect x="3" width="6" height="12" className={styles.full} />
          </svg>
          {props.fullLabel}
          <svg width="12" height="12">
            <circle cx="6" cy="6" r="5" className={styles.increment} />
          </svg>
          {props.incrementLabel}
        </span>
      </div>
    </div>
  );
};
