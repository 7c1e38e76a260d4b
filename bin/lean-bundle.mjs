// esbuild plugins that keep expensive things out of the way to the first frame. Measured on Node 24, two cores, start to exit of a one-line Ink
// screen: 150 ms as it comes, 115 without fetch for the layout engine, 66 with Unicode tables loaded when first needed.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ink asks for its development tools only when DEV=true; leaving them out saves a third of the bundle. */
const withoutDevelopmentTools = {
  name: 'without-development-tools',
  setup(bundle) {
    bundle.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'empty' }));
    bundle.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/** The layout engine fetches itself from a data: URL, which loads Node's whole HTTP client first. The same bytes, compiled directly. */
const layoutWithoutFetch = {
  name: 'layout-without-fetch',
  setup(bundle) {
    const embedded = /data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/;
    let wasm;
    bundle.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      return {
        contents: source.replace(replaceable(embedded, source, path)[0], 'data:application/octet-stream;base64,'),
      };
    });
    bundle.onResolve({ filter: /^muster:layout-wasm$/ }, () => ({ path: 'layout', namespace: 'layout-wasm' }));
    bundle.onLoad({ filter: /.*/, namespace: 'layout-wasm' }, () => ({ contents: wasm, loader: 'binary' }));
    bundle.onLoad({ filter: /yoga-layout\/dist\/src\/index\.js$/ }, ({ path }) => {
      const binary = path.replace('src/index.js', 'binaries/yoga-wasm-base64-esm.js');
      wasm = Buffer.from(replaceable(embedded, readFileSync(binary, 'utf8'), binary)[1], 'base64');
      const source = readFileSync(path, 'utf8');
      replaceable(/await loadYoga\(\)/, source, path);
      const synchronously =
        'await loadYoga({ instantiateWasm(imports, done) { const made = new WebAssembly.Instance(new WebAssembly.Module(layoutWasm), imports); done(made); return made.exports; } })';
      return {
        contents: `import layoutWasm from 'muster:layout-wasm';\n${source.replace('await loadYoga()', synchronously)}`,
      };
    });
  },
};

/** Widths of anything but ASCII need tables of Unicode properties; most screens never ask. */
const unicodeTablesOnDemand = {
  name: 'unicode-tables-on-demand',
  setup(bundle) {
    // Packages bring five copies of it; one serves them all.
    const path = fileURLToPath(import.meta.resolve('string-width'));
    bundle.onResolve({ filter: /^string-width$/ }, () => ({ path, namespace: 'width' }));
    bundle.onLoad({ filter: /.*/, namespace: 'width' }, () => ({
      // A required module is evaluated at the first call, an imported one at start.
      contents: `
        const PLAIN = /^[\\x20-\\x7e]*$/;
        export default (text, options) => PLAIN.test(text) ? text.length : require(${JSON.stringify(path)}).default(text, options);`,
      resolveDir: '/',
      loader: 'js',
    }));
    bundle.onLoad({ filter: /node_modules\/(?:slice-ansi|wrap-ansi|ink)\/.*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^const (\w+) = (new Intl\.Segmenter\([^;]*\));$/gm,
        'let made$1; const $1 = { segment: (text) => (made$1 ??= $2).segment(text) };',
      ),
      loader: 'js',
    }));
  },
};

/** The search of the palette makes its tables when it is evaluated: at the first search, then, and not before the first frame. */
const searchOnDemand = {
  name: 'search-on-demand',
  setup(bundle) {
    // The package brings it without its comments as well.
    const path = fileURLToPath(import.meta.resolve('fuzzysort')).replace(/fuzzysort\.js$/, 'fuzzysort.min.js');
    bundle.onResolve({ filter: /^fuzzysort$/ }, () => ({ path, namespace: 'search' }));
    bundle.onLoad({ filter: /.*/, namespace: 'search' }, () => ({
      contents: `export default { go: (...asked) => require(${JSON.stringify(path)}).go(...asked) };`,
      resolveDir: '/',
      loader: 'js',
    }));
  },
};

/**
 * ssh2 makes a new cipher for each packet from the raw key, and Node imports that key each time: 37 us a packet against 6 with a key object
 * (Node 24.21, 200-byte packets).
 */
const keysImportedOnce = {
  name: 'keys-imported-once',
  setup(bundle) {
    bundle.onLoad({ filter: /ssh2\/lib\/protocol\/crypto\.js$/ }, ({ path }) => {
      let source = readFileSync(path, 'utf8');
      for (const [name, key] of [
        ['this._encKey', 'enc.cipherKey'],
        ['this._decipherKey', 'dec.decipherKey'],
      ]) {
        const assignment = new RegExp(`(class AESGCM(?:Cipher|Decipher)Native \\{[^]*?)${name} = ${key};`);
        replaceable(assignment, source, path);
        source = source.replace(assignment, `$1${name} = require('crypto').createSecretKey(${key});`);
      }
      // Length, text and tag were three writes of the socket, so three system calls and, without Nagle's delay, three packets.
      const pieces =
        /this\._onWrite\(lenData\);([\s\S]*?)this\._onWrite\(encrypted\);[\s\S]*?(const tag = cipher\.getAuthTag\(\);)\s*this\._onWrite\(tag\);/;
      const [, make, seal] = replaceable(pieces, source, path);
      source = source.replace(
        pieces,
        () => `${make}cipher.final(); ${seal} this._onWrite(Buffer.concat([lenData, encrypted, tag]));`,
      );
      // Each packet is padded with a few random bytes, asked for one packet at a time: 1.9 us of CPU against 0.1 from a pool that is used up and never twice.
      const padding = 'randomFillSync(packet, 5 + payloadLen, padLen);';
      replaceable(/randomFillSync\(packet, 5 \+ payloadLen, padLen\);/, source, path);
      source = source.replaceAll(padding, 'pad(packet, 5 + payloadLen, padLen);').concat(`
        const PADDING = Buffer.allocUnsafeSlow(8192);
        let paddingAt = PADDING.length;
        function pad(packet, at, length) {
          if (paddingAt + length > PADDING.length) {
            randomFillSync(PADDING);
            paddingAt = 0;
          }
          PADDING.copy(packet, at, paddingAt, paddingAt + length);
          paddingAt += length;
        }`);
      // A packet that comes in parts was deciphered by parts, each into memory of its own, and put together in more. Its parts are gathered in
      // memory that is used again, and the whole is deciphered at once.
      const parts =
        /let decrypted;\s*if \(p !== 0 \|\| nb !== dataLen\) \{\s*decrypted = (this\._decipherInstance\.update\(\s*new Uint8Array\(data\.buffer, data\.byteOffset \+ p, nb\)\s*\);)\s*\} else \{[^}]*\}\s*if \(decrypted\.length\) \{[\s\S]*?this\._packetPos \+= decrypted\.length;\s*\}(\s*p \+= nb;\s*this\._pktLen \+= nb;)(\s*if \(this\._pktLen < this\._len \|\| p >= dataLen\)\s*return;)(?=[\s\S]*?class GenericDecipherNative)/;
      const [, whole, , leave] = replaceable(parts, source, path);
      source = source.replace(
        parts,
        (_, __, on) => `
        if (nb === this._len) {
          this._packet = ${whole}
        } else {
          this._gathered ??= GATHERING.pop() ?? Buffer.allocUnsafeSlow(MAX_PACKET_SIZE);
          this._gathered.set(new Uint8Array(data.buffer, data.byteOffset + p, nb), this._pktLen);
        }${on}
        if (this._pktLen === this._len && this._gathered !== undefined) {
          this._packet = this._decipherInstance.update(this._gathered.subarray(0, this._len));
          if (GATHERING.length < 16) GATHERING.push(this._gathered);
          this._gathered = undefined;
        }${leave}`,
      );
      // The cipher of the last packet stayed until the next one: each outlived two young collections, and with it a context of OpenSSL.
      const ended = /(const decrypted = this\._decipherInstance\.final\(\);)(?=[\s\S]*?class AESGCMDecipherBinding)/;
      replaceable(ended, source, path);
      source = source.replace(ended, '$1 this._decipherInstance = null;');
      source = source.concat('const GATHERING = [];');
      return { contents: source, loader: 'js' };
    });
  },
};

/** ssh2 makes the list of what a client offers anew for each connection, in eleven buffers: 3 KB a node. It is never changed once made. */
const offersShared = {
  name: 'offers-shared',
  setup(bundle) {
    bundle.onLoad({ filter: /ssh2\/lib\/protocol\/Protocol\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const making = 'offer = new KexInit(offer);';
      replaceable(/offer = new KexInit\(offer\);/, source, path);
      const shared = `
        const offered = JSON.stringify(offer);
        if (!OFFERS.has(offered)) { if (OFFERS.size > 64) OFFERS.clear(); OFFERS.set(offered, new KexInit(offer)); }
        offer = OFFERS.get(offered);`;
      replaceable(/'use strict';/, source, path);
      const contents = source
        .replace(making, () => shared)
        .replace("'use strict';", "'use strict'; const OFFERS = new Map();");
      return { contents, loader: 'js' };
    });
  },
};

/**
 * ssh2 asks of each key whether it would do before it signs with it: a round trip, and a look through the node's authorized_keys more. A key
 * at hand that signs in a tenth of a millisecond shows its signature at once, as RFC 4252 (section 7) lets it; sshd counts both ways alike.
 */
const signedAtOnce = {
  name: 'signed-at-once',
  setup(bundle) {
    bundle.onLoad({ filter: /ssh2\/lib\/client\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const asking =
        /(case 'publickey': \{\s*let keyAlgo;[\s\S]*?)proto\.authPK\(username, curAuth\.key, keyAlgo\);(?=\s*break;)/;
      replaceable(asking, source, path);
      const atOnce = `$1if (curAuth.keyAlgos === undefined)
              proto.authPK(username, curAuth.key, keyAlgo, (buf, cb) => {
                const signature = curAuth.key.sign(buf);
                if (signature instanceof Error) return skipAuth(signature.message);
                cb(signature);
              });
            else proto.authPK(username, curAuth.key, keyAlgo);`;
      return { contents: source.replace(asking, atOnce), loader: 'js' };
    });
  },
};

/**
 * esbuild makes a chunk of every set of modules that the same entries reach, 22 files to be read one after the other before the first frame.
 * Whatever is loaded later is given the start to import, which is there by then; so all entries reach all of it, and it is one chunk.
 */
export const oneFileBeforeTheFirstFrame = (start) => ({
  name: 'one-file-before-the-first-frame',
  setup(bundle) {
    bundle.onResolve({ filter: /.*/ }, async ({ path, kind, importer, namespace, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'asked') return undefined;
      const found = await bundle.resolve(path, { kind, importer, namespace, resolveDir, pluginData: 'asked' });
      return found.errors.length > 0 || found.external || found.namespace !== 'file'
        ? found
        : { path: found.path, namespace: 'later' };
    });
    bundle.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      contents: `import ${JSON.stringify(start)}; export * from ${JSON.stringify(path)};`,
      resolveDir: dirname(path),
      loader: 'js',
    }));
  },
});

function replaceable(pattern, source, path) {
  const match = pattern.exec(source);
  if (match === null) throw new Error(`${path}: a new version no longer has ${pattern}; look at bin/lean-bundle.mjs`);
  return match;
}

export const leanBundle = [
  withoutDevelopmentTools,
  layoutWithoutFetch,
  unicodeTablesOnDemand,
  searchOnDemand,
  keysImportedOnce,
  offersShared,
  signedAtOnce,
];
