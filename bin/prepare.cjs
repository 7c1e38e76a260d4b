// Makes a checkout ready: installs the locked packages when they are not, builds when a source is newer than the build. Quick when there is
// nothing to do. Runs on the machine's own Node (18 and newer), because the pinned one arrives with the packages.
'use strict';
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.dirname(__dirname);
const inRoot = (...parts) => path.join(root, ...parts);
const stampFile = inRoot('node_modules', '.muster-installed');
const pinnedNode = inRoot('node_modules', 'node', 'bin', 'node');

function stop(message) {
  process.stderr.write(`muster: ${message}\n`);
  process.exit(70);
}

function run(what, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) stop(`${what}: ${error.message}`);
  if (status !== 0) stop(`${what} ended with ${status}; its output is above`);
}

/** Changes when what is to be installed changes, and not with a script or a description. */
function lockHash() {
  const { dependencies, devDependencies, allowScripts } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
  const hash = crypto.createHash('sha256');
  hash.update(JSON.stringify({ dependencies, devDependencies, allowScripts }));
  hash.update(fs.readFileSync(inRoot('package-lock.json')));
  return hash.digest('hex');
}

function isInstalled() {
  const installed = fs.existsSync(stampFile) ? fs.readFileSync(stampFile, 'utf8') : '';
  return installed === lockHash() && fs.existsSync(pinnedNode);
}

function install() {
  if (isInstalled()) return;
  process.stderr.write('muster: installing packages (once)\n');
  run('npm ci', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  // npm 12 holds install scripts back; the pinned Node comes by one.
  if (!fs.existsSync(pinnedNode))
    run('npm rebuild node', 'npm', ['rebuild', 'node', 'esbuild', '--foreground-scripts', '--loglevel=error']);
  if (!fs.existsSync(pinnedNode))
    stop('the package `node` is installed but its program is missing; run `npm rebuild node` and look at what it says');
  fs.writeFileSync(stampFile, lockHash());
}

function newestChange(folder) {
  let newest = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestChange(file) : fs.statSync(file).mtimeMs);
  }
  return newest;
}

function isBuilt() {
  const built = inRoot('dist', 'muster.js');
  const sources = Math.max(
    ...['src', 'views', 'inventory', 'bin'].map((folder) => newestChange(inRoot(folder))),
    fs.statSync(stampFile).mtimeMs,
  );
  return fs.existsSync(built) && fs.statSync(built).mtimeMs >= sources;
}

function build() {
  if (isBuilt()) return;
  run('build', pinnedNode, [inRoot('bin', 'build.mjs')]);
}

/** Two commands in a fresh checkout, in two panes, would each take the packages away from under the other: the second waits for the first. */
const lockFile = inRoot('.muster-preparing');
/** An installation over a slow link; what takes longer has died, and its number belongs to another process by now. */
const LOCK_MAX_MS = 900_000;

function isTaken() {
  try {
    fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return false;
  } catch (error) {
    if (error.code !== 'EEXIST') stop(`${root} cannot be written to: ${error.message}`);
    return true;
  }
}

/** The process that prepares this checkout is gone, or was never let end. */
function isStale() {
  try {
    const pid = Number(fs.readFileSync(lockFile, 'utf8'));
    const ageMs = Date.now() - fs.statSync(lockFile).mtimeMs;
    // Between its making and the number in it.
    if (pid === 0) return ageMs > 5_000;
    if (ageMs > LOCK_MAX_MS) return true;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function prepareAlone() {
  let isTold = false;
  while (isTaken()) {
    if (isStale()) fs.rmSync(lockFile, { force: true });
    else {
      if (!isTold) process.stderr.write('muster: another command prepares this checkout; waiting for it\n');
      isTold = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  process.on('exit', () => fs.rmSync(lockFile, { force: true }));
  install();
  build();
}

if (!isInstalled() || !isBuilt()) prepareAlone();
