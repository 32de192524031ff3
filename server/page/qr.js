// A QR code (ISO/IEC 18004) of a short text, as an image: bytes, the lowest level of correction, versions 1 to 5,
// which have one block, and always the same mask. An address needs no more.
const qr = (() => {
  // Bytes of data and of correction, by version.
  const DATA = [19, 34, 55, 80, 108];
  const CHECK = [7, 10, 15, 20, 26];
  // What says "lowest level, first mask".
  const FORMAT = 0x77c4;

  const times = (one, other) => {
    let product = 0;
    for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
    return product;
  };
  // The remainder of the division by the generator of this degree (Reed-Solomon).
  const checks = (data, degree) => {
    const generator = new Array(degree).fill(0);
    generator[degree - 1] = 1;
    for (let power = 0, root = 1; power < degree; power++, root = times(root, 2))
      for (let place = 0; place < degree; place++) generator[place] = times(generator[place], root) ^ (generator[place + 1] || 0);
    return data.reduce((rest, byte) => {
      const factor = byte ^ rest[0];
      return rest.slice(1).concat(0).map((old, place) => old ^ times(generator[place], factor));
    }, new Array(degree).fill(0));
  };
  const bitsOf = (value, count) => Array.from({ length: count }, (_, place) => (value >> (count - 1 - place)) & 1);
  const codewords = (text, version) => {
    const bytes = [...unescape(encodeURIComponent(text))].map(letter => letter.charCodeAt(0));
    const bits = [0, 1, 0, 0].concat(bitsOf(bytes.length, 8), ...bytes.map(byte => bitsOf(byte, 8)), [0, 0, 0, 0]);
    const data = [];
    while (bits.length) data.push(bits.splice(0, 8).reduce((byte, bit) => byte * 2 + bit, 0));
    for (let filler = 0xec; data.length < DATA[version]; filler ^= 0xfd) data.push(filler);
    return data.concat(checks(data, CHECK[version]));
  };
  const modules = text => {
    const length = unescape(encodeURIComponent(text)).length;
    const version = DATA.findIndex(room => length + 2 <= room);
    if (version < 0) return null;
    const size = 21 + 4 * version;
    const grid = Array.from({ length: size }, () => []);
    const set = (x, y, dark) => grid[y] && x >= 0 && x < size && (grid[y][x] = Boolean(dark));
    const square = (x, y, reach, light) => {
      for (let dx = -reach; dx <= reach; dx++)
        for (let dy = -reach; dy <= reach; dy++) set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    };
    for (let place = 0; place < size; place++) {
      set(6, place, place % 2 === 0);
      set(place, 6, place % 2 === 0);
    }
    [[3, 3], [size - 4, 3], [3, size - 4]].forEach(([x, y]) => square(x, y, 4, [2, 4]));
    if (version) square(size - 7, size - 7, 2, [1]);
    for (let bit = 0; bit < 15; bit++) {
      const dark = (FORMAT >> bit) & 1;
      const near = bit < 6 ? bit : bit < 8 ? bit + 1 : bit < 9 ? 7 : 14 - bit;
      set(bit < 8 ? 8 : near, bit < 8 ? near : 8, dark);
      set(bit < 8 ? size - 1 - bit : 8, bit < 8 ? 8 : size - 15 + bit, dark);
    }
    set(8, size - 8, true);
    // Two columns at a time, from the right, up and down in turn.
    const bits = [].concat(...codewords(text, version).map(byte => bitsOf(byte, 8)));
    for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step++)
        for (const x of [right, right - 1]) {
          const y = up ? size - 1 - step : step;
          if (grid[y][x] === undefined) set(x, y, (bits.shift() || 0) ^ ((x + y) % 2 === 0));
        }
    }
    return grid;
  };
  const image = (text, alt) => {
    const grid = modules(text);
    if (!grid) return null;
    const size = grid.length + 8;
    const path = grid.map((row, y) => row.map((dark, x) => (dark ? "M" + (x + 4) + " " + (y + 4) + "h1v1h-1z" : "")).join("")).join("");
    const svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + size + " " + size + "' shape-rendering='crispEdges'><path fill='#fff' d='M0 0h" + size + "v" + size + "H0z'/><path d='" + path + "'/></svg>";
    return dom.make("img", { src: "data:image/svg+xml," + encodeURIComponent(svg), alt });
  };
  return { image, modules };
})();
