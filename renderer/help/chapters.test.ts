import { describe, expect, test } from 'vitest';
import { chapters, topicOfLink } from './chapters.ts';
import { placeTopics, wizardTopics } from './topics.ts';

const headingsOf = (chapter: string): string[] =>
  [...(chapters.find(({ name }) => name === chapter)?.text ?? '').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);

describe('help', () => {
  test('what wizards and places are about is in the guide', () => {
    const missing = [...Object.values(wizardTopics), ...placeTopics.map(([, topic]) => topic)].filter(
      ({ chapter, section }) => !headingsOf(chapter).some((heading) => section === undefined || heading === section),
    );
    expect(missing).toEqual([]);
  });

  test('links lead to chapters, and to sections of them', () => {
    expect(topicOfLink('wizards', '../virtual-library.md')).toEqual({ chapter: 'virtual-library' });
    expect(topicOfLink('cli', 'guide/first-steps.md')).toEqual({ chapter: 'first-steps' });
    expect(topicOfLink('first-steps', 'the-bad-day.md')).toEqual({ chapter: 'the-bad-day' });
    expect(topicOfLink('tapes-without-reelvault', '#put-the-files-together')).toEqual({
      chapter: 'tapes-without-reelvault',
      section: 'Put the files together',
    });
    expect(topicOfLink('first-steps', '#nowhere')).toEqual({ chapter: 'first-steps' });
    for (const target of ['https://example.org/', '../../README.md', 'nowhere.md', 'javascript:alert(1)']) {
      expect(topicOfLink('first-steps', target)).toBeNull();
    }
  });

  test('no link of the guide leads nowhere', () => {
    const nowhere = chapters.flatMap(({ name, text }) =>
      [...text.matchAll(/(?<!!)\[[^\]]+\]\(([^)]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => topicOfLink(name, target) === null)
        .map((target) => `${name}: ${target}`),
    );
    // Numbers, which are for whoever builds it.
    expect([...new Set(nowhere)]).toEqual(['decisions: benchmarks.md']);
  });
});
