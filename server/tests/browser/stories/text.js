// Whatever is written is text.
"use strict";
const assert = require("assert");

const BAD = [
  "<script>document.title = 'bad'</script>",
  "<img src=x onerror=\"document.title='bad'\">",
  "<b>bold</b> &amp; <a href=\"javascript:document.title='bad'\">x</a>",
  "javascript:document.title='bad' data:text/html,<script>document.title='bad'</script>",
  "{{constructor}} ${document.title='bad'} </textarea></style></script><script>document.title='bad'</script>",
];

module.exports = {
  async "a message that is a script"(stage) {
    await stage.start();
    const nico = await stage.nc("nico");
    const ana = await stage.user({});
    await ana.enter("ana");
    for (const text of BAD) {
      nico.say(text);
      await ana.sees(text);
      nico.say("@ana " + text);
    }
    nico.say("/topic " + BAD[0]);
    await ana.page.locator("#topic", { hasText: BAD[0] }).waitFor();
    assert.deepStrictEqual(await ana.said(), BAD);
    await ana.goTo("nico");
    await ana.sees(BAD[4]);
    assert.deepStrictEqual(await ana.said(), BAD);
    // And one's own.
    await ana.say(BAD[1]);
    await nico.expect("[private from ana] " + BAD[1]);
    const made = await ana.page.evaluate(() => [document.scripts.length, document.querySelectorAll("#logs img, #logs script, #logs a, #logs b b").length]);
    assert.deepStrictEqual(made, [1, 0]);
    assert.ok(!(await ana.page.title()).includes("bad"));
  },

  async "links"(stage) {
    await stage.start();
    const nico = await stage.nc("nico");
    const ana = await stage.user({});
    await ana.enter("ana");
    nico.say("see http://example.org/a?b=c&d (or https://example.org/\"x), not ftp://no.example");
    await ana.sees("not ftp");
    const links = await ana.page.$$eval(".log a", all => all.map(link => [link.getAttribute("href"), link.target, link.rel]));
    const made = address => [address, "_blank", "noopener noreferrer"];
    assert.deepStrictEqual(links, [made("http://example.org/a?b=c&d"), made("https://example.org/")]);
  },

  async "the policy holds"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    const answer = await ana.page.request.get(stage.url + "/");
    const policy = answer.headers()["content-security-policy"];
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    // A script that somebody got into the document all the same does not run.
    await ana.page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'bad'";
      document.body.append(script);
    });
    assert.ok(!(await ana.page.title()).includes("bad"));
    ana.complaints = ana.complaints.filter(text => !/Content Security Policy/.test(text));
  },
};
