/** Options that the command lines of several kinds of job share. */
import { parseRetry, parseSchedule, retryWords, scheduleWords } from '../schedule-words.ts';
import { UnreadableWords } from '../unreadable-words.ts';
import type { CommonJobSettings, JobFlag, JobOption, WordsContext } from './kind.ts';
import type { BackupSelection, RetentionRule, Schedule } from './shapes.ts';

const value = (placeholder: string, help: string): JobFlag => ({ form: 'value', placeholder, help });

/** A whole number. @throws UnreadableWords */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UnreadableWords(`"${text}" is not a whole number.`);
  return Number(text);
}

/** A change of one setting; undefined: none. */
function given<Field extends string, T>(field: Field, is: T | undefined): Record<Field, T> | undefined {
  return is === undefined ? undefined : ({ [field]: is } as Record<Field, T>);
}

export function readSchedule(text: string, { find }: WordsContext): Promise<Schedule> {
  return parseSchedule(text, find.job);
}

export const nameOption: JobOption<CommonJobSettings> = {
  fields: ['name'],
  flags: { name: value('NAME', 'name of the job') },
  words: ({ name }) => [['name', name]],
  read: (typed) => given('name', typed.text('name')),
};

export const descriptionOption: JobOption<CommonJobSettings> = {
  fields: ['description'],
  flags: { description: value('TEXT', 'what it is for') },
  words: ({ description }) => [['description', description]],
  read: (typed) => given('description', typed.text('description')),
};

/** `usual`: what the kind does when no schedule is given, in words. */
export function scheduleOption(usual: string): JobOption<CommonJobSettings> {
  return {
    fields: ['schedule'],
    flags: {
      schedule: value(
        'WHEN',
        `when it runs: "daily 22:00", "weekly mon,thu 22:00", "after NAME" … (default: ${usual})`,
      ),
    },
    words: ({ schedule }, names) => [['schedule', scheduleWords(schedule, names.job)]],
    read: async (typed, context) => {
      const text = typed.text('schedule');
      return text === undefined ? undefined : { schedule: await readSchedule(text, context) };
    },
  };
}

export const retryOption: JobOption<CommonJobSettings> = {
  fields: ['retry'],
  flags: { retry: value('N/WAIT', 'scheduled runs that fail are tried again, like 3/10m (default: 3/10m)') },
  words: ({ retry }) => [['retry', retryWords(retry)]],
  read: (typed) => {
    const text = typed.text('retry');
    return text === undefined ? undefined : { retry: parseRetry(text) };
  },
};

/** `usual`: what is kept when neither is given. */
export function retentionOption(usual: RetentionRule): JobOption<{ retention: RetentionRule }> {
  const usually = (kind: RetentionRule['kind'], amount: number): string =>
    usual.kind === kind ? ` (default: ${amount})` : '';
  const amount = usual.kind === 'points' ? usual.count : usual.days;
  return {
    fields: ['retention'],
    flags: {
      'keep-points': value('N', `keep this many restore points of each machine${usually('points', amount)}`),
      'keep-days': value('N', `keep restore points this many days${usually('days', amount)}`),
    },
    words: ({ retention }) => [
      retention.kind === 'points' ? ['keep-points', String(retention.count)] : ['keep-days', String(retention.days)],
    ],
    read: (typed) => {
      const points = typed.text('keep-points');
      const days = typed.text('keep-days');
      if (points !== undefined && days !== undefined) {
        throw new UnreadableWords('--keep-points and --keep-days exclude each other.');
      }
      if (points !== undefined) return { retention: { kind: 'points', count: wholeNumber(points) } };
      return days === undefined ? undefined : { retention: { kind: 'days', days: wholeNumber(days) } };
    },
  };
}

export function repositoryOption(help: string): JobOption<{ repositoryId: string }> {
  return {
    fields: ['repositoryId'],
    flags: { repository: value('REPOSITORY', help) },
    words: ({ repositoryId }, names) => [['repository', names.repository(repositoryId)]],
    read: async (typed, { find }) => {
      const name = typed.text('repository');
      return name === undefined ? undefined : { repositoryId: await find.repository(name) };
    },
  };
}

/** One of a few words. `help` ends with its default. */
export function choiceOption<Field extends string, const Word extends string>(
  flag: string,
  field: Field,
  choices: readonly Word[],
  help: string,
): JobOption<Record<Field, Word>> {
  return {
    fields: [field],
    flags: { [flag]: value(choices.join('|'), help) },
    words: (settings) => [[flag, settings[field]]],
    read: (typed) => {
      const text = typed.text(flag);
      if (text === undefined) return undefined;
      const word = choices.find((one) => one === text);
      if (word === undefined) throw new UnreadableWords(`"${text}" is not one of ${choices.join(', ')}.`);
      return given(field, word);
    },
  };
}

export function numberOption<Field extends string>(
  flag: string,
  field: Field,
  help: string,
): JobOption<Record<Field, number>> {
  return {
    fields: [field],
    flags: { [flag]: value('N', help) },
    words: (settings) => [[flag, String(settings[field])]],
    read: (typed) => {
      const text = typed.text(flag);
      return text === undefined ? undefined : given(field, wholeNumber(text));
    },
  };
}

/** On and off; both can be said, so that an edited job can go back. */
export function switchOption<Field extends string>(
  flag: string,
  field: Field,
  help: string,
  offHelp: string,
): JobOption<Record<Field, boolean>> {
  return {
    fields: [field],
    flags: { [flag]: { form: 'switch', help, offHelp } },
    words: (settings) => [[settings[field] ? flag : `no-${flag}`, true]],
    read: (typed) => given(field, typed.on(flag)),
  };
}

export const keyOption: JobOption<{ keyId?: string | undefined }> = {
  fields: ['keyId'],
  flags: { key: value('KEY', 'encrypt with this key ("none": do not; a copy then stays as its source is)') },
  words: ({ keyId }, names) => [['key', keyId === undefined ? 'none' : names.key(keyId)]],
  read: async (typed, { find }) => {
    const name = typed.text('key');
    if (name === undefined) return undefined;
    return { keyId: name === 'none' ? undefined : await find.key(name) };
  },
};

export const selectionOption: JobOption<{ sources: BackupSelection }> = {
  fields: ['sources'],
  flags: {
    'from-job': { form: 'list', placeholder: 'JOB', help: 'take what this job makes' },
    'from-repository': { form: 'list', placeholder: 'REPOSITORY', help: 'take what is in this repository' },
    exclude: { form: 'list', placeholder: 'MACHINE', help: 'leave this machine out' },
  },
  words: ({ sources }, names) => [
    ...sources.jobIds.map((id) => ['from-job', names.job(id)] as const),
    ...sources.repositoryIds.map((id) => ['from-repository', names.repository(id)] as const),
    ...sources.excludedMachineIds.map((id) => ['exclude', id] as const),
  ],
  read: async (typed, { find }, before) => {
    const sourcesGiven = typed.list('from-job').length + typed.list('from-repository').length > 0;
    if (!sourcesGiven && typed.list('exclude').length === 0) return undefined;
    const ids = (flag: string, by: (name: string) => Promise<string>): Promise<string[]> =>
      Promise.all(typed.list(flag).map(by));
    const sources = {
      jobIds: sourcesGiven ? await ids('from-job', find.job) : (before?.sources.jobIds ?? []),
      repositoryIds: sourcesGiven
        ? await ids('from-repository', find.repository)
        : (before?.sources.repositoryIds ?? []),
      excludedMachineIds:
        typed.list('exclude').length > 0
          ? await ids('exclude', find.machine)
          : (before?.sources.excludedMachineIds ?? []),
    };
    return { sources };
  },
};
