import { appendFileSync, writeSync } from 'node:fs';
import { createRouterClient } from '@orpc/server';
import { administrator } from '../../../shared/domain/rights.ts';
import { openEngine } from '../engine.ts';
import { traceFaultPoints } from '../faults/fault-points.ts';
import { type ChildAction, startAction } from './child-action.ts';

// An engine in a process of its own, for tests that kill it. Arguments: data directory, action (JSON). Faults come from
// REELVAULT_FAULTS; REELVAULT_TRACE names a file that gets one line for each durable step passed.
const [dataDir = '', actionJson = ''] = process.argv.slice(2);
const action = JSON.parse(actionJson) as ChildAction;
const traceFile = process.env.REELVAULT_TRACE;
if (traceFile) {
  traceFaultPoints((site, when) => {
    if (site.startsWith('step.')) appendFileSync(traceFile, `${site} ${when}\n`);
  });
}

const engine = await openEngine({ dataDir, schedule: false });
const client = createRouterClient(engine.router, { context: { actor: administrator('test child') } });
const sessionId = await startAction(client, action);
process.stdout.write('started\n');
let result = 'success';
if (sessionId !== null) {
  for await (const update of await client.sessions.follow({ id: sessionId })) {
    const processed = update.session?.processedBytes ?? 0;
    if (processed > 0) process.stdout.write(`processed ${processed}\n`);
  }
  const { session, log } = await client.sessions.get({ id: sessionId });
  result = session.result ?? '';
  if (result !== 'success') for (const line of log) process.stdout.write(`  ${line.level}: ${line.text}\n`);
}
await engine.close();
// Synchronous: who watches from outside must see it before anything else.
writeSync(1, `ended ${result}\n`);
process.exit(result === 'success' ? 0 : 1);
