#!/usr/bin/env node
// A small responder of IKEv2 (RFC 5996), and its adapter (../dut-guide.md): one suite, preshared keys, one
// ESP child for each IKE SA, of which nothing comes. It was written from the guide and the schema of the
// control protocol alone. usage: responder.js ADDRESS PORT
'use strict';
const crypto = require('crypto');
const [address, port] = [process.argv[2], Number(process.argv[3])];
const SUITE = 'AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048';
const SA = 33, KE = 34, IDi = 35, IDr = 36, AUTH = 39, NONCE = 40, NOTIFY = 41, DELETE = 42, TSi = 44, TSr = 45, SK = 46;
const INVALID_MAJOR_VERSION = 5, INVALID_SYNTAX = 7, NO_PROPOSAL_CHOSEN = 14, INVALID_KE_PAYLOAD = 17,
  AUTHENTICATION_FAILED = 24, NO_ADDITIONAL_SAS = 35, TS_UNACCEPTABLE = 38, UNSUPPORTED_CRITICAL_PAYLOAD = 1;
const ID_TYPES = {ID_IPV4_ADDR: 1, ID_FQDN: 2, ID_RFC822_ADDR: 3, ID_KEY_ID: 11};
let config, sas, inits;  // IKE SAs by the device's SPI; answers to IKE_SA_INIT by the request
const forget = (sa) => sas.delete(sa.spiR.toString('hex'));

// An error that the peer is told by a notification.
class Refusal extends Error {
  constructor(type, data = Buffer.alloc(0)) {
    super(`notification ${type}`);
    this.type = type;
    this.payload = {type: NOTIFY, body: Buffer.concat([Buffer.from([0, 0, type >> 8, type & 255]), data])};
  }
}
function check(holds, type = INVALID_SYNTAX, data) {
  if (!holds) throw new Refusal(type, data);
}
function refusalOf(action) {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const prf = (key, ...data) => crypto.createHmac('sha256', key).update(Buffer.concat(data)).digest();
function prfPlus(key, seed, size) {
  let out = Buffer.alloc(0), last = out;
  for (let i = 1; out.length < size; ++i) {
    last = prf(key, last, seed, Buffer.from([i]));
    out = Buffer.concat([out, last]);
  }
  return out;
}

// Payloads {type, body}, the first one of TYPE. SK is the last.
function parse(type, octets) {
  const payloads = [];
  let at = 0;
  for (let next; type !== 0; type = next) {
    check(octets.length >= at + 4);
    const size = octets.readUInt16BE(at + 2);
    check(size >= 4 && at + size <= octets.length);
    const known = type >= 33 && type <= 48;
    check(known || !(octets[at + 1] & 0x80), UNSUPPORTED_CRITICAL_PAYLOAD, Buffer.from([type]));
    payloads.push({type, body: octets.subarray(at + 4, at + size)});
    next = octets[at];
    at += size;
  }
  check(at === octets.length);
  return payloads;
}
function chain(payloads) {
  return Buffer.concat(payloads.map(({body}, i) => {
    const head = Buffer.from([i + 1 < payloads.length ? payloads[i + 1].type : 0, 0, 0, 0]);
    head.writeUInt16BE(body.length + 4, 2);
    return Buffer.concat([head, body]);
  }));
}
function only(payloads, type) {
  const found = payloads.filter((payload) => payload.type === type);
  check(found.length === 1);
  return found[0].body;
}

// Of the first proposal of PROTOCOL that has all WANTED transforms (type, ID, key length) and no other types:
// its number, SPI and those transforms as they came.
function choose(body, protocol, wanted) {
  for (let at = 0; at < body.length;) {
    check(at + 8 <= body.length);
    const size = body.readUInt16BE(at + 2), end = at + size, spi = body.subarray(at + 8, at + 8 + body[at + 6]);
    check(end <= body.length);
    const offered = [];
    for (let inner = at + 8 + spi.length; inner < end;) {
      check(inner + 8 <= end);
      const length = body.readUInt16BE(inner + 2);
      check(length >= 8 && inner + length <= end);
      offered.push(body.subarray(inner, inner + length));
      inner += length;
    }
    check(offered.length === body[at + 7]);
    const chosen = wanted.map(([type, id, bits]) => offered.find((one) => one[4] === type &&
        one.readUInt16BE(6) === id && (bits ? one.length === 12 && one.readUInt32BE(8) === 0x800e0000 + bits : one.length === 8)));
    const types = new Set(offered.map((one) => one[4]));
    if (body[at + 5] === protocol && chosen.every(Boolean) && types.size === wanted.length)
      return {number: body[at + 4], spi, chosen};
    at = end;
  }
  throw new Refusal(NO_PROPOSAL_CHOSEN);
}
function accepted(protocol, {number, chosen}, spi) {
  const transforms = chosen.map((one, i) => Buffer.concat([
    Buffer.from([i + 1 < chosen.length ? 3 : 0, 0, 0, one.length, one[4], 0]), one.subarray(6)]));
  const rest = Buffer.concat([Buffer.from([number, protocol, spi.length, chosen.length]), spi, ...transforms]);
  return {type: SA, body: Buffer.concat([Buffer.from([0, 0, 0, 4 + rest.length]), rest])};
}

// A response to REQUEST.
function message(request, spiR, next, body) {
  const out = Buffer.concat([request.subarray(0, 8), spiR, Buffer.from([next, 0x20, request[18], 0x20]),
    request.subarray(20, 24), Buffer.alloc(4), body]);
  out.writeUInt32BE(out.length, 24);
  return out;
}

function ikeSaInit(request) {
  const payloads = parse(request[16], request.subarray(28));
  const chosen = choose(only(payloads, SA), 1, [[1, 12, 128], [3, 12], [2, 5], [4, 14]]);
  const ke = only(payloads, KE), ni = only(payloads, NONCE);
  check(ke.length >= 4 && ni.length >= 16 && ni.length <= 256);
  check(ke.readUInt16BE(0) === 14, INVALID_KE_PAYLOAD, Buffer.from([0, 14]));
  check(ke.length === 260);
  const dh = crypto.getDiffieHellman('modp14'), nr = crypto.randomBytes(32), spiR = crypto.randomBytes(8);
  const padded = (octets) => Buffer.concat([Buffer.alloc(256 - octets.length), octets]);
  const own = padded(dh.generateKeys());
  let shared;
  try {
    shared = padded(dh.computeSecret(ke.subarray(4)));
  } catch {
    throw new Refusal(INVALID_SYNTAX);  // no value of the group
  }
  const seed = Buffer.concat([ni, nr, request.subarray(0, 8), spiR]);
  const keys = prfPlus(prf(Buffer.concat([ni, nr]), shared), seed, 32 + 64 + 32 + 64);
  const key = (from, size) => keys.subarray(from, from + size);
  const sa = {spiI: request.subarray(0, 8), spiR, ni, nr, request, next: 1, state: 'half-open', children: [],
    ai: key(32, 32), ar: key(64, 32), ei: key(96, 16), er: key(112, 16), pi: key(128, 32), pr: key(160, 32)};
  sa.response = message(request, spiR, SA, chain([accepted(1, chosen, Buffer.alloc(0)),
    {type: KE, body: Buffer.concat([Buffer.from([0, 14, 0, 0]), own])}, {type: NONCE, body: nr}]));
  sas.set(spiR.toString('hex'), sa);
  return sa.response;
}

const octetsOf = (text) => text.startsWith('0x') ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text);
const identity = ({type, value}) => Buffer.concat([Buffer.from([ID_TYPES[type], 0, 0, 0]),
  type === 'ID_IPV4_ADDR' ? Buffer.from(value.split('.').map(Number)) : octetsOf(value)]);
const named = (id, {type, value}) => id[0] === ID_TYPES[type] && id.subarray(4).equals(identity({type, value}).subarray(4));

function checkSelectors(body) {
  let count = 0, known = 0, at = 4;
  for (; at < body.length; ++count) {
    check(at + 8 <= body.length);
    const size = body.readUInt16BE(at + 2), right = {7: 16, 8: 40}[body[at]];
    check(size >= 8 && at + size <= body.length && (!right || size === right));
    known += right ? 1 : 0;
    at += size;
  }
  check(count === body[0]);
  check(known > 0, TS_UNACCEPTABLE);
}
function espChild(sa, payloads) {
  const chosen = choose(only(payloads, SA), 3, [[1, 12, 128], [3, 12], [5, 0]]);
  for (const type of [TSi, TSr]) checkSelectors(only(payloads, type));
  const spi = crypto.randomBytes(4);
  sa.children.push({kind: 'esp', spi_in: spi.readUInt32BE(0), spi_out: chosen.spi.readUInt32BE(0)});
  return [accepted(3, chosen, spi), ...[TSi, TSr].map((type) => ({type, body: only(payloads, type)}))];
}
function ikeAuth(sa, payloads) {
  inits.set(sa.request.toString('hex'), null);  // the request is not answered any more
  const id = only(payloads, IDi), auth = only(payloads, AUTH);
  const peer = config.peers.find((one) => one.psk && one.identity && named(id, one.identity));
  const mac = (octets, nonce, key, body) =>
    prf(prf(octetsOf(peer.psk), Buffer.from('Key Pad for IKEv2')), octets, nonce, prf(key, body));
  check(peer && auth[0] === 2 && auth.subarray(4).equals(mac(sa.request, sa.nr, sa.pi, id)), AUTHENTICATION_FAILED);
  const own = identity(config.identity);
  Object.assign(sa, {state: 'established', peer: peer.name});
  const child = refusalOf(() => espChild(sa, payloads));
  return [{type: IDr, body: own},
    {type: AUTH, body: Buffer.concat([Buffer.from([2, 0, 0, 0]), mac(sa.response, sa.ni, sa.pr, own)])},
    ...(child instanceof Refusal ? [child.payload] : child)];
}

const spiOctets = (spi) => Buffer.from(spi.toString(16).padStart(8, '0'), 'hex');
function informational(sa, payloads) {
  for (const {type, body} of payloads) {
    const fatal = type === NOTIFY && [INVALID_SYNTAX, AUTHENTICATION_FAILED].includes(body.readUInt16BE(2));
    if (fatal || (type === DELETE && body[0] === 1)) forget(sa);
  }
  return payloads.filter(({type, body}) => type === DELETE && body[0] === 3).flatMap(({body}) => {
    check(body[1] === 4 && body.length === 4 + 4 * body.readUInt16BE(2));
    const gone = sa.children.filter((child) => body.subarray(4).includes(spiOctets(child.spi_out)));
    sa.children = sa.children.filter((child) => !gone.includes(child));
    return gone.map(({spi_in}) => ({type: DELETE, body: Buffer.concat([Buffer.from([3, 4, 0, 1]), spiOctets(spi_in)])}));
  });
}

const checksum = (key, octets) => crypto.createHmac('sha256', key).update(octets.subarray(0, -16)).digest().subarray(0, 16);
function open(sa, octets) {
  const cipher = crypto.createDecipheriv('aes-128-cbc', sa.ei, octets.subarray(32, 48)).setAutoPadding(false);
  const sealed = octets.subarray(48, -16);
  check(sealed.length > 0 && sealed.length % 16 === 0);
  const plain = Buffer.concat([cipher.update(sealed), cipher.final()]);
  check(plain.at(-1) < plain.length);
  return parse(octets[28], plain.subarray(0, plain.length - 1 - plain.at(-1)));
}
function seal(sa, request, payloads) {
  const plain = chain(payloads), iv = crypto.randomBytes(16), pad = 15 - plain.length % 16;
  const cipher = crypto.createCipheriv('aes-128-cbc', sa.er, iv).setAutoPadding(false);
  const head = Buffer.from([payloads.length ? payloads[0].type : 0, 0, 0, 0]);
  const padded = Buffer.concat([plain, Buffer.alloc(pad), Buffer.from([pad])]);
  const body = Buffer.concat([head, iv, cipher.update(padded), Buffer.alloc(16)]);
  body.writeUInt16BE(body.length, 2);
  const out = message(request, sa.spiR, SK, body);
  checksum(sa.ar, out).copy(out, out.length - 16);
  return out;
}

function answerProtected(request) {
  const sa = sas.get(request.subarray(8, 16).toString('hex')), exchange = request[18];
  if (!sa || !sa.spiI.equals(request.subarray(0, 8)) || request[16] !== SK || request.length < 80) return null;
  if (request.readUInt16BE(30) !== request.length - 28) return null;
  if (!checksum(sa.ai, request).equals(request.subarray(-16))) return null;
  if (sa.last && sa.last.request.equals(request)) return sa.last.answer;
  if (request.readUInt32BE(20) !== sa.next || (exchange === 35) !== (sa.state === 'half-open')) return null;
  let answer = refusalOf(() => {
    const payloads = open(sa, request);
    if (exchange === 35) return ikeAuth(sa, payloads);
    check(exchange === 36 || exchange === 37);
    return exchange === 37 ? informational(sa, payloads) : [new Refusal(NO_ADDITIONAL_SAS).payload];
  });
  if (answer instanceof Refusal) {
    if (sa.state === 'half-open' || answer.type === INVALID_SYNTAX) forget(sa);
    answer = [answer.payload];
  }
  sa.next += 1;
  sa.last = {request, answer: seal(sa, request, answer)};
  return sa.last.answer;
}

// The answer to a datagram; null where there is none.
function receive(request) {
  if (!config || request.length < 28 || request.readUInt32BE(24) !== request.length) return null;
  if ((request[19] & 0x28) !== 8) return null;  // a response, or of a device that has not begun the SA
  const spiR = request.subarray(8, 16);
  const refused = (refusal) => message(request, spiR, NOTIFY, chain([refusal.payload]));
  if (request[17] >> 4 > 2) return refused(new Refusal(INVALID_MAJOR_VERSION));
  if (request[18] !== 34) return answerProtected(request);
  if (request.readUInt32BE(20) !== 0 || !spiR.equals(Buffer.alloc(8))) return null;
  const known = request.toString('hex');
  if (!inits.has(known)) {
    const answer = refusalOf(() => ikeSaInit(request));
    inits.set(known, answer instanceof Refusal ? refused(answer) : answer);
  }
  return inits.get(known);
}

// The control protocol.
const failure = (code, text) => Object.assign(new Error(text), {code});
const methods = {
  describe: () => ({name: 'responder of the JavaScript example', version: '1', child: 'esp', pics: {
    roles: ['responder'], auth: ['psk'], control: true, 'key-table': false, claims: ['sas', 'keeps-ike-sa']}}),
  reset: () => {
    [config, sas, inits] = [null, new Map(), new Map()];
  },
  configure: (wanted) => {
    const {identity: own, ike_proposals: suites = [SUITE], peers} = wanted;
    if (!suites.includes(SUITE)) throw failure(-32001, `the only suite is ${SUITE}`);
    if (peers.some((peer) => (peer.auth || 'psk') !== 'psk' || (peer.own_auth || 'psk') !== 'psk'))
      throw failure(-32001, 'preshared keys alone are offered');
    if (!(own.type in ID_TYPES)) throw failure(-32001, `no identity is of type ${own.type}`);
    config = wanted;
  },
  sas: () => ({sas: [...sas.values()].map((sa) => ({peer: sa.peer || '', spi_i: sa.spiI.toString('hex'),
    spi_r: sa.spiR.toString('hex'), role: 'responder', state: sa.state, children: sa.children}))}),
};
function answer({id, method, params}) {
  try {
    if (!Object.hasOwn(methods, method)) throw failure(-32601, `unknown method '${method}'`);
    return {jsonrpc: '2.0', id, result: methods[method](params) || {}};
  } catch (error) {
    return {jsonrpc: '2.0', id, error: {code: Number.isInteger(error.code) ? error.code : -32000, message: error.message}};
  }
}

methods.reset();
const socket = require('dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
socket.on('message', (request, from) => {
  const response = receive(request);
  if (response) socket.send(response, from.port, from.address);
});
socket.bind(port, address, () => {
  const lines = require('readline').createInterface({input: process.stdin});
  lines.on('line', (line) => console.log(JSON.stringify(answer(JSON.parse(line)))));
  lines.on('close', () => process.exit());
});
