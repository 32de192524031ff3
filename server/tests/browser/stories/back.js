// Connections that are lost and come back: nothing is missing, and nothing is there twice.
"use strict";
const assert = require("assert");

const numbers = (from, to) => Array.from({ length: to - from }, (_, place) => "line " + (from + place));

module.exports = {
  async "a killed server"(stage) {
    await stage.start("--rate", "0");
    const ana = await stage.user({});
    await ana.enter("ana");
    const nico = await stage.nc("nico");
    for (const line of numbers(0, 5)) nico.say(line);
    await ana.sees("line 4");
    await stage.stop("SIGKILL");
    await ana.status("You are offline");
    await ana.shot("offline");
    await stage.run();
    await ana.page.waitForFunction(() => !document.querySelector("#status.lost"));
    const other = await stage.nc("olga");
    other.say("line 5");
    await ana.sees("line 5");
    assert.deepStrictEqual(await ana.said(), numbers(0, 6));
    await ana.say("still here");
    await other.expect("<ana> still here");
  },

  async "what was said meanwhile"(stage) {
    await stage.start("--rate", "0");
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    const nico = await stage.nc("nico");
    for (const line of numbers(0, 3)) nico.say(line);
    await ana.sees("line 2");
    stage.cable.cut();
    await ana.status("You are offline");
    await nico.expect("* ana left");
    for (const line of numbers(3, 10)) nico.say(line);
    nico.say("@nico .");
    await nico.expect(line => line.startsWith("! "));
    stage.cable.mend();
    await ana.page.evaluate(() => document.querySelector("#retry").click());
    await ana.status("You are back. 7 lines while you were away");
    assert.deepStrictEqual(await ana.said(), numbers(0, 10));
    await ana.page.locator(".log:not([hidden]) .unread").waitFor();
    await ana.shot("back");
    await ana.isAccessible("back");
    await ana.say("thanks");
    await nico.expect("<ana> thanks");
  },

  async "a reload of the tab"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    const nico = await stage.nc("nico");
    nico.say("before");
    await ana.sees("before");
    await ana.page.fill("#say", "half a thou");
    await ana.page.reload();
    await ana.page.waitForFunction(() => document.querySelector("#say").value === "half a thou");
    nico.say("after");
    await ana.sees("after");
    assert.deepStrictEqual(await ana.said(), ["before", "after"]);
    assert.strictEqual(await ana.row("ana left").count(), 0);
    await ana.page.press("#say", "Enter");
    await nico.expect("<ana> half a thou");
  },

  async "a server that stops says so"(stage) {
    await stage.start();
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    await stage.stop("SIGTERM");
    await ana.status("The server stops");
    await ana.shot("stopping");
    await ana.isAccessible("stopping");
    await stage.run();
    await ana.page.waitForFunction(() => !document.querySelector("#status.lost"));
    await ana.say("and we are back");
    await ana.settled();
  },
};
