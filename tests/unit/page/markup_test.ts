import assert from "node:assert/strict";
import { markup } from "../../../lib/page/markup.ts";

Deno.test("markup`` escapes what is filled in, as content and in an attribute's value, and nothing twice", () => {
  const hostile = `</title><script>alert("1")</script>' onload='x&amp;`;
  const { text } = markup`<p title="${hostile}">${hostile}</p>`;
  const escaped =
    "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x&amp;amp;";
  assert.equal(text, `<p title="${escaped}">${escaped}</p>`);
  assert.equal(markup`<b>${[markup`<i>${"<"}</i>`, 1.5, "a"]}</b>`.text, "<b><i>&lt;</i>1.5a</b>");
});

Deno.test("markup`` has no character that a page obeys, or that an XML file may not have", () => {
  const { text } = markup`<p>${"a\u202eb\0c\nd\u009be\ud800f\ufffe日本"}</p>`;
  assert.equal(text, "<p>a\\u202eb\\u0000c\\nd\\u009be\ufffdf\ufffd日本</p>");
});
