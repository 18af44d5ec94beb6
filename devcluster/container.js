// Makes a container, signed with the account's key, which comes on stdin. One that is there already is as good.
// usage: node container.js https://HOST:PORT/ACCOUNT CONTAINER < KEY
const crypto = require('crypto');
const fs = require('fs');

const [root, container] = process.argv.slice(2);
const key = Buffer.from(fs.readFileSync(0, 'utf8').trim(), 'base64');
const url = new URL(`${root}/${container}?restype=container`);
const account = url.pathname.split('/')[1];
const headers = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2021-12-02', 'content-length': '0' };
const words = ['PUT', ...Array(11).fill(''), `x-ms-date:${headers['x-ms-date']}`, `x-ms-version:${headers['x-ms-version']}`, `/${account}${url.pathname}`, 'restype:container'];
headers.authorization = `SharedKey ${account}:${crypto.createHmac('sha256', key).update(words.join('\n')).digest('base64')}`;
require(url.protocol.slice(0, -1)).request(url, { method: 'PUT', headers }, (answer) => {
  answer.resume();
  if (answer.statusCode === 201 || answer.statusCode === 409) return;
  console.error(`${url.origin}: the container ${container} could not be made: ${answer.statusCode} ${answer.headers['x-ms-error-code']}`);
  process.exitCode = 1;
}).on('error', (trouble) => { console.error(String(trouble)); process.exitCode = 1; }).end();
