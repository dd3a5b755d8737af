// Firefox as its maker ships it, driven by WebDriver BiDi (W3C): Playwright drives builds of its own only. The few
// commands that a smoke test needs, over a WebSocket (RFC 6455) of the few frames that they need.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/// The browser's program, if there is one.
export const firefox = [process.env.UNIMED_FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (path) => path && existsSync(path),
);

/// A text of a client as one masked frame.
function frame(text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  if (head.length === 2) head[1] = 0x80 | body.length;
  else if (head.length === 4) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, body.map((byte, place) => byte ^ mask[place % 4])]);
}

/// Calls `hear` with every text that comes through a socket.
function listen(socket, hear) {
  let waiting = Buffer.alloc(0);
  let parts = [];
  socket.on('data', (data) => {
    waiting = Buffer.concat([waiting, data]);
    for (;;) {
      if (waiting.length < 2) return;
      const short = waiting[1] & 0x7f;
      const start = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (waiting.length < start) return;
      const length = short === 126 ? waiting.readUInt16BE(2) : short === 127 ? Number(waiting.readBigUInt64BE(2)) : short;
      if (waiting.length < start + length) return;
      const [last, code] = [waiting[0] & 0x80, waiting[0] & 0x0f];
      if (code <= 2) parts.push(waiting.subarray(start, start + length));
      waiting = waiting.subarray(start + length);
      if (code <= 2 && last) {
        hear(Buffer.concat(parts).toString());
        parts = [];
      }
    }
  });
}

/// A connection that sends commands and waits for their answers.
async function connect(url) {
  const { hostname, port, pathname } = new URL(url);
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': 13,
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  };
  const socket = await new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: pathname, headers });
    asked.on('upgrade', (_, socket) => resolve(socket));
    asked.on('error', reject);
    asked.on('response', ({ statusCode }) => reject(new Error(`${url}: status ${statusCode} instead of a WebSocket`)));
    asked.end();
  });
  const open = new Map();
  listen(socket, (text) => {
    const { id, type, result, error, message } = JSON.parse(text);
    const ends = open.get(id);
    if (!ends) return;
    open.delete(id);
    if (type === 'success') ends.resolve(result);
    else ends.reject(new Error(`${error}: ${message}`));
  });
  let next = 0;
  return {
    send(method, params) {
      next += 1;
      const id = next;
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject });
        socket.write(frame(JSON.stringify({ id, method, params })));
      });
    },
    close: () => socket.destroy(),
  };
}

/// A fresh Firefox with one empty page.
export async function startFirefox() {
  const profile = await mkdtemp(join(tmpdir(), 'unimed-firefox-'));
  const program = spawn(firefox, ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile, MOZ_DISABLE_SAFE_MODE_KEY: '1' },
  });
  const url = await new Promise((resolve, reject) => {
    program.once('error', reject);
    program.once('exit', (code) => reject(new Error(`Firefox ended with ${code}`)));
    createInterface({ input: program.stderr }).on('line', (line) => {
      const found = /WebDriver BiDi listening on (\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
  });
  const wire = await connect(`${url}/session`);
  await wire.send('session.new', { capabilities: {} });
  const { contexts } = await wire.send('browsingContext.getTree', {});
  const { context } = contexts[0];
  return {
    open: (address) => wire.send('browsingContext.navigate', { context, url: address, wait: 'complete' }),

    /// Runs a function in the page with plain values; gives a plain value.
    async run(act, ...values) {
      const expression = `(async () => JSON.stringify(await (${act})(...${JSON.stringify(values)})) ?? 'null')()`;
      const found = await wire.send('script.evaluate', { expression, target: { context }, awaitPromise: true });
      if (found.type !== 'success') throw new Error(found.exceptionDetails.text);
      return JSON.parse(found.result.value);
    },

    async stop() {
      wire.close();
      program.removeAllListeners('exit');
      const ended = new Promise((resolve) => program.once('exit', resolve));
      program.kill();
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
