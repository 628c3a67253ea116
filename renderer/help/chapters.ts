import backupFileFormat from '../../docs/format-2.md?raw';
import cli from '../../docs/cli.md?raw';
import decisions from '../../docs/decisions.md?raw';
import firstSteps from '../../docs/guide/first-steps.md?raw';
import localLibrary from '../../docs/guide/local-library.md?raw';
import retention from '../../docs/guide/retention.md?raw';
import security from '../../docs/guide/security.md?raw';
import tapeLibraries from '../../docs/guide/tape-libraries.md?raw';
import tapeRotation from '../../docs/guide/tape-rotation.md?raw';
import tapesWithoutReelvault from '../../docs/guide/tapes-without-reelvault.md?raw';
import theBadDay from '../../docs/guide/the-bad-day.md?raw';
import troubleshooting from '../../docs/guide/troubleshooting.md?raw';
import whereThingsAre from '../../docs/guide/where-things-are.md?raw';
import tapeFormat from '../../docs/tape-format.md?raw';
import virtualLibrary from '../../docs/virtual-library.md?raw';
import webConsole from '../../docs/web-console.md?raw';
import wizards from '../../docs/guide/wizards.md?raw';
import type { Topic } from './topics.ts';

export interface Chapter {
  /** Its file's name without the ending, as topics and links name it. */
  name: string;
  title: string;
  /** Markdown. */
  text: string;
}

const chapter = (name: string, text: string): Chapter => ({
  name,
  title: /^# (.+)$/m.exec(text)?.[1] ?? name,
  text,
});

/**
 * The user guide, in the order of its contents, and what it refers to; it is in the console, so that it can be read with
 * no network.
 */
export const chapters: readonly Chapter[] = [
  chapter('first-steps', firstSteps),
  chapter('wizards', wizards),
  chapter('tape-rotation', tapeRotation),
  chapter('tape-libraries', tapeLibraries),
  chapter('local-library', localLibrary),
  chapter('retention', retention),
  chapter('the-bad-day', theBadDay),
  chapter('tapes-without-reelvault', tapesWithoutReelvault),
  chapter('where-things-are', whereThingsAre),
  chapter('security', security),
  chapter('troubleshooting', troubleshooting),
  chapter('cli', cli),
  chapter('web-console', webConsole),
  chapter('tape-format', tapeFormat),
  chapter('format-2', backupFileFormat),
  chapter('virtual-library', virtualLibrary),
  chapter('decisions', decisions),
];

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s+/g, '-');

/** Where a link in a chapter leads, as it is written there; null where that is nothing of the guide. */
export function topicOfLink(from: string, target: string): Topic | null {
  const [, name = from, anchor] = /^(?:(?:\.\.\/|guide\/)?([\w-]+)\.md)?(?:#([\w-]+))?$/.exec(target) ?? [null, ''];
  const found = chapters.find((other) => other.name === name);
  if (found === undefined) return null;
  const headings = [...found.text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  const section = anchor === undefined ? undefined : headings.find((heading) => anchorOf(heading) === anchor);
  return section === undefined ? { chapter: name } : { chapter: name, section };
}
