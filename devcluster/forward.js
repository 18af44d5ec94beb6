// Listens on one address and passes each connection on to the same port of loopback, bytes as they come.
// usage: node forward.js ADDRESS PORT...
const net = require('net');

const [address, ...ports] = process.argv.slice(2);
for (const port of ports.map(Number)) {
  net.createServer((client) => {
    const server = net.connect(port, '127.0.0.1');
    for (const [here, there] of [[client, server], [server, client]]) {
      here.on('error', () => there.destroy());
      here.on('close', () => there.destroy());
      here.pipe(there);
    }
  }).listen(port, address);
}
