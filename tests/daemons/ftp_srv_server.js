// A server made of ftp-srv: servers.py starts it with the settings as JSON in its argument.

const settings = JSON.parse(process.argv[2]);
const { FtpSrv } = require(settings.module);

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child() { return quiet; } };
const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
const server = new FtpSrv({ url: `ftp://${host}:${settings.port}`, pasv_url: settings.host, log: quiet });
server.on('login', ({ username, password }, resolve, reject) => {
  if (username === settings.user && password === settings.password) {
    resolve({ root: settings.root });
  } else {
    reject(new Error('wrong user or password'));
  }
});
server.listen();
