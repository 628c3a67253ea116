import { expect, test } from 'vitest';
import { checkAdvisories, readAudit } from './advisories.ts';

test('no locked dependency has a known advisory', async ({ skip }) => {
  const result = await checkAdvisories();
  if (!result.checked) return skip(`advisories could not be checked: ${result.reason}`);
  expect(result.found).toEqual([]);
});

test('what is no report is not taken for an all-clear', () => {
  expect(readAudit('')).toMatchObject({ checked: false });
  expect(readAudit('<html>gateway</html>')).toMatchObject({ checked: false });
  expect(readAudit('{}')).toMatchObject({ checked: false });
  const refused =
    '{"message":"405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk"}';
  expect(readAudit(refused)).toEqual({ checked: false, reason: '405 Method Not Allowed' });
  const found = { name: 'left', severity: 'high', range: '<2', via: [] };
  expect(readAudit(JSON.stringify({ vulnerabilities: { left: found } }))).toEqual({
    checked: true,
    found: [{ name: 'left', severity: 'high', range: '<2' }],
  });
  expect(readAudit('{"vulnerabilities":{}}')).toEqual({ checked: true, found: [] });
});
