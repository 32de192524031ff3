// A cheap phone on a bad network.
"use strict";
const assert = require("assert");

module.exports = {
  async "from the address to the first line"(stage) {
    await stage.start();
    const nico = await stage.nc("nico");
    const ana = await stage.user({ width: 360 });
    const devtools = await ana.context.newCDPSession(ana.page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", { offline: false, latency: 300, downloadThroughput: 40000, uploadThroughput: 20000 });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    const asked = [];
    ana.page.on("request", request => asked.push(request.url()));
    await ana.page.reload();
    await ana.enter("ana");
    await ana.say("from a slow phone");
    await nico.expect("<ana> from a slow phone");
    await ana.settled();
    // The page is one request.
    assert.deepStrictEqual(asked.filter(url => url.startsWith("http")), [stage.url + "/"]);
  },

  async "what was said long before"(stage) {
    await stage.start("--rate", "0");
    const nico = await stage.nc("nico");
    const all = Array.from({ length: 260 }, (_, number) => "line " + number);
    for (const line of all) nico.say(line);
    nico.say("/seen nico");
    await nico.expect(line => line.startsWith("* nico is here"));
    const ana = await stage.user({});
    await ana.enter("ana");
    await ana.sees("line 259");
    const earlier = ana.page.locator(".log:not([hidden]) .earlier");
    const asks = async first => {
      await earlier.click();
      await ana.page.waitForFunction(first => document.querySelector(".log:not([hidden]) .line .text").textContent === first, first);
    };
    await asks("line 160");
    assert.deepStrictEqual(await ana.said(), all.slice(160));
    // What was read stays where it was.
    const top = await ana.page.$eval(".log:not([hidden])", it => it.scrollTop);
    assert.ok(top > 1000, String(top));
    await asks("line 110");
    await asks("line 60");
    await asks("line 10");
    await asks("line 0");
    assert.deepStrictEqual(await ana.said(), all);
    await earlier.click();
    await earlier.waitFor({ state: "hidden" });
  },

  async "who reads further up stays there"(stage) {
    await stage.start("--rate", "0");
    const nico = await stage.nc("nico");
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    for (let line = 0; line < 60; line++) nico.say("line " + line);
    await ana.sees("line 59");
    const log = ana.page.locator(".log:not([hidden])");
    const isLow = () => log.evaluate(it => it.scrollHeight - it.scrollTop - it.clientHeight < 4);
    await ana.page.waitForFunction(() => {
      const it = document.querySelector(".log:not([hidden])");
      return it.scrollHeight - it.scrollTop - it.clientHeight < 4;
    });
    // The keyboard opens: the last line stays in sight.
    await ana.page.setViewportSize({ width: 360, height: 400 });
    await ana.page.waitForFunction(() => document.querySelector("#app").offsetHeight === 400);
    await ana.page.waitForFunction(() => {
      const it = document.querySelector(".log:not([hidden])");
      return it.scrollHeight - it.scrollTop - it.clientHeight < 4;
    });
    assert.ok(await isLow());
    await log.evaluate(it => (it.scrollTop = 100));
    await ana.page.waitForSelector("#down", { state: "visible" });
    for (const line of ["a", "b", "c"]) nico.say(line);
    await ana.page.locator("#down", { hasText: "3 new lines" }).waitFor();
    assert.strictEqual(await log.evaluate(it => it.scrollTop), 100);
    await ana.page.click("#down");
    await ana.page.waitForSelector("#down", { state: "hidden" });
    assert.ok(await isLow());
  },
};
