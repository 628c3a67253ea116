import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const whole = z.number().int().min(-100_000).max(100_000);
const size = z.number().int().min(100).max(100_000);
const shape = z.object({
  window: z
    .object({ x: whole, y: whole, width: size, height: size, maximized: z.boolean() })
    .optional()
    .catch(undefined),
  theme: z.enum(['system', 'light', 'dark']).optional().catch(undefined),
  /** Where the system's dialog was last used: since Electron 43 it does not remember that itself. */
  lastFolder: z.string().max(32_767).optional().catch(undefined),
  /** The last warning that was shown about where secrets are kept; said again only when it has changed. */
  secretWarning: z.string().max(2000).optional().catch(undefined),
});

export type ShellStateValues = z.infer<typeof shape>;

/** What the desktop shell remembers of this user on this computer. Nothing in it is needed: a damaged file is as none. */
export class ShellState {
  readonly #path: string;
  #values: ShellStateValues;

  constructor(path: string) {
    this.#path = path;
    this.#values = read(path);
  }

  get values(): Readonly<ShellStateValues> {
    return this.#values;
  }

  /** Small and rare, so it is written at once; a disk that is full does not stop the console. */
  change(values: Partial<ShellStateValues>): void {
    this.#values = { ...this.#values, ...values };
    try {
      writeFileSync(`${this.#path}.partial`, JSON.stringify(this.#values), { mode: 0o600 });
      renameSync(`${this.#path}.partial`, this.#path);
    } catch {
      // It is remembered until the console is left.
    }
  }
}

function read(path: string): ShellStateValues {
  try {
    return shape.catch({}).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
