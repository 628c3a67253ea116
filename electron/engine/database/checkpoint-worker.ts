import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

/** Writers go on meanwhile; after so many rounds what they added is left to the next time. */
const roundsAtMost = 5;

// One checkpoint of the database named by workerData, on a connection and a thread of its own: its flushes stop nobody.
// PASSIVE waits for no reader and no writer. Only when nothing is left over does the log begin anew with the next commit.
const connection = new DatabaseSync(workerData as string, { timeout: 0 });
try {
  connection.exec('PRAGMA synchronous = FULL');
  const checkpoint = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  let before = -1;
  for (let round = 0; round < roundsAtMost; round += 1) {
    const { log, checkpointed } = checkpoint.get() as { log: number; checkpointed: number };
    // A reader keeps the rest.
    if (checkpointed >= log || checkpointed === before) break;
    before = checkpointed;
  }
} finally {
  connection.close();
}
