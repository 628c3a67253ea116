/**
 * Writes rows, some in transactions of three, and says what is committed: node row-script.ts <database> <count>. Prints
 * `committed <rows>` after each.
 */
import { writeSync } from 'node:fs';
import { Database } from '../database.ts';

if (import.meta.main) {
  const database = new Database(process.argv[2] as string);
  const count = Number(process.argv[3]);
  const insert = (row: number): void => {
    database.insert('audit', { at: row, who: 'writer', action: 'row', object: 'x'.repeat(40 + ((row * 977) % 3000)) });
  };
  writeSync(1, 'open\n');
  for (let row = 0; row < count; ) {
    if (row % 4 === 0) insert(row++);
    else {
      database.transaction(() => {
        for (let more = 0; more < 3; more += 1) insert(row++);
      });
    }
    writeSync(1, `committed ${row}\n`);
  }
  database.close();
}
