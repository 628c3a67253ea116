import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { argument, command, type Noun, text } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { usageError } from '../exit-codes.ts';
import { allPages, finders } from '../find.ts';
import { formatTime } from '../quantities.ts';
import { table } from '../table.ts';

export const key: Noun = {
  name: 'key',
  summary: 'passphrases of encrypted backups',
  commands: {
    add: command({
      summary: 'add a passphrase',
      description:
        'The passphrase is asked for, or read from a file (its first line) or from standard input with --passphrase-file -.\nIt never stands on the command line, which other users can see. Keep it elsewhere too: without it encrypted backups are lost.',
      positionals: { name: argument('NAME', 'name of the key') },
      options: {
        hint: text('TEXT', 'reminds you of the passphrase; stored readable'),
        'passphrase-file': text('FILE', 'file with the passphrase; -: standard input'),
      },
      examples: [
        ['key add vault-2026 --hint "the long one in the safe"', 'asks twice for the passphrase'],
        ['key add vault-2026 --passphrase-file /root/vault.txt', 'from a file, for scripts'],
      ],
      run: async (cli, args, options) => {
        const file = options['passphrase-file'];
        let passphrase: string | undefined;
        if (file === undefined) {
          passphrase = await cli.terminal.askSecret(`Passphrase for ${args.name}: `);
          if (passphrase !== undefined && (await cli.terminal.askSecret('Again: ')) !== passphrase) {
            throw usageError('The two passphrases differ.');
          }
        } else {
          const content = await readFile(file === '-' ? '/dev/stdin' : path.resolve(cli.cwd, file), 'utf8');
          passphrase = content.split(/\r?\n/)[0];
        }
        if (passphrase === undefined)
          throw usageError('The passphrase cannot be asked for: there is no terminal.', 'Use --passphrase-file.');
        const { id } = await cli.engine.credentials.addKey({ name: args.name, hint: options.hint, passphrase });
        return { json: { id }, text: `Key ${args.name} is added.` };
      },
    }),
    list: command({
      summary: 'list keys; passphrases are never shown',
      positionals: {},
      options: {},
      examples: [['key list', 'names, hints and how many objects use each']],
      run: async (cli) => {
        const rows = await allPages((offset) => cli.engine.credentials.keys({ offset, limit: 1000 }));
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'name', of: (row) => row.name },
              { title: 'hint', of: (row) => row.hint },
              { title: 'created', of: (row) => formatTime(row.createdAt) },
              { title: 'used by', of: (row) => row.usedBy, right: true },
            ],
            'There are no keys.',
          ),
        };
      },
    }),
    remove: command({
      summary: 'remove a key that nothing uses',
      positionals: { key: argument('KEY', 'name or id') },
      options: {},
      examples: [
        ['key remove vault-2019 --confirm vault-2019', 'backups encrypted with it need the passphrase typed in again'],
      ],
      run: async (cli, args) => {
        const row = await finders(cli.engine).key(args.key);
        await confirmed(
          cli,
          row.name,
          `This forgets the passphrase of ${row.name}; backups encrypted with it cannot be read without it.`,
        );
        await cli.engine.credentials.removeKey({ id: row.id });
        return { json: { id: row.id }, text: `Key ${row.name} is removed.` };
      },
    }),
  },
};
