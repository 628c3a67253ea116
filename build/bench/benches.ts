import type { Bench } from './bench.ts';

/** Every bench by its name on the command line, loaded when it is asked for. */
export const benches: Record<string, () => Promise<Bench>> = {
  'image-backup': async () => (await import('./image-backup.ts')).imageBackup,
  copy: async () => (await import('./copy.ts')).copy,
  'tape-write': async () => (await import('./tape-write.ts')).tapeWrite,
  'tape-restore': async () => (await import('./tape-restore.ts')).tapeRestore,
  growth: async () => (await import('./growth.ts')).growth,
  memory: async () => (await import('./memory.ts')).memory,
  day: async () => (await import('./day.ts')).day,
  load: async () => (await import('./load.ts')).load,
  console: async () => (await import('./console.ts')).consoleLists,
  'tape-iscsi': async () => (await import('./tape-iscsi.ts')).tapeIscsi,
  catalogue: async () => (await import('./catalogue.ts')).catalogue,
};
