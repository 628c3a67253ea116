import { type ReactElement, useMemo, useState } from 'react';
import { oneYearAfter, type PointSizes, pointsAt, previewRetention } from '../../../shared/domain/retention-preview.ts';
import type { RetentionRule } from '../../../shared/domain/retention.ts';
import { Quiet } from '../../ui/wizard/layout.tsx';
import { RoomNote } from './room-note.tsx';
import { RetentionTimeline } from '../../ui/wizard/retention-timeline.tsx';
import {
  type Schedule,
  type ScheduleDraft,
  scheduleOfDraft,
  scheduleProblems,
} from '../../ui/wizard/schedule-draft.ts';
import { counted, day as dayText, moment, size } from '../words.ts';
import { say } from '../../say.ts';

const nothing: PointSizes = { fullBytes: 0, incrementBytes: 0 };

const t = {
  title: say('Retention preview: what will be on disk on any day of the next year'),
  day: say('Day to look at'),
  full: 'full',
  increment: 'increment',
  nothing: (date: string) => say`${date}: nothing is on disk yet.`,
  sentence: (date: string, points: string, parts: string, oldest: string, newest: string, bytes: string) =>
    say`${date}: ${points} (${parts}), from ${oldest} to ${newest}${bytes}.`,
  bytes: (bytes: number) => say`, about ${size(bytes)}`,
  sizes: (full: number, increment: number, peak: number) =>
    say`Taking ${size(full)} for a full and ${size(increment)} for an increment; at most ${size(peak)} at one time.`,
} as const;

/**
 * For these settings, from the function that the engine itself runs. Without sizes only points are counted. Draws
 * nothing while the settings are not valid.
 */
export const RetentionPreview = (props: {
  rule: RetentionRule;
  schedule: ScheduleDraft;
  sizes: PointSizes | null;
  /** Room in the repository now; null where it is not known. */
  freeBytes: number | null;
}): ReactElement | null => {
  const [now] = useState(() => Date.now());
  const [chosenDay, setChosenDay] = useState(30);
  const amount = props.rule.kind === 'points' ? props.rule.count : props.rule.days;
  const limit = props.rule.kind === 'points' ? 9999 : 36_500;
  const valid = Number.isInteger(amount) && amount >= 1 && amount <= limit;
  const schedule: Schedule =
    scheduleProblems(props.schedule).length === 0 ? scheduleOfDraft(props.schedule) : { kind: 'manual' };
  const question = JSON.stringify([props.rule, schedule, props.sizes]);
  const preview = useMemo(() => {
    if (!valid) return null;
    const [rule, times, sizes] = JSON.parse(question) as [RetentionRule, Schedule, PointSizes | null];
    return previewRetention(rule, times, sizes ?? nothing, now, oneYearAfter(now), {
      timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
  }, [question, valid, now]);
  if (preview === null || preview.days.length === 0) return null;

  const index = Math.min(chosenDay, preview.days.length - 1);
  const looked = preview.days[index];
  if (looked === undefined) return null;
  const points = pointsAt(preview, looked.endsAt);
  const fulls = points.filter((point) => point.kind === 'full').length;
  const oldest = points[0];
  const newest = points.at(-1);
  const sentence =
    oldest === undefined || newest === undefined
      ? t.nothing(dayText(looked.endsAt))
      : t.sentence(
          dayText(looked.endsAt),
          counted(points.length, say('restore point')),
          say`${counted(fulls, say('full'))} and ${counted(points.length - fulls, say('increment'))}`,
          moment(oldest.createdAt),
          moment(newest.createdAt),
          props.sizes === null ? '' : t.bytes(looked.bytes),
        );
  return (
    <>
      <RetentionTimeline
        title={t.title}
        days={preview.days}
        day={index}
        onDay={setChosenDay}
        sentence={sentence}
        points={points}
        dayLabel={t.day}
        fullLabel={t.full}
        incrementLabel={t.increment}
        formatDay={(date) => dayText(Date.parse(`${date}T12:00:00`))}
      />
      {preview.assumptions.map((assumption) => (
        <Quiet key={assumption}>{assumption}</Quiet>
      ))}
      {props.sizes === null ? null : (
        <>
          <Quiet>{t.sizes(props.sizes.fullBytes, props.sizes.incrementBytes, preview.peakBytes)}</Quiet>
          {props.freeBytes === null ? null : <RoomNote neededBytes={preview.peakBytes} freeBytes={props.freeBytes} />}
        </>
      )}
    </>
  );
};
