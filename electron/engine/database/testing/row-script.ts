/**
 * Writes rows, some in transactions of three, each after a lazy one, and says what is committed: node row-script.ts
 * <database> <count>. Prints `committed <rows>, <lazy rows>` after each that is not lazy.
 */
import { writeSync } from 'node:fs';
import { Database } from '../database.ts';

if (import.meta.main) {
  const database = new Database(process.argv[2] as string);
  const count = Number(process.argv[3]);
  const insert = (at: number, action = 'row'): void => {
    database.insert('audit', { at, who: 'writer', action, object: 'x'.repeat(40 + ((at * 977) % 3000)) });
  };
  let lazy = 0;
  writeSync(1, 'open\n');
  for (let row = 0; row < count; ) {
    database.lazily(() => insert(lazy++, 'lazy'));
    writeSync(1, `lazy ${lazy}\n`);
    if (row % 4 === 0) insert(row++);
    else {
      database.transaction(() => {
        for (let more = 0; more < 3; more += 1) insert(row++);
      });
    }
    writeSync(1, `committed ${row}, ${lazy}\n`);
  }
  database.close();
}
