// What is said while the connection is bad is said, once, in its order.
"use strict";
const assert = require("assert");

// Ana has a browser and nico has nc, and she sees that he is there.
async function together(stage) {
  await stage.start();
  const ana = await stage.user({});
  await ana.enter("ana");
  const nico = await stage.nc("nico");
  await ana.sees("nico joined");
  return { ana, nico };
}

module.exports = {
  async "lines that wait"(stage) {
    const { ana, nico } = await together(stage);
    stage.cable.cut();
    await ana.status("You are offline");
    await ana.say("one", "two");
    await ana.status("You are offline; 2 lines wait");
    // A command is not kept: its answer would come when nobody expects it.
    await ana.say("/online");
    await ana.page.locator(".row.error", { hasText: "You are offline" }).waitFor();
    await ana.shot("waiting");
    await ana.isAccessible("lines wait");
    stage.cable.mend();
    await ana.settled();
    await nico.expect("<ana> one");
    await nico.expect("<ana> two");
    await ana.say("three");
    await nico.expect("<ana> three");
    const told = nico.lines.seen.filter(line => line.startsWith("<ana>"));
    assert.deepStrictEqual(told, ["<ana> one", "<ana> two", "<ana> three"]);
    assert.deepStrictEqual(await ana.said(), ["one", "two", "three"]);
  },

  async "a confirmation that is lost"(stage) {
    const { ana, nico } = await together(stage);
    stage.cable.deafen();
    await ana.say("said once");
    await nico.expect("<ana> said once");
    stage.cable.cut();
    await ana.status("1 line waits");
    stage.cable.mend();
    await ana.settled();
    await ana.say("and then");
    await nico.expect("<ana> and then");
    const told = nico.lines.seen.filter(line => line.startsWith("<ana>"));
    assert.deepStrictEqual(told, ["<ana> said once", "<ana> and then"]);
    assert.deepStrictEqual(await ana.said(), ["said once", "and then"]);
  },

  async "a reload while lines wait"(stage) {
    const { ana, nico } = await together(stage);
    stage.cable.deafen();
    await ana.say("over a reload");
    await nico.expect("<ana> over a reload");
    stage.cable.cut();
    await ana.status("1 line waits");
    stage.cable.mend();
    await ana.page.reload();
    await ana.sees("over a reload");
    await ana.settled();
    await ana.say("and then");
    await nico.expect("<ana> and then");
    assert.strictEqual(nico.lines.seen.filter(line => line.includes("over a reload")).length, 1);
    assert.deepStrictEqual(await ana.said(), ["over a reload", "and then"]);
  },

  async "a server that has forgotten everything"(stage) {
    const { ana, nico } = await together(stage);
    stage.cable.deafen();
    await ana.say("perhaps said");
    await nico.expect("<ana> perhaps said");
    stage.cable.cut();
    await ana.status("1 line waits");
    await ana.say("never sent");
    await stage.stop("SIGKILL");
    stage.forget();
    await stage.run();
    const olga = await stage.nc("olga");
    stage.cable.mend();
    // What was never sent is said now; whether the other one was, only its reader can tell.
    await olga.expect("<ana> never sent");
    await ana.row("perhaps the others").locator("button", { hasText: "Send again" }).click();
    await olga.expect("<ana> perhaps said");
    await ana.settled();
    assert.deepStrictEqual(await ana.said(), ["never sent", "perhaps said"]);
  },

  async "a line that cannot be said"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    await ana.say("@nobody hello");
    await ana.row("no such user: nobody").locator("button", { hasText: "Send again" }).waitFor();
    await ana.isAccessible("failed");
    await ana.shot("failed");
    await ana.row("hello").locator("button", { hasText: "Remove" }).click();
    assert.strictEqual(await ana.row("hello").count(), 0);
  },
};
