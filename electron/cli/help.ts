import type { Command, Noun } from './command.ts';
import { columns } from './table.ts';

const globalHelp: [string, string][] = [
  ['--json', 'print the result as JSON, for programs'],
  ['--no-wait', 'start long work and return its session at once (default: --wait for its end)'],
  ['--confirm TEXT', 'confirm what destroys data, by the name it asks for'],
  ['--data-dir DIR', 'another data directory (default: $REELVAULT_DATA or the platform’s)'],
  ['-q, --quiet', 'no progress and no messages on standard error'],
  ['-h, --help', 'help, on every level'],
];

const exitHelp = `Exit codes: 0 done · 1 failed · 2 wrong usage · 3 done with warnings · 4 not found · 5 conflict, or not confirmed
            6 engine, library or folder not available · 130 cancelled`;

export function generalHelp(nouns: readonly Noun[]): string {
  return [
    'reelvault: backups, their copies on disk and tape, and restores.',
    '',
    'Usage: reelvault <what> <command> [arguments] [options]',
    '',
    'What:',
    columns([...nouns.map((noun) => [`  ${noun.name}`, noun.summary]), ['  serve', 'the web console, until Ctrl+C']]),
    '',
    'Options of every command:',
    columns(globalHelp.map(([option, help]) => [`  ${option}`, help])),
    '',
    'Objects are named by their name, barcode or id. Sizes are written like 16 GiB.',
    'The commands talk to the engine that runs (web console or desktop), or open one for as long as they take.',
    '',
    exitHelp,
    '',
    'A first backup, a copy of it on tape, and a restore:',
    '  reelvault repository add main /backups/main',
    '  reelvault backup create --name nightly --machine web01,proxmox-ve,/images/web01.raw --repository main --run',
    '  reelvault library add-virtual vtl /backups/vtl',
    '  reelvault pool create weekly',
    '  reelvault tape-job create --name to-tape --from-job nightly --pool weekly --run',
    '  reelvault restore plan web01',
    '',
    '"reelvault <what> --help" and "reelvault <what> <command> --help" show more.',
    '',
  ].join('\n');
}

export function nounHelp(noun: Noun): string {
  const commands = Object.entries(noun.commands);
  const examples = commands.flatMap(([, command]) => command.examples.slice(0, 1));
  return [
    `reelvault ${noun.name}: ${noun.summary}`,
    '',
    'Commands:',
    columns(commands.map(([verb, command]) => [`  ${verb}${signature(command)}`, command.summary])),
    '',
    'Examples:',
    ...examples.flatMap(([line, what]) => [`  # ${what}`, `  reelvault ${line}`]),
    '',
    `"reelvault ${noun.name} <command> --help" describes one.`,
    '',
  ].join('\n');
}

export function commandHelp(noun: Noun, verb: string, command: Command): string {
  const name = ['reelvault', noun.name, verb].filter(Boolean).join(' ');
  const options = Object.entries(command.options);
  const positionals = Object.values(command.positionals);
  const section = (title: string, rows: [string, string][]): string[] =>
    rows.length === 0 ? [] : ['', title, columns(rows.map(([left, right]) => [`  ${left}`, right]))];
  return [
    `${name}: ${command.summary}`,
    '',
    `Usage: ${name}${signature(command)}${options.length > 0 ? ' [options]' : ''}`,
    ...(command.description === undefined ? [] : ['', command.description]),
    ...section(
      'Arguments:',
      positionals.map((positional) => [positional.placeholder, positional.help]),
    ),
    ...section(
      'Options:',
      options.map(([option, { placeholder, help, many, required }]) => [
        `--${option}${placeholder ? ` ${placeholder}` : ''}`,
        `${help}${required ? ' (required)' : ''}${many ? ' (may be repeated)' : ''}`,
      ]),
    ),
    ...section('Options of every command:', globalHelp),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, what]) => [`  # ${what}`, `  reelvault ${line}`]),
    '',
    exitHelp,
    '',
  ].join('\n');
}

function signature(command: Command): string {
  const required = Object.entries(command.options)
    .filter(([, option]) => option.required)
    .map(([name, option]) => ` --${name} ${option.placeholder}`);
  const positionals = Object.values(command.positionals).map(({ placeholder, required, many }) => {
    const word = many ? `${placeholder}…` : placeholder;
    return required ? ` ${word}` : ` [${word}]`;
  });
  return [...positionals, ...required].join('');
}
