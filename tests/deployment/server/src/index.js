const { createServer } = require("node:http");
const { createAdapter } = require("@socket.io/redis-adapter");
const { Server } = require("socket.io");

const web = createServer();
const io = new Server(web, {
  adapter: createAdapter(publisher, subscriber),
  pingInterval: 30_000,
  pingTimeout: 20_000,
  maxHttpBufferSize: 64 * 1024,
});
web.listen(3000);
