import type { Schedule } from '../../shared/domain/schedule.ts';

/** A schedule as the command line takes it: `daily 22:00`, `weekly monday,friday 22:00`, `monthly 15 03:00`. */
export const scheduleWords = (schedule: Schedule): string => {
  switch (schedule.kind) {
    case 'daily':
      return schedule.days.length === 7 ? `daily ${schedule.at}` : `weekly ${schedule.days.join(',')} ${schedule.at}`;
    case 'monthly': {
      const day =
        'dayOfMonth' in schedule.on ? String(schedule.on.dayOfMonth) : `${schedule.on.week} ${schedule.on.day}`;
      const months = schedule.months.length === 12 ? '' : ` ${schedule.months.join(',')}`;
      return `monthly ${day} ${schedule.at}${months}`;
    }
    case 'periodic':
      return `every ${schedule.everyMinutes}m`;
    case 'after-job':
      return `after ${schedule.jobId}`;
    case 'manual':
    case 'continuous':
      return schedule.kind;
  }
};
