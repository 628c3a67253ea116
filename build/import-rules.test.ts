import { expect, test } from 'vitest';
import { importsOf, violations } from './import-rules.ts';

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
  ['renderer/views/a.tsx', '../../electron/web/doors.ts'],
  ['renderer/views/a.tsx', 'node:fs'],
  ['shared/domain/a.ts', '../contract/jobs.ts'],
  ['shared/contract/a.ts', 'node:crypto'],
  ['electron/engine/jobs/a.ts', '../../../shared/contract/jobs.ts'],
  ['electron/engine/jobs/a.ts', '../../web/doors.ts'],
  ['electron/web/a.ts', 'electron'],
  ['electron/cli/a.ts', '../../renderer/state/host.ts'],
])('%s may not import %s', (file, specifier) => {
  expect(violations(file, `import { x } from '${specifier}';`)).toHaveLength(1);
});

test.each([
  ['renderer/views/a.tsx', '../../shared/domain/format.ts'],
  ['electron/engine/api/a.ts', '../../../shared/contract/jobs.ts'],
  ['electron/desktop/main.ts', 'electron'],
  ['electron/cli/a.ts', '../web/main.ts'],
])('%s may import %s', (file, specifier) => {
  expect(violations(file, `import { x } from '${specifier}';`)).toEqual([]);
});
