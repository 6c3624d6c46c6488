// A Slack that was not written by us: the Web API and OAuth of npm's `emulate`, with signed Events API calls.
// node slack_emulator.mjs '{"port": 0, "eventsUrl": "http://127.0.0.1:3000/slack/events", "seed": {…}}'
import { createServer } from 'node:http';
import { readFileSync, readdirSync } from 'node:fs';
import { createEmulator, defineEmulator } from 'emulate';
import { Store } from '@emulators/core';

const options = JSON.parse(process.argv[2] ?? '{}');
const seed = options.seed ?? JSON.parse(readFileSync(new URL('slack_seed.json', import.meta.url), 'utf8'));

// emulate has no public way to subscribe to events, so its Slack part is loaded by what is in it.
const dist = new URL('./', import.meta.resolve('emulate'));
const part = readdirSync(dist).find(
  (name) => /^dist-.*\.js$/.test(name) && readFileSync(new URL(name, dist), 'utf8').includes('/api/chat.postMessage'),
);
const { slackPlugin, seedFromConfig } = await import(new URL(part, dist));

const service = defineEmulator({
  name: 'slack',
  state: () => ({}),
  setup({ app, webhooks, baseUrl }) {
    const store = new Store();
    slackPlugin.register(app, store, webhooks, baseUrl, new Map());
    slackPlugin.seed(store, baseUrl);
    seedFromConfig(store, baseUrl, seed);
    if (options.eventsUrl) {
      webhooks.register({ owner: 'slack', url: options.eventsUrl, events: ['*'], active: true });
    }
  },
});

// Slack reads arguments from a query string too, and slack_sdk uses that; emulate reads POST bodies only.
async function toEmulator(request, body) {
  const url = new URL(request.url, address);
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  let method = request.method;
  if (url.pathname.startsWith('/api/') && (method === 'GET' || url.search)) {
    const form = new URLSearchParams(url.search);
    if (headers.get('content-type')?.includes('urlencoded')) {
      for (const [name, value] of new URLSearchParams(body.toString())) form.set(name, value);
    }
    headers.set('content-type', 'application/x-www-form-urlencoded');
    headers.delete('content-length');
    body = Buffer.from(form.toString());
    method = 'POST';
    url.search = '';
  }
  return new Request(url, { method, headers, redirect: 'manual', ...(method === 'GET' ? {} : { body }) });
}

let emulator;
const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await emulator.fetch(await toEmulator(request, Buffer.concat(chunks)));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});
await new Promise((listening) => server.listen(options.port ?? 0, '127.0.0.1', listening));
const address = `http://127.0.0.1:${server.address().port}`;
emulator = await createEmulator({ service, listen: false, baseUrl: address });
console.log(`ready ${address}`);
