import { expect, test } from 'vitest';
import { placeTopics, topicOf, wizardTopics } from '../../renderer/help/topics.ts';
import { chapters } from './chapters.ts';

test('whatever F1 leads to is in the guide', async () => {
  const guide = await chapters();
  const topics = [...Object.values(wizardTopics), ...placeTopics.map(([, topic]) => topic)];
  const lost = topics.filter(({ chapter, section }) => {
    const headings = [...(guide.get(`${chapter}.md`) ?? '').matchAll(/^##? (.+)$/gm)].map(([, title]) => title);
    return headings.length === 0 || (section !== undefined && !headings.includes(section));
  });
  expect(lost).toEqual([]);
});

test('F1 is about the wizard that is open, else the session, else the place', () => {
  const at = { wizard: null, session: false, node: 'tape/pools/weekly' };
  expect(topicOf(at)).toEqual({ chapter: 'tape-rotation', section: 'Which tape is next, and why' });
  expect(topicOf({ ...at, session: true })).toEqual({ chapter: 'troubleshooting' });
  expect(topicOf({ ...at, session: true, wizard: 'new-media-pool' }).section).toBe('New Media Pool');
  expect(topicOf({ ...at, node: 'home/jobs' }).chapter).toBe('first-steps');
  expect(topicOf({ ...at, node: 'nowhere' }).chapter).toBe('first-steps');
});
