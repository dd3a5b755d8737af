// The page that other sites put into a frame. It hears the page around it, if that is of a site which embed.json names, and nobody else.

import { Log } from './log.js';
import { type Notice, type Reply, VERSION } from './protocol.js';
import { Requests } from './requests.js';
import { wordsOf } from './words.js';

const words = wordsOf(new URLSearchParams(location.search).get('locale') ?? 'en');
document.documentElement.lang = words === wordsOf('zh') ? 'zh-CN' : 'en';
const log = new Log(words);
const refuse = (why: string) => {
  document.documentElement.dataset['refused'] = '';
  log.say(why);
};
const notAllowed = (origin: string) =>
  `${origin} is not among the sites that may use UniMed of ${location.host} in a frame, so nothing runs here. ` +
  'Whoever runs that host can name it in hosts.json.';

void open();

async function open(): Promise<void> {
  if (parent === window) {
    refuse("This page is for frames of other sites' pages: it waits for messages of the page around it. UniMed itself is one folder up from embed.html.");
    return;
  }
  const allowed = await allowedOrigins();
  // Not every browser says who is around a page; then the first message does.
  const around = location.ancestorOrigins?.[0];
  if (around !== undefined && !allowed.has(around)) {
    refuse(notAllowed(around));
    return;
  }
  let requests: Requests | undefined;
  addEventListener('message', ({ data, source, origin }: MessageEvent<unknown>) => {
    // Messages that are none of this protocol are none of this page's business.
    if (source !== parent || typeof data !== 'object' || data === null || !('unimed' in data)) return;
    if (!allowed.has(origin)) {
      refuse(notAllowed(origin));
      return;
    }
    requests ??= begin(origin);
    void requests.run(data);
  });
  addEventListener('pagehide', () => requests?.dispose());
  log.say(around ? words.waiting(new URL(around).host) : words.caution);
  // Says no more than that there is a page; anyone may know that.
  parent.postMessage({ unimed: VERSION, listening: {} } satisfies Notice, around ?? '*');
}

/** Answers a page, and tells it how high this one is. */
function begin(origin: string): Requests {
  const send = (message: Notice | Reply) => parent.postMessage(message, origin);
  new ResizeObserver(() => {
    send({ unimed: VERSION, resize: { height: Math.ceil(document.body.getBoundingClientRect().height) } });
  }).observe(document.body);
  return new Requests(send, log, words);
}

/** The sites that may talk to this page; none where the list cannot be read. */
async function allowedOrigins(): Promise<Set<string>> {
  try {
    const { origins } = (await (await fetch('embed.json')).json()) as { origins: string[] };
    return new Set(origins.map((origin) => new URL(origin).origin));
  } catch {
    return new Set();
  }
}
