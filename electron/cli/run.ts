import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { visibleJson, visibleText } from '../../shared/domain/visible-text.ts';
import { defaultDataDir } from '../hosting/data-dir.ts';
import type { Command } from './command.ts';
import type { Terminal } from './context.ts';
import { linkEngine, type EngineLink } from './engine-link.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { failureOf, failureText } from './failures.ts';
import { allPages } from './find.ts';
import { followSession } from './follow.ts';
import { commandHelp, generalHelp, nounHelp } from './help.ts';
import { nouns } from './nouns/all.ts';
import type { GlobalOptions } from './global-options.ts';
import { parseCommandLine } from './parse.ts';
import { processTerminal } from './terminal.ts';

/** Runs one command line and resolves with its exit code. `args` are without the program's name. */
export async function run(args: readonly string[], options: { signal: AbortSignal; cwd: string }): Promise<number> {
  const json = args.includes('--json');
  const terminal = processTerminal(args.includes('--quiet') || args.includes('-q'));
  try {
    const parsed = parseCommandLine(args, nouns);
    if (parsed.kind === 'version') {
      process.stdout.write(`${await version()}\n`);
      return exitCodes.ok;
    }
    if (parsed.kind === 'help') {
      const { noun, verb, command } = parsed;
      const text = noun ? (command ? commandHelp(noun, verb ?? '', command) : nounHelp(noun)) : generalHelp(nouns);
      process.stdout.write(text);
      return exitCodes.ok;
    }
    return await execute(parsed, terminal, options);
  } catch (error) {
    const failure = failureOf(error);
    terminal.progress(undefined);
    if (json) process.stdout.write(`${visibleJson(JSON.stringify({ error: failure }))}\n`);
    else process.stderr.write(`${visibleText(failureText(failure))}\n`);
    return failure.exitCode;
  }
}

async function execute(
  parsed: { command: Command; args: Record<string, unknown>; options: Record<string, unknown>; global: GlobalOptions },
  terminal: Terminal,
  { signal, cwd }: { signal: AbortSignal; cwd: string },
): Promise<ExitCode> {
  const { command, global } = parsed;
  const dataDir = global.dataDir === undefined ? defaultDataDir() : path.resolve(cwd, global.dataDir);
  const link = await linkEngine(dataDir);
  try {
    const { engine, ownsEngine, warning } = link;
    if (warning !== undefined) terminal.note(warning);
    const cli = { engine, ownsEngine, global, cwd, signal, terminal };
    const result = await command.run(cli, parsed.args, parsed.options);
    if (global.json) process.stdout.write(`${visibleJson(JSON.stringify(result.json, undefined, 2))}\n`);
    else if (result.text !== '') process.stdout.write(`${visibleText(result.text)}\n`);
    if (ownsEngine) await sessionsEnded(link, cli);
    return result.exitCode ?? (signal.aborted ? exitCodes.cancelled : exitCodes.ok);
  } finally {
    await link.close();
  }
}

/** Before an engine of our own closes, what the command set off (a copy that follows a backup, --no-wait) may end. */
async function sessionsEnded(link: EngineLink, cli: Parameters<typeof followSession>[0]): Promise<void> {
  for (;;) {
    const running = await allPages((offset) => link.engine.sessions.list({ offset, limit: 100, running: true }));
    const next = running[0];
    if (!next || cli.signal.aborted) return;
    cli.terminal.note(`Waiting for ${next.name} to end.`);
    await followSession(cli, next.id);
  }
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return `reelvault ${version}`;
}
