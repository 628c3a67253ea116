import type { z } from 'zod';
import type { CommandOption } from '../command-line.ts';
import type { BackupSelection, Retry, Schedule } from './shapes.ts';

/** What the settings of every kind of job have. */
export interface CommonJobSettings {
  name: string;
  description: string;
  schedule: Schedule;
  retry: Retry;
}

/** Names for the ids in settings; an id that nothing has any more is its own name. */
export interface JobNames {
  repository(id: string): string;
  job(id: string): string;
  pool(id: string): string;
  key(id: string): string;
}

/** A job as the rules of another one see it. */
export interface OtherJob {
  id: string;
  name: string;
  kind: string;
  /** The repository that its restore points go to; null: they do not stand on disk. */
  repositoryId: string | null;
  /** The job that it runs after; null where its schedule is another one. */
  runsAfterJobId: string | null;
}

/**
 * What rules have to know beside the settings: plain values that engine and console both can give. A list that is absent is
 * not known (a console that is still asking), and nothing is held against it.
 */
export interface JobFacts {
  /** The job's own id; absent for one that is only about to be. */
  ownId?: string | undefined;
  jobs: readonly OtherJob[];
  repositories?: readonly { id: string; name: string }[] | undefined;
  /** Media pools that jobs can write to. */
  pools?: readonly { id: string }[] | undefined;
  keys?: readonly { id: string }[] | undefined;
}

/** Something that settings cannot be saved with. `field` is a dotted path: `repositoryId`, `machines.1.name`. */
export interface JobProblem {
  field: string;
  message: string;
  advice: string;
}

/** One thing that a run would read: a machine's newest restore point, or a disk. */
export interface JobPart {
  name: string;
  bytes: number;
  /** Restore points it has; 0 for disks. */
  points: number;
  /** Backup files that the newest of them is read from. */
  files: number;
  encrypted: boolean;
}

/** What the engine sees when it looks at what a job with these settings would do. */
export interface JobSight {
  parts: readonly JobPart[];
  /** The tape that would be written next and why; null where no tape is written or none can be. */
  nextTape: { text: string; reason: string } | null;
}

/** That sight in words. */
export interface JobOutlook {
  sentences: string[];
  /** How the estimate is made up, a line each. */
  arithmetic: string[];
  /** Null: nothing is known to estimate from. */
  estimatedBytes: number | null;
}

/** How an option is written: once with a value, several times, or on and off (`--eject`, `--no-eject`). */
export type JobFlag =
  | { form: 'value' | 'list'; placeholder: string; help: string }
  | { form: 'switch'; help: string; offHelp: string };

/** What was typed for each flag of an option: one text, all of them, on or off. */
export interface Typed {
  text(flag: string): string | undefined;
  list(flag: string): readonly string[];
  on(flag: string): boolean | undefined;
}

/** What stands behind names and paths on a command line. */
export interface WordsContext {
  find: Record<'repository' | 'job' | 'pool' | 'key' | 'machine', (name: string) => Promise<string>>;
  isAbsolute(path: string): boolean;
  /** From the folder that the command was given in. */
  resolve(path: string): string;
}

/** A setting, or some that are said together, on the command line, both ways. */
export interface JobOption<Settings> {
  /** The settings that it gives; a required one that is missing is asked for by the first flag. */
  fields: readonly string[];
  flags: Readonly<Record<string, JobFlag>>;
  /** The options that say what these settings have. Not asked where all of the fields have their defaults. */
  words(settings: Settings, names: JobNames): readonly CommandOption[];
  /**
   * What changes by what was typed; undefined when nothing was, a field that is undefined goes back to its default.
   * `before` is what an edited job has.
   * @throws UnreadableWords
   */
  read(
    typed: Typed,
    context: WordsContext,
    before: Settings | undefined,
  ): Promise<Partial<Settings> | undefined> | Partial<Settings> | undefined;
}

/** Everything about one kind of job that does not touch a file or a drive: the same for console, command line and API. */
export interface JobKindRules<Settings, Kind extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  kind: Kind;
  /** The settings, with a default for each that may be left out. */
  schema: Schema;
  /** `backup copy job`. */
  name: string;
  labels: {
    /** `Backup Copy Job`. */
    title: string;
    /** `Backup Copy Jobs`, over their list. */
    plural: string;
    /** `Backup Copy`, where it is clear that jobs are meant. */
    short: string;
    /** What one of its runs is: `Backup copy`. */
    run: string;
    /** What such a job is for, in a sentence. */
    about: string;
  };
  can: {
    /** Run with new fulls; else why not. */
    activeFull: true | string;
    /** Have its restore points read by copy and tape jobs; else why not. */
    beRead: true | string;
  };
  /** What its restore points on disk are; null: it makes none there. */
  makes: 'primary' | 'copy' | null;
  /** When such a job can run. */
  schedules: readonly Schedule['kind'][];
  /** Two ways to say the same become one, which is what is stored. */
  normalise(settings: Settings): Settings;
  /** What cannot be saved, beside what the schema refuses and what holds for every job. */
  problems(settings: Settings, facts: JobFacts): JobProblem[];
  /** What of other jobs' backups it reads; null: none. */
  reads(settings: Settings): BackupSelection | null;
  /** What it writes to and with: none of these can be removed while the job is there. */
  uses(settings: Settings): { repositoryId: string | null; poolIds: readonly string[]; keyId: string | null };
  words: {
    /** What it takes, by name. */
    sources(settings: Settings, names: JobNames): string[];
    /** Where that goes, by name. */
    target(settings: Settings, names: JobNames): string;
    outlook(settings: Settings, sight: JobSight, names: JobNames): JobOutlook;
  };
  command: {
    /** `copy`, as in `reelvault copy create`. */
    noun: string;
    summary: string;
    /** What `create --help` says beside its options. */
    description: string;
    options: readonly JobOption<Settings>[];
    /** Command lines without `reelvault`, each with what it does. */
    examples: Readonly<Record<'create' | 'edit' | 'run', readonly (readonly [line: string, what: string])[]>>;
  };
}

/** A kind's rules with their types kept. */
export function jobKind<Kind extends string, Schema extends z.ZodObject>(
  rules: JobKindRules<z.output<Schema>, Kind, Schema>,
): JobKindRules<z.output<Schema>, Kind, Schema> {
  return rules;
}
