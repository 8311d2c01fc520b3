// publint and are-the-types-wrong on the tarball of every package, and a plain npm install of all of them into an
// empty folder where the first code block of every README runs as it stands.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'cribo-packages-'));
const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: root, stdio: 'pipe', encoding: 'utf8', ...options });
const bin = (name) => join(root, 'node_modules', '.bin', name);
const catalog = Object.fromEntries(
  readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
    .split('\n')
    .map((line) => /^ {2}["']?([@\w/-]+)["']?: ([\d.]+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, version]) => [name, version]),
);
let failures = 0;

function check(name, work) {
  try {
    work();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAILED  ${name}\n${[error.message, error.stdout, error.stderr].filter(Boolean).join('\n')}`);
  }
}

const names = readdirSync(join(root, 'packages'));
const tarballs = {};
for (const name of names) {
  check(`${name}: pack`, () => {
    // The output may begin with that of a prepare script; the tarball's path is its last line.
    const output = run('npx', ['-y', 'pnpm@10', 'pack', '--pack-destination', scratch], {
      cwd: join(root, 'packages', name),
    });
    tarballs[name] = output.trim().split('\n').at(-1);
  });
  if (tarballs[name] === undefined) continue;
  check(`${name}: publint`, () => run(bin('publint'), ['--strict', tarballs[name]]));
  check(`${name}: types`, () => run(bin('attw'), ['--profile', 'esm-only', tarballs[name]]));
}

const folder = join(scratch, 'user');
check('npm install of all tarballs', () => {
  execFileSync('mkdir', ['-p', folder]);
  const own = Object.fromEntries(names.map((name) => [`@cribo/${name}`, `file:${tarballs[name]}`]));
  const others = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', 'sharp'];
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: {
        ...own,
        ...Object.fromEntries(others.map((name) => [name, catalog[name]])),
        'onnxruntime-node': catalog['onnxruntime-node'],
      },
      overrides: own,
    }),
  );
  run('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: folder,
    // Otherwise onnxruntime-node downloads its CUDA part where it finds nvcc on the PATH.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
});
for (const name of names) {
  check(`${name}: first code block of the README`, () => {
    const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
    const block = /```(?:js|ts)\n([\s\S]*?)```/.exec(readme)?.[1];
    if (block === undefined) throw new Error(`packages/${name}/README.md has no js or ts code block`);
    const file = `readme-${name}.mjs`;
    writeFileSync(join(folder, file), block);
    run(process.execPath, [file], { cwd: folder, timeout: 300_000 });
  });
}

rmSync(scratch, { recursive: true, force: true });
if (failures > 0) process.exitCode = 1;
