// Recipes of the guides, run as they are written: files and commands are taken from the text and put to work in a copy of the
// repository, in the order in which they stand.
//
// A block of commands is fenced as `sh`; a file is any other block after a line that ends with its path and a colon. A last command
// that serves a folder goes on until the recipe is closed. What a copy changes is only what belongs to another machine: ports, folders
// under /srv, and the addresses that a test names.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root, setting } from './surroundings.mjs';

/// What a recipe may write, beside docs/guides; everything else of the copy is a link into the repository.
const own = ['dist', 'hosts.json', 'lessons', 'phantom'];
/// What is not part of a clone, or is made anew.
const leftOut = ['.git', 'target', 'docs'];

/// The command `unimed`, where one was built.
export const unimed = process.env.UNIMED_COMMAND && existsSync(process.env.UNIMED_COMMAND) && process.env.UNIMED_COMMAND;

/// Whether a process may have a network of its own.
export const namespaces = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

/// The recipes of a guide by their headings. A heading inside of a file is none of the guide's.
export function recipes(guide) {
  const found = new Map();
  let fence;
  let lines = [];
  for (const line of readFileSync(join(root, 'docs/guides', guide), 'utf8').split('\n')) {
    const [mark] = /^`{3,}/.exec(line) ?? [];
    if (mark && !fence) fence = mark;
    else if (mark === fence) fence = undefined;
    if (!fence && line.startsWith('## ')) found.set(line.slice(3), (lines = []));
    else lines.push(line);
  }
  return new Map([...found].map(([heading, lines]) => [heading, lines.join('\n')]));
}

/// The part of a guide under a heading.
export function section(guide, heading) {
  const text = recipes(guide).get(heading);
  if (text === undefined) throw new Error(`expected the heading "${heading}" in ${guide}, found none`);
  return text;
}

/// The fenced blocks of a text: language, content, and the path of the file that it is.
export function blocks(text) {
  const all = [];
  for (const match of text.matchAll(/^(`{3,})(\w*)\n([^]*?)^\1$/gm)) {
    const before = text.slice(0, match.index).trimEnd().split('\n').at(-1);
    const [, file] = /`([^`\s]+)`:$/.exec(before) ?? [];
    all.push({ language: match[2], content: match[3], file });
  }
  return all;
}

/// A network of its own, in which nothing is reached but what runs in it, and a browser that is started there.
export async function startNetwork() {
  const holder = spawn('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && echo up && exec sleep infinity'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const enter = `exec nsenter --target ${holder.pid} --user --net --preserve-credentials`;
  const folder = mkdtempSync(join(tmpdir(), 'unimed-network-'));
  const executable = join(folder, 'browser');
  writeFileSync(executable, `#!/bin/sh\n${enter} '${setting('UNIMED_CHROME')}' "$@"\n`, { mode: 0o755 });
  return {
    enter,
    executable,
    async stop() {
      holder.kill();
      await once(holder, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

/// A recipe in a copy of the repository; `exchanged` are addresses of the text and what stands for them on this machine, `network`
/// is where its servers run.
export class Recipe {
  constructor(guide, heading, { exchanged = {}, network } = {}) {
    this.text = section(guide, heading);
    this.home = mkdtempSync(join(tmpdir(), 'unimed-recipe-'));
    this.exchanged = { '/srv/': `${join(this.home, 'srv')}/`, ...exchanged };
    this.network = network;
    this.servers = [];
    this.commands = [];
    for (const name of readdirSync(root)) {
      if (own.includes(name)) cpSync(join(root, name), join(this.home, name), { recursive: true });
      else if (!leftOut.includes(name)) symlinkSync(join(root, name), join(this.home, name));
    }
    cpSync(join(root, 'docs/guides'), join(this.home, 'docs/guides'), { recursive: true });
    // `cargo xtask` and `unimed`, as they were built.
    mkdirSync(join(this.home, 'srv'));
    mkdirSync(join(this.home, 'bin'));
    const cargo = spawnSync('sh', ['-c', 'command -v cargo'], { encoding: 'utf8' }).stdout.trim();
    this.#program('cargo', `[ "$1" != xtask ] && unset CARGO_MANIFEST_DIR && exec '${cargo}' "$@"; shift; exec '${setting('UNIMED_XTASK')}' "$@"`);
    this.#program('unimed', `exec '${unimed || 'no-unimed-was-built'}' "$@"`);
    this.environment = {
      ...process.env,
      CARGO_MANIFEST_DIR: this.home,
      PATH: `${join(this.home, 'bin')}:${process.env.PATH}`,
      PYTHONUNBUFFERED: '1',
    };
  }

  #program(name, script) {
    writeFileSync(join(this.home, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /// A text of the recipe with this machine's addresses.
  here(text) {
    return Object.entries(this.exchanged).reduce((text, [there, here]) => text.replaceAll(there, here), text);
  }

  /// Writes every file and runs every command. Gives the ports of what goes on serving, in their order.
  async follow() {
    for (const { language, content, file } of blocks(this.text)) {
      if (language === 'sh') await this.#run(this.here(content));
      else if (file) this.#write(file, this.here(content));
      // What a command says, or a part of somebody else's configuration.
      else if (!['text', 'nginx'].includes(language)) throw new Error(`expected a path before the block, found none:\n${content}`);
    }
    return this;
  }

  #write(file, content) {
    const path = join(this.home, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  async #run(script) {
    const lines = script.trim().split('\n');
    const serves = /http\.server|xtask serve/.test(lines.at(-1));
    const before = serves ? lines.slice(0, -1) : lines;
    const { home: cwd, environment: env } = this;
    this.commands.push(...lines);
    if (before.length) execFileSync('sh', ['-eu', '-c', before.join('\n')], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (serves) await this.serve(lines.at(-1));
  }

  /// Runs a command that serves until the recipe is closed; gives the address.
  async serve(command) {
    const [written] = /\b8\d{3}\b/.exec(command);
    const port = this.network ? written : await freePort();
    const enter = this.network?.enter ?? 'exec';
    const program = spawn('sh', ['-c', `${enter} ${command.replace(written, port)}`], { cwd: this.home, env: this.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    this.servers.push(program);
    // Commands and addresses after it mean this one.
    this.exchanged[`:${written}/`] = `:${port}/`;
    await Promise.race([
      once(program.stdout, 'data'),
      once(program, 'exit').then(([code]) => Promise.reject(new Error(`\`${command}\` ended with ${code}`))),
    ]);
    program.stdout.resume();
    return `http://127.0.0.1:${port}/`;
  }

  /// The first address that the recipe tells to open, on this machine.
  get address() {
    const [, address] = /`(http:\/\/[^`]+)`/.exec(this.text);
    return this.here(address);
  }

  async close() {
    for (const program of this.servers) {
      program.kill();
      if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
    }
    rmSync(this.home, { recursive: true });
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
