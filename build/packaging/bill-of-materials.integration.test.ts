import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { billOfMaterials } from './bill-of-materials.ts';
import { packageFacts, root } from './desktop-config.ts';

const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

test.each(['server', 'desktop'] as const)('the bill of materials of the %s’s package', async (kind) => {
  const bill = await billOfMaterials(kind);
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { version: packageFacts().version } } });
  const purls = bill.components.map((component) => decodeURIComponent(component.purl));
  for (const [name, version] of Object.entries(dependencies)) expect(purls).toContain(`pkg:npm/${name}@${version}`);
  // What is only for building and testing is not in the package, and neither is another platform's Node.
  expect(purls.filter((purl) => /npm\/(vitest|typescript|@?playwright|electron-builder|oxlint)@/.test(purl))).toEqual(
    [],
  );
  expect(purls.filter((purl) => /npm\/node-/.test(purl))).toHaveLength(kind === 'server' ? 1 : 0);
  expect(purls.some((purl) => purl.startsWith('pkg:npm/electron@'))).toBe(kind === 'desktop');
  expect(JSON.stringify(bill)).not.toMatch(/"distribution"/);
  const refs = new Set(bill.dependencies.map(({ ref }) => ref));
  for (const { dependsOn = [] } of bill.dependencies) for (const other of dependsOn) expect(refs).toContain(other);
});
