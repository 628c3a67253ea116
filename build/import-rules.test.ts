import { expect, test } from 'vitest';
import { circles, importsOf, tooLong, violations } from './import-rules.ts';

test('every way to import is seen, and words in comments are not', () => {
  const source = `
    // import x from 'never';
    /* import 'never'; */
    import a, { type B } from './a.ts';
    import './b.css';
    export { c } from "../c.ts";
    const d = await import('./d.ts');
    new Worker(new URL('./worker.ts', import.meta.url));
    import {
      e,
    } from 'e';
  `;
  expect(importsOf(source).sort()).toEqual(['../c.ts', './a.ts', './b.css', './d.ts', './worker.ts', 'e']);
});

test.each([
  ['renderer/views/a.tsx', '../../electron/web/main.ts'],
  ['renderer/views/a.tsx', 'node:fs'],
  ['shared/domain/a.ts', '../contract/jobs.ts'],
  ['shared/contract/a.ts', 'node:crypto'],
  ['electron/engine/jobs/a.ts', '../../../shared/contract/jobs.ts'],
  ['electron/engine/jobs/a.ts', '../../web/main.ts'],
  ['electron/engine/jobs/a.ts', '../database/database.ts'],
  ['electron/engine/api/a.ts', '../database/page-query.ts'],
  ['electron/engine/tape/media/a.ts', 'node:sqlite'],
  ['electron/web/a.ts', 'electron'],
  ['electron/hosting/a.ts', '../web/main.ts'],
  ['electron/cli/a.ts', '../web/main.ts'],
  ['electron/desktop/a.ts', '../web/main.ts'],
  ['electron/cli/a.ts', '../../renderer/state/host.ts'],
  ['electron/engine/jobs/a.ts', 'node:fs/promises'],
  ['electron/engine/repository/kinds/s3.ts', 'node:fs'],
  ['electron/engine/files/a.ts', '../repository/errors.ts'],
])('%s may not import %s', (file, specifier) => {
  expect(violations(file, `import { x } from '${specifier}';`)).toHaveLength(1);
});

test.each([
  ['renderer/views/a.tsx', '../../shared/domain/format.ts'],
  ['electron/engine/api/a.ts', '../../../shared/contract/jobs.ts'],
  ['electron/engine/jobs/a-store.ts', '../database/database.ts'],
  ['electron/engine/jobs/a.ts', '../database/unit-of-work.ts'],
  ['electron/engine/api/a.ts', '../database/paging.ts'],
  ['electron/desktop/main.ts', 'electron'],
  ['electron/cli/a.ts', '../hosting/data-dir.ts'],
  ['electron/engine/jobs/a.test.ts', 'node:fs/promises'],
  ['electron/engine/repository/testing/a.ts', 'node:fs'],
  ['electron/engine/files/a.ts', '../faults/fault-points.ts'],
])('%s may import %s', (file, specifier) => {
  expect(violations(file, `import { x } from '${specifier}';`)).toEqual([]);
});

test.each([
  [
    'two files',
    { 'a/a.ts': "import { b } from '../b/b.ts';", 'b/b.ts': "export * from '../a/a.ts';" },
    ['a/a.ts', 'b/b.ts', 'a/a.ts'],
  ],
  [
    'types alone',
    { 'a.ts': "import type { B } from './b.ts';", 'b.ts': "import type { A } from './a.ts';" },
    ['a.ts', 'b.ts', 'a.ts'],
  ],
  ['itself', { 'a.ts': "import { a } from './a.ts';" }, ['a.ts', 'a.ts']],
  [
    'the shortest of several ways',
    {
      'a.ts': "import './b.ts';",
      'b.ts': "import './c.ts';",
      'c.ts': "import './a.ts'; import './d.ts';",
      'd.ts': "import './c.ts';",
    },
    ['c.ts', 'd.ts', 'c.ts'],
  ],
])('a circle is found: %s', (_name, sources, circle) => {
  expect(circles(new Map(Object.entries(sources)))).toEqual([`Import circle: ${circle.join(' -> ')}`]);
});

test('two circles that do not meet are two, and a file reached twice is none', () => {
  const sources = {
    'a.ts': "import './b.ts'; import './x.ts';",
    'b.ts': "import './a.ts'; import './x.ts';",
    'c.ts': "import './d.ts'; import './a.ts';",
    'd.ts': "import './c.ts';",
    'x.ts': "import 'node:fs';",
  };
  expect(circles(new Map(Object.entries(sources)))).toHaveLength(2);
});

test('rooms of the tape that know each other are a circle though no file is in one', () => {
  const tape = 'electron/engine/tape';
  const sources = new Map([
    [`${tape}/media/a.ts`, "import '../store/b.ts';"],
    [`${tape}/store/b.ts`, ''],
    [`${tape}/store/c.ts`, "import type { D } from '../media/d.ts';"],
    [`${tape}/media/d.ts`, ''],
  ]);
  const room = [`${tape}/media`, `${tape}/store`];
  expect(circles(sources)).toEqual([`Import circle: ${room[0]} -> ${room[1]} -> ${room[0]}`]);
  sources.set(`${tape}/store/c.ts`, '');
  expect(circles(sources)).toEqual([]);
});

test('a file of 450 lines may stand, one more may not', () => {
  expect(tooLong('a.ts', 'x\n'.repeat(450))).toBeUndefined();
  expect(tooLong('a.ts', 'x\n'.repeat(451))).toContain('451 lines');
});
