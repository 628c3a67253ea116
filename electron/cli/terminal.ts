import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { visibleText } from '../../shared/domain/visible-text.ts';
import type { Terminal } from './context.ts';

/** The process's own standard streams. What is printed may name things of foreign origin: none of it steers the terminal. */
export function processTerminal(quiet: boolean): Terminal {
  const { stdin, stdout, stderr } = process;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[2K');
    shown = false;
  };
  const ask = async (question: string, secret: boolean): Promise<string | undefined> => {
    if (!stdin.isTTY || !stderr.isTTY) return undefined;
    clear();
    stderr.write(visibleText(question));
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input: stdin, output: secret ? silent : stderr, terminal: true });
    try {
      return await reader.question('');
    } catch {
      return undefined;
    } finally {
      reader.close();
      if (secret) stderr.write('\n');
    }
  };
  return {
    out: (text) => {
      clear();
      stdout.write(visibleText(text));
    },
    note: (text) => {
      if (quiet) return;
      clear();
      stderr.write(`${visibleText(text)}\n`);
    },
    progress: (line) => {
      if (quiet || !stderr.isTTY) return;
      clear();
      if (line === undefined) return;
      // Cut to the width, for a line that wraps cannot be taken back.
      stderr.write([...visibleText(line)].slice(0, Math.max(10, stderr.columns - 1)).join(''));
      shown = true;
    },
    ask: (question) => ask(question, false),
    askSecret: (question) => ask(question, true),
  };
}
