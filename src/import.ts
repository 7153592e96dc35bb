import { main } from './cli/import/main.js';

process.exitCode = await main(process.argv.slice(2));
