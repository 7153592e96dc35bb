import { defineConfig } from 'vitest/config';

/** Against a real Tryton, which is brought up for each file; needs Debian's packages, and root when they are missing. */
export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    include: ['test/erp/**/*.erp.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    maxWorkers: 1,
    pool: 'forks',
  },
});
