/**
 * Writes rows in every way there is, and says what is durable: node row-script.ts <database> <count>. Rows of one kind
 * ("action") are numbered. Prints `committed <kind> <rows>` after what promises them: all of a kind up to that number.
 */
import { writeSync } from 'node:fs';
import { Database } from '../database.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

// A log so short that it is brought into the database, and begins anew, many times over.
const limits = { workerBytes: 48 * 1024, ownBytes: 2 ** 20 };

if (import.meta.main) {
  const database = new Database(process.argv[2] as string, limits);
  const count = Number(process.argv[3]);
  const written = new Map<string, number>();
  const insert = (work: UnitOfWork, action: string): void => {
    const at = written.get(action) ?? 0;
    written.set(action, at + 1);
    database.insert(work, 'audit', { at, who: 'writer', action, object: 'x'.repeat(40 + ((at * 977) % 3000)) });
  };
  const three = (work: UnitOfWork, action: string): void => {
    for (let more = 0; more < 3; more += 1) insert(work, action);
  };
  const say = (action: string, rows = written.get(action) ?? 0): void => {
    writeSync(1, `committed ${action} ${rows}\n`);
  };
  const durably = async (action: string): Promise<void> => {
    let rows = 0;
    await database.durably((work) => {
      three(work, action);
      rows = written.get(action) ?? 0;
    });
    say(action, rows);
  };
  writeSync(1, 'open\n');
  for (let turn = 0; turn < count; turn += 1) {
    database.lazily((work) => insert(work, 'lazy'));
    const lazy = written.get('lazy');
    if (turn % 4 === 0) database.now((work) => insert(work, 'single'));
    else database.now((work) => three(work, 'three'));
    say(turn % 4 === 0 ? 'single' : 'three');
    say('lazy', lazy);
    // Two wait for the same flush; a third comes while it is under way, and is committed after it began.
    const waiting = [durably('first'), durably('second')];
    await new Promise((resolve) => setImmediate(resolve));
    waiting.push(durably('late'));
    await Promise.all(waiting);
    database.later((work) => insert(work, 'later'));
    const later = written.get('later');
    await database.flushed();
    say('later', later);
    // The worker is at it while the next rows come, or has finished before: then the log begins anew.
    if (turn % 3 === 0) await database.settled(10_000);
  }
  await database.settled(10_000);
  writeSync(1, 'closing\n');
  database.close();
}
