// A Bot API that was not written by us: npm's telegram-test-api, mended in four places so that
// python-telegram-bot can read its answers.
// node telegram_server.cjs '{"port": 0}'
const { createServer } = require('node:net');
const TelegramServer = require('telegram-test-api');

const options = JSON.parse(process.argv[2] ?? '{}');

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

// 1. Updates: ids are strings, times are whole seconds, people say that they are no bots.
function mendUpdates(Server) {
  const format = Server.formatUpdate;
  Server.formatUpdate = (update) => {
    const result = format(update);
    if (result.callback_query) {
      result.callback_query.chat_instance ??= '1';
      result.callback_query.id = String(result.callback_query.id ?? update.callbackId);
    }
    for (const message of [result.message, result.callback_query?.message]) {
      if (!message) continue;
      message.date = Math.floor(Date.now() / 1000);
      if (message.from) message.from.is_bot ??= false;
    }
    return result;
  };
}

// 2. Messages of the bot come from the bot, and what came as JSON in a form is not handed back as text.
function mendBotMessages(server, me) {
  const add = server.addBotMessage.bind(server);
  server.addBotMessage = (...given) => {
    const message = add(...given);
    message.date = Math.floor(message.date / 1000);
    message.from = { id: me.id, is_bot: true, first_name: me.first_name };
    delete message.link_preview_options;
    delete message.reply_parameters;
    return message;
  };
}

// 3. An edit without buttons takes the buttons away, as Telegram does.
function mendEdits(server) {
  const edit = server.editMessageText.bind(server);
  server.editMessageText = (given) => edit({ ...given, reply_markup: given.reply_markup ?? '{}' });
}

// 4. getMe tells a name, and an edit answers with something. Both must stand before the server's own routes,
//    after its body parsers.
function mendRoutes(server, me) {
  const stack = server.webServer._router?.stack ?? server.webServer.router.stack;
  server.webServer.use((request, response, next) => {
    if (/\/edit/.test(request.path)) {
      const send = response.sendResult;
      response.sendResult = (data) => send.call(response, { ...data, result: data.result ?? true });
    }
    next();
  });
  const edits = stack.pop();
  server.webServer.all('/bot:token/getMe', (request, response) => response.json({ ok: true, result: me }));
  stack.splice(4, 0, edits, stack.pop());
}

async function main() {
  const port = options.port || (await freePort());
  const server = new TelegramServer({ port, host: '127.0.0.1', storage: 'RAM', storeTimeout: 600 });
  const me = { id: 666, is_bot: true, first_name: 'Kaiku', username: 'KaikuTestBot' };
  mendUpdates(server.constructor);
  mendBotMessages(server, me);
  mendEdits(server);
  mendRoutes(server, me);
  await server.start();
  console.log(`ready http://127.0.0.1:${port}`);
}

main();
