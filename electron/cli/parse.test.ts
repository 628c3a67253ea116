import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  argument,
  choice,
  command,
  flag,
  integer,
  list,
  type Noun,
  required,
  someArguments,
  text,
  value,
} from './command.ts';
import { CliError } from './exit-codes.ts';
import { commandHelp, generalHelp, nounHelp } from './help.ts';
import { nouns } from './nouns/all.ts';
import { type Parsed, parseCommandLine } from './parse.ts';
import { parseSize } from './quantities.ts';
import { shellWords } from './testing/shell-words.ts';

const nothing = { json: null, text: '' };
const thing: Noun = {
  name: 'thing',
  summary: 'things',
  commands: {
    make: command({
      summary: 'make one',
      positionals: { name: argument('NAME', 'its name'), parts: someArguments('PART', 'its parts') },
      options: {
        size: value('SIZE', 'how large', parseSize),
        kind: choice(['small', 'large'], 'which'),
        count: integer('N', 'how many'),
        tag: list('TAG', 'words'),
        loud: flag('say so'),
        to: required(text('PLACE', 'where')),
      },
      examples: [['thing make a b --to c', 'one']],
      run: () => Promise.resolve(nothing),
    }),
    list: command({ summary: 'list', positionals: {}, options: {}, examples: [], run: () => Promise.resolve(nothing) }),
  },
};
const check: Noun = {
  name: 'check',
  summary: 'check',
  commands: {
    '': command({
      summary: 'check',
      positionals: { name: argument('NAME', 'what') },
      options: { deep: flag('deep') },
      examples: [],
      run: () => Promise.resolve(nothing),
    }),
  },
};

const parse = (line: string): Parsed => parseCommandLine(shellWords(line), [thing, check]);

function refusal(line: string): CliError {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error(`"${line}" was accepted.`);
}

test('arguments, typed options and those of every command, in any order', () => {
  const parsed = parse(
    'thing --json make one p1 --size "16 GiB" p2 --tag=a --tag b --kind large --count 3 --loud --to x --no-wait',
  );
  expect(parsed).toMatchObject({
    kind: 'run',
    verb: 'make',
    args: { name: 'one', parts: ['p1', 'p2'] },
    options: { size: 16 * 2 ** 30, kind: 'large', count: 3, tag: ['a', 'b'], loud: true, to: 'x' },
    global: { json: true, wait: false, quiet: false, dataDir: undefined, confirm: undefined },
  });
  expect(parse('--data-dir /d thing list')).toMatchObject({ kind: 'run', verb: 'list', global: { dataDir: '/d' } });
  expect(parse('thing --data-dir=/d list --confirm "a b"')).toMatchObject({
    global: { dataDir: '/d', confirm: 'a b' },
  });
});

test('what is not given is undefined, false or empty', () => {
  expect(parse('thing make one p --to x')).toMatchObject({
    options: { size: undefined, kind: undefined, count: undefined, tag: [], loud: false },
    global: { json: false, wait: true, quiet: false },
  });
});

test('a word after -- is no option', () => {
  expect(parse('thing make --to x -- --name --part')).toMatchObject({ args: { name: '--name', parts: ['--part'] } });
});

test('a noun with one command takes its arguments at once', () => {
  expect(parse('check it --deep')).toMatchObject({
    kind: 'run',
    verb: '',
    args: { name: 'it' },
    options: { deep: true },
  });
  expect(parse('check --deep it')).toMatchObject({ kind: 'run', args: { name: 'it' } });
});

test.each([
  ['thing make one p', '--to PLACE is missing.', 'thing make --help'],
  ['thing make --to x', 'NAME is missing.', 'thing make --help'],
  ['thing make one --to x', 'PART is missing.', 'thing make --help'],
  ['thing list more', '"more" is an argument too many.', 'thing list --help'],
  ['thing make one p --to x --size big', '--size: "big" is not a size.', '16 GiB'],
  ['thing make one p --to x --kind medium', '--kind: "medium" is not one of small, large.', 'thing make --help'],
  ['thing make one p --to x --count -1', 'Option', ''],
  ['thing make one p --to x --count 1.5', '--count: "1.5" is not a whole number.', ''],
  ['thing make one p --to x --to y', '--to is given 2 times.', ''],
  ['thing make one p --too x', 'There is no option --too here.', 'Did you mean "--to"?'],
  ['thing make one p --to', '--to needs a value.', ''],
  ['thing lits', 'There is no command "thing lits".', 'Did you mean "list"?'],
  ['thin list', 'There is no command "thin".', 'Did you mean "thing"?'],
  ['--loud', '"--loud" stands where a command should.', '--help'],
  ['thing list --wait --no-wait', '--wait and --no-wait exclude each other.', ''],
])('%s is refused', (line, message, advice) => {
  const error = refusal(line);
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain(message);
  expect(error.advice ?? '').toContain(advice);
});

test('help on every level, however it is asked for', () => {
  for (const line of ['', '--help', '-h', 'help']) expect(parse(line)).toEqual({ kind: 'help' });
  for (const line of ['thing', 'thing --help', 'help thing']) {
    expect(parse(line)).toEqual({ kind: 'help', noun: thing });
  }
  for (const line of ['thing make --help', 'thing make one -h', 'help thing make']) {
    expect(parse(line)).toMatchObject({ kind: 'help', noun: thing, verb: 'make', command: { summary: 'make one' } });
  }
  expect(parse('check --help')).toMatchObject({ kind: 'help', noun: check, verb: '' });
  expect(parse('--version')).toEqual({ kind: 'version' });
});

const everyCommand = nouns.flatMap((noun) =>
  Object.entries(noun.commands).map(([verb, one]) => [`${noun.name} ${verb}`.trim(), noun, verb, one] as const),
);

test.each(everyCommand)('%s: its help teaches, and every example is a line that it takes', (name, noun, verb, one) => {
  const help = commandHelp(noun, verb, one);
  expect(one.examples.length).toBeGreaterThan(0);
  expect(help).toContain(`reelvault ${name}`);
  expect(help).toContain('Exit codes:');
  for (const [line] of one.examples) {
    expect(help).toContain(line);
    expect(parseCommandLine(shellWords(line), nouns)).toMatchObject({ kind: 'run', noun: { name: noun.name }, verb });
  }
});

test('the general help names every noun, and each noun its commands', () => {
  const general = generalHelp(nouns);
  const lines = general.split('\n').filter((line) => /^ {2}reelvault /.test(line));
  expect(lines.length).toBeGreaterThan(4);
  for (const line of lines) {
    expect(parseCommandLine(shellWords(line.trim()).slice(1), nouns)).toMatchObject({ kind: 'run' });
  }
  for (const noun of nouns) {
    expect(general).toContain(`  ${noun.name}`);
    for (const verb of Object.keys(noun.commands)) expect(nounHelp(noun)).toContain(`  ${verb}`);
  }
});

test('every command line in the guide is one that the program takes', async () => {
  const guide = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const lines = guide.split('\n').filter((line) => /^reelvault [a-z-]+ [^<]*$/.test(line) && !line.includes('  '));
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) {
    expect(parseCommandLine(shellWords(line).slice(1), nouns)).toMatchObject({ kind: 'run' });
  }
});
