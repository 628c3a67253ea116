import { appendFileSync } from 'node:fs';
import { createRouterClient } from '@orpc/server';
import { openEngine } from '../engine.ts';
import { traceFaultPoints } from '../faults/fault-points.ts';

// An engine in a process of its own, for tests that kill it. Arguments: data directory, action (JSON). Faults come from
// REELVAULT_FAULTS; REELVAULT_TRACE names a file that gets one line for each durable step passed.
export type ChildAction = { runJob: string } | { restoreFromTape: { pointIds: string[]; repositoryId: string } };

const [dataDir = '', actionJson = ''] = process.argv.slice(2);
const action = JSON.parse(actionJson) as ChildAction;
const traceFile = process.env.REELVAULT_TRACE;
if (traceFile) {
  traceFaultPoints((site, when) => {
    if (site.startsWith('step.')) appendFileSync(traceFile, `${site} ${when}\n`);
  });
}

const engine = await openEngine({ dataDir });
const client = createRouterClient(engine.router, { context: { who: 'test child' } });
const { sessionId } =
  'runJob' in action
    ? await client.jobs.run({ id: action.runJob })
    : await client.restores.fromTape(action.restoreFromTape);
process.stdout.write('started\n');
for await (const update of await client.sessions.follow({ id: sessionId })) {
  const processed = update.session?.processedBytes ?? 0;
  if (processed > 0) process.stdout.write(`processed ${processed}\n`);
}
const { session } = await client.sessions.get({ id: sessionId });
await engine.close();
process.stdout.write(`ended ${session.result}\n`);
process.exit(session.result === 'success' ? 0 : 1);
