// node -r ./loopback.cjs … : whatever listens, listens on this machine only.
const { Server } = require('node:net');
const listen = Server.prototype.listen;

Server.prototype.listen = function (...given) {
  const [first, second] = given;
  if (typeof first === 'number' && typeof second !== 'string') given.splice(1, 0, '127.0.0.1');
  else if (first && typeof first === 'object' && first.port !== undefined) given[0] = { ...first, host: '127.0.0.1' };
  return listen.apply(this, given);
};
