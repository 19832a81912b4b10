/** Changes, takes out, puts in or cuts off a few bytes; now and then all of them, or with very many more. */
export function spoilBytes(bytes: Buffer, draw: (below: number) => number): Buffer {
  let spoilt = Buffer.from(bytes);
  for (let change = 1 + draw(3); change > 0; change -= 1) {
    const place = draw(spoilt.length + 1);
    switch (draw(7)) {
      case 0:
        spoilt = Buffer.concat([spoilt.subarray(0, place), spoilt.subarray(place + 1 + draw(6))]);
        break;
      case 1: {
        const more = Buffer.alloc(1 + draw(draw(30) === 0 ? 5000 : 4), draw(256));
        spoilt = Buffer.concat([spoilt.subarray(0, place), more, spoilt.subarray(place)]);
        break;
      }
      case 2:
        spoilt = Buffer.from(spoilt.subarray(0, place));
        break;
      case 3: {
        const digits = Buffer.from(String(9 - draw(10)).repeat(1 + draw(draw(4) === 0 ? 400 : 12)));
        spoilt = Buffer.concat([spoilt.subarray(0, place), digits, spoilt.subarray(place)]);
        break;
      }
      case 4:
        if (draw(6) === 0) spoilt = Buffer.from(Array.from({ length: draw(80) }, () => draw(256)));
        break;
      default:
        if (place < spoilt.length) spoilt[place] = draw(256);
    }
  }
  return spoilt;
}
