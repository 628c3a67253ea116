import { defineConfig } from 'vitest/config';
import { slowness } from '../electron/engine/testing/slow-computer.ts';

const common = { root: new URL('..', import.meta.url).pathname };

/** Unit tests stand beside the code; integration tests (real files, whole engine, minutes) end in `.integration.test.ts`. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        ...common,
        test: {
          name: 'unit',
          include: ['{electron,shared,renderer,build}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.integration.test.ts'],
          testTimeout: 30_000 * slowness,
          hookTimeout: 30_000 * slowness,
          expect: { poll: { timeout: 30_000 * slowness } },
        },
      },
      {
        ...common,
        test: {
          name: 'integration',
          include: ['{electron,shared,build}/**/*.integration.test.ts'],
          testTimeout: Number(process.env.REELVAULT_TEST_LIMIT_MS ?? 600_000 * slowness),
          hookTimeout: 120_000 * slowness,
          expect: { poll: { timeout: 30_000 * slowness } },
        },
      },
    ],
  },
});
