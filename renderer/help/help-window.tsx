import { type ReactElement, useEffect, useRef, useState } from 'react';
import { closeHelp } from '../state/help.ts';
import { helpTexts, shellTexts } from '../texts.ts';
import { HelpFrame } from '../ui/help-frame.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { WindowDialog } from '../ui/window-dialog.tsx';
import { chapters, topicOfLink } from './chapters.ts';
import type { Topic } from './topics.ts';

/** The user guide in a window, open at a topic. */
const HelpWindow = ({ topic }: { topic: Topic }): ReactElement => {
  const [at, setAt] = useState(topic);
  const page = useRef<HTMLDivElement>(null);
  const chapter = chapters.find(({ name }) => name === at.chapter) ?? chapters[0];
  useEffect(() => {
    const show = (): void => {
      const headings = [...(page.current?.querySelectorAll<HTMLElement>('[data-section]') ?? [])];
      const wanted = headings.find((heading) => heading.dataset['section'] === at.section) ?? headings[0];
      wanted?.focus({ preventScroll: true });
      wanted?.scrollIntoView({ block: 'start' });
    };
    show();
    // A dialog that opens puts the focus on its own first button after this.
    const frame = requestAnimationFrame(show);
    return () => cancelAnimationFrame(frame);
  }, [at]);
  const onLink = (target: string): (() => void) | null => {
    const found = topicOfLink(at.chapter, target);
    return found === null ? null : () => setAt(found);
  };
  return (
    <WindowDialog title={helpTexts.title} closeLabel={shellTexts.close} actions={[]} onClose={closeHelp}>
      <HelpFrame
        label={helpTexts.chapters}
        chapters={chapters.map(({ name, title }) => ({ id: name, label: title }))}
        current={chapter?.name ?? ''}
        onChoose={(name) => setAt({ chapter: name })}
      >
        <div ref={page}>
          <Markdown text={chapter?.text ?? ''} onLink={onLink} />
        </div>
      </HelpFrame>
    </WindowDialog>
  );
};
export default HelpWindow;
