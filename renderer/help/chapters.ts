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
import wizards from '../../docs/guide/wizards.md?raw';

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

/** The user guide, in the order of its contents; it is in the console, so that it can be read with no network. */
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
];
