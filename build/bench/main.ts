/** `npm run bench -- <name>…`: measures the product beside its peers and prints tables; `--json` keeps all numbers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import { bundleEngine } from './engine-bundle.ts';
import { machineFacts, type Report, sectionText, tableText } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'size-gib': { type: 'string', default: '2' },
    pairs: { type: 'string', default: '5' },
    dir: { type: 'string', default: join(tmpdir(), 'reelvault-bench') },
    'idle-wait': { type: 'string', default: '60' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
const [sizeGib, pairs] = [Number(values['size-gib']), Number(values.pairs)];
if (values.help || unknown.length > 0 || !(sizeGib > 0) || !(pairs >= 1)) {
  for (const name of unknown) process.stderr.write(`There is no bench "${name}".\n`);
  process.stderr.write(
    'Usage: npm run bench -- [name…] [--size-gib 2] [--pairs 5] [--dir FOLDER] [--idle-wait SECONDS] [--json FILE]\n' +
      'The folder should be on the disk to be measured and have room for about ten times the size; images stay in it\n' +
      'for the next run. The peers are installed by build/bench/setup-peers.sh. Benches:\n',
  );
  for (const [name, load] of Object.entries(benches)) {
    process.stderr.write(`  ${name.padEnd(14)} ${(await load()).about}\n`);
  }
  process.exit(values.help ? 0 : 2);
}

const folder = resolve(values.dir);
await mkdir(folder, { recursive: true });
const sizeBytes = Math.round(sizeGib * 2 ** 30);
await bundleEngine();
const report: Report = { at: new Date().toISOString(), ...machineFacts(), sizeBytes, pairs, benches: [] };
for (const name of names) {
  const bench = await benches[name]?.();
  if (!bench) continue;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const sections = await bench.run({ folder, sizeBytes, pairs, idleWaitMs: Number(values['idle-wait']) * 1000, say });
  report.benches.push({ name, sections });
  for (const section of sections) process.stdout.write(`\n${sectionText(section)}`);
}
const facts = [...Object.entries(report.machine), ...Object.entries(report.versions)];
process.stdout.write(`\n${tableText({ columns: ['on', ''], rows: facts })}\n`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
