import { Command } from 'commander';
import { ablateCommand } from './commands/ablate.js';
import { backendsCommand } from './commands/backends.js';
import { evalCommand } from './commands/eval.js';
import { pretrainCommand } from './commands/pretrain.js';
import { replayCommand } from './commands/replay.js';
import { reportCommand } from './commands/report.js';
import { InputError } from './errors.js';
import { version } from './version.js';

const program = new Command('cribo')
  .description('Pretrain vision transformers on images without labels (CrIBo) and evaluate their patch features.')
  .version(version)
  .configureHelp({ showGlobalOptions: true })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
for (const command of [
  pretrainCommand(),
  evalCommand(),
  ablateCommand(),
  reportCommand(),
  replayCommand(),
  backendsCommand(),
]) {
  program.addCommand(inheriting(command));
}

/** A command, and those below it, that end on wrong flags as the program does. */
function inheriting(command: Command): Command {
  for (const below of command.commands) inheriting(below);
  return command.copyInheritedSettings(program);
}

try {
  await program.parseAsync();
  // Backends may keep threads alive.
  process.exit(process.exitCode ?? 0);
} catch (error) {
  // What the person can mend is one sentence; anything else is a defect and needs its stack.
  if (error instanceof InputError) process.stderr.write(`cribo: ${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(error instanceof InputError ? 2 : 1);
}
