import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is waited for comes when the machine gets round to it: only what never comes is a failure.
    expect: { poll: { timeout: 30_000 } },
    // Real servers and processes share two cores: more workers only make them time out.
    maxWorkers: 2,
    pool: 'forks',
    // Loading the same modules anew for each file costs a quarter of a run; no test leaves anything behind in them.
    isolate: false,
  },
});
