import { expect, it } from 'vitest';
import { duration, measured, percent, significant, whole } from '../src/report/page/format.js';
import { html, scriptJson } from '../src/report/page/html.js';

it('durations are as exact as a reader wants them', () => {
  const seconds = [0.42, 9, 59, 61, 150, 776, 3600, 9000, 86_399, 100_000, 1_000_000];
  expect(seconds.map(duration)).toEqual([
    '0.4 s',
    '9 s',
    '59 s',
    '1 min 1 s',
    '2 min 30 s',
    '13 min',
    '1 h',
    '2 h 30 min',
    '24 h',
    '1 d 3 h',
    '12 d',
  ]);
});

it('numbers have few digits and thin spaces between thousands', () => {
  expect([whole(999), whole(1234567.4)]).toEqual(['999', '1\u202f234\u202f567']);
  expect([significant(0.012345), significant(2.5), significant(12345)]).toEqual(['0.0123', '2.5', '12\u202f345']);
  expect([measured(16), measured(0.5), measured(4321.9)]).toEqual(['16.0', '0.500', '4\u202f322']);
  expect([percent(0.0213), percent(0.436)]).toEqual(['2.1\u202f%', '44\u202f%']);
});

it('text that is put into markup cannot end it', () => {
  const name = `<i>"a" & 'b'</i>`;
  expect(`${html`<b title="${name}">${[html`<u>${1}</u>`, name]}</b>${undefined}${false}`}`).toBe(
    '<b title="&lt;i&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/i&gt;"><u>1</u>&lt;i&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/i&gt;</b>',
  );
  const json = `${scriptJson({ name: '</script><!--' })}`;
  expect(json).not.toContain('<');
  expect(JSON.parse(json)).toEqual({ name: '</script><!--' });
});
