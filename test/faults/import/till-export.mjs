import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const COUNTRIES = ['United Kingdom', 'Germany', 'France', 'EIRE', 'Channel Islands'];

/** Writes an export of that many lines: sales, some returns and write-offs, some lines twice, a little postage. */
export function writeTillExport(file, lines, random) {
  const rows = ['invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country'];
  const below = (limit) => Math.floor(random() * limit);
  const two = (number) => String(number).padStart(2, '0');
  for (let invoice = 600_000; rows.length <= lines; invoice++) {
    const returned = below(40) === 0;
    const country = COUNTRIES[below(8)] ?? COUNTRIES[0];
    const date = `2011-0${1 + below(3)}-${two(1 + below(28))}T${two(8 + below(10))}:${two(below(60))}`;
    for (let line = 1 + below(30); line > 0 && rows.length <= lines; line--) {
      const code = below(200) === 0 ? 'POST' : `${20_000 + below(3_000)}${['', 'A', 'b'][below(20)] ?? ''}`;
      const writtenOff = !returned && below(300) === 0;
      const quantity = (returned || writtenOff ? -1 : 1) * (1 + below(24));
      const description = writtenOff ? 'damages' : '"HEART, HANGING"';
      const number = returned ? `C${invoice}` : invoice;
      rows.push(`${number},${code},${description},${quantity},${date},${(below(1_500) / 100).toFixed(2)},,${country}`);
    }
  }
  writeFileSync(file, gzipSync(`${rows.join('\n')}\n`));
}
