/** Options that every command takes. */
export interface GlobalOptions {
  dataDir: string | undefined;
  json: boolean;
  quiet: boolean;
  wait: boolean;
  confirm: string | undefined;
}

export const globalOptions = {
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  wait: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  confirm: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;
