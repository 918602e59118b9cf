// A server of the real binary, with boxes and modems of the real simulator, for the browser to look at.
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, openSync, closeSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const bin = resolve(import.meta.dirname, '../../../bin');
const run = promisify(execFile);

/** The password of every user that Server.user makes. */
export const password = 'correct horse battery staple';

/** freePort returns a UDP port of an address that was free a moment ago. */
function freePort(address: string): Promise<number> {
  return new Promise((done, failed) => {
    const socket = createSocket('udp4');
    socket.once('error', failed);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });
}

const secret = Buffer.from('a key of the tests, 32 bytes long').toString('base64');

/** config is the configuration of a server whose modems live in 127.NET.0.0/16. */
function config(net: number, relayPort: number): string {
  return `
data: ./data
log: {level: warn, format: text}
web: {listen: "127.0.0.1:0"}
files: {listen: "127.0.0.1:0"}
cwmp: {listen: "127.0.0.1:0", auth: basic, username: cpe, password: cpe-password, periodicInform: 1h, codePollInterval: 1m}
bss: {callbackSecret: whsec_${secret}, callbackAllow: [127.0.0.0/8]}
dhcp:
  listen: ["127.0.0.1:0"]
  relayPort: ${relayPort}
  serverId: 127.0.0.1
  classes:
    cm-active:  {match: 'client.kind == "cm" && client.provisioned', options: {2: 3600}, bootFile: dynamic, template: internet, leaseTime: 24h}
    cm-unknown: {match: 'client.kind == "cm"', bootFile: dynamic, template: walled, leaseTime: 5m}
    cpe:        {match: 'client.kind == "cpe"'}
  scopes:
    - subnet: 127.${net}.0.0/16
      relay: [127.${net}.0.1]
      routers: [127.${net}.0.1]
      pools:
        - {range: 127.${net}.1.1-127.${net}.1.250, classes: [cm-active]}
        - {range: 127.${net}.2.1-127.${net}.2.250, classes: [cm-unknown]}
        - {range: 127.${net}.3.1-127.${net}.3.250, classes: [cpe]}
tftp: {listen: "127.0.0.1:0"}
tod: {listen: "127.0.0.1:0"}
docsis: {sharedSecretFile: cmts.secret, packages: {silver: {downKbps: 100000, upKbps: 10000}}}
`;
}

/** Box is a simulated device that stays until it is ended. */
export interface Box {
  readonly mac: string;
  readonly stbId: string;
  /** Writes what a person types at the box: the activation code. */
  type(code: string): void;
  end(): void;
}

/** Server is one itms and what is connected to it. */
export class Server {
  readonly #dir = mkdtempSync(join(tmpdir(), 'itms-e2e-'));
  readonly #children: ChildProcess[] = [];
  #addresses: Record<string, string> = {};
  #token = '';
  #mac = 0;
  #order = 0;
  #relayPort = 0;

  private constructor(readonly net: number) {}

  /** start runs a server; net (20 to 99) keeps its modems apart from those of others. */
  static async start(net: number): Promise<Server> {
    const server = new Server(net);
    server.#relayPort = await freePort(`127.${net}.0.1`);
    writeFileSync(join(server.#dir, 'itms.yaml'), config(net, server.#relayPort));
    writeFileSync(join(server.#dir, 'cmts.secret'), 'plant-secret\n');
    server.#spawn('itms', ['serve', '--config', 'itms.yaml']);
    await server.#ready();
    server.#token = (await server.cli('token', 'create', '--role', 'admin', '--name', 'tests')).trim().split('\n').at(-1) ?? '';
    return server;
  }

  get url(): string {
    return `http://${this.#addresses['web']}`;
  }

  /** cli runs a command of itms beside the server and returns what it printed. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await run(join(bin, 'itms'), [...args, '--config', 'itms.yaml'], { cwd: this.#dir });
    return stdout;
  }

  /** call makes a call of the API as an administrator. */
  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : {}) as T;
  }

  /** firstPassword makes a user and returns the one-time password. */
  async firstPassword(name: string, role: string, ...more: string[]): Promise<string> {
    const printed = await this.cli('user', 'add', name, '--role', role, ...more);
    return printed.trim().split('\n').at(-1) ?? '';
  }

  /** user makes a user who signs in with password. */
  async user(name: string, role: string, ...more: string[]): Promise<void> {
    const first = await this.firstPassword(name, role, ...more);
    const signedIn = await fetch(`${this.url}/api/v1/sign-in`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name, password: first }) });
    if (!signedIn.ok) throw new Error(`sign in as ${name}: ${signedIn.status} ${await signedIn.text()}`);
    const cookie = signedIn.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
    const changed = await fetch(`${this.url}/api/v1/me/password`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', Cookie: cookie, Origin: this.url, 'Sec-Fetch-Site': 'same-origin' }, body: JSON.stringify({ old: first, new: password }),
    });
    if (!changed.ok) throw new Error(`password of ${name}: ${changed.status} ${await changed.text()}`);
  }

  /** mac returns a documentation MAC that nothing else of this server has. */
  mac(): string {
    return `00:00:5E:00:53:${(++this.#mac).toString(16).padStart(2, '0').toUpperCase()}`;
  }

  /** orderNo returns a fresh order number. */
  orderNo(prefix = 'WEB'): string {
    return `${prefix}-${this.net}-${++this.#order}`;
  }

  /** install posts an install order for a box and returns its answer. */
  async install(values: { no?: string; mac?: string; mode?: 'self' | 'technician'; model?: string; name?: string; area?: string; type?: string } = {}): Promise<{ orderNo: string; activationCode?: string }> {
    const no = values.no ?? this.orderNo();
    return this.call('POST', '/api/v1/work-orders', {
      orderNo: no, source: 'tests', kind: 'install', mode: values.mode ?? 'self',
      subscriber: { id: `S-${no}`, name: values.name ?? 'Ada Byron', phone: '555-0100', address: '1 Example Street' },
      service: { id: `${no}-1`, type: values.type ?? 'iptv', package: values.type === 'internet' ? 'silver' : 'IPTV-4K', account: `acc-${no}`, password: 'service-secret', authUrl: 'http://auth.example.com/' },
      ...(values.mac ? { device: { mac: values.mac } } : {}), line: { area: values.area ?? '510100' },
    });
  }

  /** until waits for a state of an order. */
  async until(no: string, ...states: string[]): Promise<void> {
    let state = '';
    for (let i = 0; i < 400; i++) {
      state = (await this.call<{ state: string }>('GET', `/api/v1/work-orders/${encodeURIComponent(no)}`)).state;
      if (states.includes(state)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`order ${no} is ${state}, not ${states.join(' or ')}`);
  }

  /** box boots a simulated box that then stays in contact. */
  box(mac: string, model = 'ctc-stb', ...more: string[]): Box {
    const digits = mac.replaceAll(':', '');
    const codeFile = join(this.#dir, `code-${digits}`);
    const child = this.#spawn('cpesim', ['run', '--acs', `http://${this.#addresses['cwmp']}/cwmp`, '--username', 'cpe', '--password', 'cpe-password',
      '--model', model, '--mac', mac, '--state', `box-${digits}.json`, '--code-file', codeFile, '--backoff-unit', '100ms', ...more]);
    return { mac, stbId: digits, type: (code) => writeFileSync(codeFile, code), end: () => void child.kill('SIGTERM') };
  }

  /** modem boots a cable modem once, behind a relay, and returns what it came to. */
  async modem(mac: string, ...more: string[]): Promise<string> {
    const { stdout } = await run(join(bin, 'cpesim'), ['modem', '--dhcp', this.#addresses['dhcp'] ?? '', '--relay', `127.${this.net}.0.1:${this.#relayPort}`,
      '--tftp-port', portOf(this.#addresses['tftp']), '--tod-port', portOf(this.#addresses['tod']), '--mac', mac, '--secret-file', 'cmts.secret', ...more], { cwd: this.#dir });
    return stdout;
  }

  /** end stops everything and throws the data away. */
  async end(): Promise<void> {
    await Promise.all(this.#children.map((child) => new Promise<void>((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', () => done());
      child.kill('SIGTERM');
    })));
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** log is what the server wrote. */
  log(): string {
    return readFileSync(join(this.#dir, 'itms.log'), 'utf8');
  }

  #spawn(program: string, args: string[]): ChildProcess {
    const log = openSync(join(this.#dir, `${program}.log`), 'a');
    const child = spawn(join(bin, program), args, { cwd: this.#dir, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#children.push(child);
    return child;
  }

  async #ready(): Promise<void> {
    const server = this.#children[0];
    for (let i = 0; i < 300; i++) {
      if (server?.exitCode !== null) break;
      try {
        this.#addresses = JSON.parse(readFileSync(join(this.#dir, 'data', 'addresses.json'), 'utf8')) as Record<string, string>;
        return;
      } catch {
        await new Promise((done) => setTimeout(done, 50)); // not written yet
      }
    }
    throw new Error(`the server did not come up: ${this.log()}`);
  }
}

function portOf(address: string | undefined): string {
  return address?.split(':').at(-1) ?? '';
}
