import { defineConfig } from 'vitest/config';

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
          testTimeout: 30_000,
        },
      },
      {
        ...common,
        test: {
          name: 'integration',
          include: ['{electron,shared,build}/**/*.integration.test.ts'],
          testTimeout: Number(process.env.REELVAULT_TEST_LIMIT_MS ?? 600_000),
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
