import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import type { Section } from './bench.ts';

export interface Report {
  at: string;
  machine: Record<string, string>;
  /** Programs and their versions. */
  versions: Record<string, string>;
  sizeBytes: number;
  pairs: number;
  benches: { name: string; sections: Section[] }[];
}

/** A table as Markdown, which reads well on a terminal too. */
export function tableText({ columns, rows }: Pick<Section, 'columns' | 'rows'>): string {
  const cells = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(cells[0] as string[]), rule, ...cells.slice(1).map(line)].join('\n');
}

/** A section as text: its table, and each target with what was reached. */
export function sectionText(section: Section): string {
  const targets = section.targets.map(
    ({ what, measured, limit, kept }) =>
      `${kept ? 'met' : 'MISSED'}: ${what}: ${Number(measured.toPrecision(3))} (target ${limit})`,
  );
  return [`## ${section.title}`, '', tableText(section), ...(targets.length > 0 ? ['', ...targets] : []), ''].join(
    '\n',
  );
}

/** What the numbers were measured on. */
export function machineFacts(): Pick<Report, 'machine' | 'versions'> {
  const [processor] = cpus();
  return {
    machine: {
      processor: `${cpus().length} x ${processor?.model ?? 'unknown'}`,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      kernel: release(),
    },
    versions: {
      node: process.version,
      cp: firstLine('cp', '--version'),
      tar: firstLine('tar', '--version'),
      restic: firstLine('restic', 'version'),
      borg: firstLine('borg', '--version'),
      'qemu-img': firstLine('qemu-img', '--version'),
      mbuffer: firstLine('mbuffer', '--version'),
    },
  };
}

function firstLine(program: string, argument: string): string {
  try {
    // mbuffer prints its version on the error output.
    const text = execFileSync('sh', ['-c', `${program} ${argument} 2>&1`], { encoding: 'utf8' });
    return text.split('\n')[0]?.trim() ?? '';
  } catch {
    return 'not installed';
  }
}
