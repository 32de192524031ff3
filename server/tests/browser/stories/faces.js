// Each state has a face, and each face is for everybody; at three sizes, dark and light.
"use strict";
const assert = require("assert");
const fs = require("fs");
const path = require("path");

const talk = async (stage, nico) => {
  nico.say("The plan for today is at http://192.168.1.20/plan.html and the printed version is on the table.");
  nico.say("Who brings the projector?");
  nico.say("/topic Welcome to the open day");
  await nico.expect("* nico changed the topic: \"Welcome to the open day\"");
};

const faces = (width, scheme) => async stage => {
  await stage.start("--rate", "0");
  const nico = await stage.nc("nico");
  const olga = await stage.nc("olga");
  await talk(stage, nico);
  olga.say("I do. It is in room 12, under the window; the cable is short, so we need the long one.");
  olga.say("/me looks for the long cable");
  olga.say("@nico ready");
  await nico.expect("[private from olga] ready");
  const ana = await stage.user({ width, scheme });
  await ana.isAccessible("name");
  await ana.shot("name");
  await ana.enter("ana");
  await ana.sees("long cable");
  await ana.say("I have one in my bag!");
  await ana.settled();
  nico.say("ana, you save the day");
  await ana.page.locator(".mention", { hasText: "save the day" }).waitFor();
  nico.say("@ana can you come to the door?");
  await ana.page.locator(".count.loud").first().waitFor({ state: "attached" });
  await ana.isAccessible("room");
  await ana.shot("room");
  await ana.goTo("nico");
  await ana.sees("to the door?");
  await ana.isAccessible("person");
  await ana.shot("person");
  if (width === 360) {
    await ana.page.click("#open-list");
    await ana.shot("list");
    await ana.page.keyboard.press("Escape");
  }
  await ana.goTo("lobby");
  const line = ana.row("save the day");
  if (ana.isPhone) await line.click();
  else await line.hover();
  await line.locator(".more").click();
  await ana.isAccessible("line");
  await ana.shot("line");
  await ana.page.keyboard.press("Escape");
  if (width !== 1440) {
    await ana.page.click("#open-people");
    await ana.isAccessible("people");
    await ana.page.keyboard.press("Escape");
  }
};

// Contrast differs by the scheme and what overlaps by the size; the other pairs are for pictures.
const PAIRS = [[360, "light"], [768, "light"], [1440, "dark"]];
const PICTURES = [[360, "dark"], [768, "dark"], [1440, "light"]];
const all = {};
for (const [width, scheme] of PAIRS.concat(process.argv[4] && process.argv[4] !== "-" ? PICTURES : [])) all["at " + width + ", " + scheme] = faces(width, scheme);

module.exports = Object.assign(all, {
  async "a name that is taken, and one that is none"(stage) {
    await stage.start();
    await stage.nc("nico");
    const ana = await stage.user({ width: 360 });
    const bad = text => ana.page.locator("#hint.bad", { hasText: text }).waitFor();
    await ana.page.fill("#name", "nico");
    await ana.page.press("#name", "Enter");
    await bad("nico is taken");
    await ana.isAccessible("taken");
    await ana.shot("taken");
    await ana.page.fill("#name", "ana maria");
    await ana.page.press("#name", "Enter");
    await bad("without spaces");
    await ana.enter("ana");
  },

  async "muted, removed, banned"(stage) {
    const secret = path.join(stage.state, "operators");
    fs.writeFileSync(secret, "open sesame\n");
    await stage.start("--admin-password-file", secret);
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    const nico = await stage.nc("nico");
    nico.say("/admin open sesame");
    await nico.expect(line => line.includes("you are an operator"));
    nico.say("/mute ana");
    await ana.status("muted");
    await ana.say("hello?");
    await ana.page.locator(".trouble", { hasText: "muted" }).waitFor();
    await ana.isAccessible("muted");
    await ana.shot("muted");
    nico.say("/unmute ana");
    await ana.page.waitForFunction(() => !document.querySelector("#status").className);
    nico.say("/kick ana enough for today");
    await ana.page.locator("#over", { hasText: "enough for today" }).waitFor();
    await ana.isAccessible("removed");
    await ana.shot("removed");
    await ana.page.click("#come-back");
    await nico.expect(line => line.includes("ana joined"));
    nico.say("/ban ana 2h too loud");
    await ana.page.locator("#over-title", { hasText: "banned" }).waitFor();
    await ana.shot("banned");
    await ana.page.click("#come-back");
    await ana.page.locator("#hint.bad", { hasText: "banned" }).waitFor();
    // An operator with a browser is asked for the password where they are.
    const olga = await stage.user({});
    await olga.enter("olga");
    await olga.say("/admin");
    await olga.page.fill("#sheet input[type=password]", "open sesame");
    await olga.isAccessible("operator");
    await olga.page.keyboard.press("Enter");
    await olga.sees("you are an operator");
  },

  async "the same user in another window"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    await ana.page.waitForFunction(() => sessionStorage.getItem("papo.state"));
    const other = await ana.context.newPage();
    const kept = await ana.page.evaluate(() => sessionStorage.getItem("papo.state"));
    await other.addInitScript(kept => sessionStorage.setItem("papo.state", kept), kept);
    await other.goto(stage.url + "/");
    await ana.page.locator("#over-title", { hasText: "another window" }).waitFor();
    await ana.isAccessible("elsewhere");
    await ana.page.click("#come-back");
    await ana.page.waitForSelector("#say", { state: "visible" });
    await other.locator("#over-title", { hasText: "another window" }).waitFor();
  },

  async "an address without a certificate"(stage) {
    await stage.start();
    const menu = async host => {
      const ana = await stage.user({ host });
      await ana.enter("ana_" + host.length);
      await ana.page.click("#menu");
      const items = await ana.page.locator("#sheet .item").allTextContents();
      return [await ana.page.evaluate(() => window.isSecureContext), items.some(item => item.startsWith("Notifications"))];
    };
    assert.deepStrictEqual(await menu("127.0.0.1"), [true, true]);
    // What works only over TLS or on the same computer is not shown.
    assert.deepStrictEqual(await menu("papo.local"), [false, false]);
  },

  async "the address to pass on"(stage) {
    await stage.start();
    const ana = await stage.user({ width: 360, host: "papo.local", room: "games" });
    await ana.enter("ana");
    await ana.page.locator("#title", { hasText: "games" }).waitFor();
    await ana.page.click("#open-list");
    await ana.page.click("#menu");
    await ana.page.locator(".item", { hasText: "Pass on the address" }).click();
    const address = stage.url.replace("127.0.0.1", "papo.local") + "/games";
    await ana.page.locator(".address", { hasText: address }).waitFor();
    await ana.page.waitForFunction(() => document.querySelector(".code img").naturalWidth > 0);
    await ana.isAccessible("address");
    await ana.shot("address");
    // The address of one's own computer is of no use to others.
    const bia = await stage.user({});
    await bia.enter("bia");
    await bia.page.click("#menu");
    await bia.page.locator(".item", { hasText: "Pass on the address" }).click();
    await bia.page.locator("#sheet-body", { hasText: "/qr" }).waitFor();
    assert.strictEqual(await bia.page.locator(".code, .address").count(), 0);
  },

  async "slow down"(stage) {
    await stage.start("--burst", "4");
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    // A paste goes line by line.
    await ana.say("1\n2\n3\n4\n5", "6\n7\n8\n9\n10");
    await ana.status("slow down");
    await ana.isAccessible("slow down");
    await ana.settled();
    assert.deepStrictEqual(await ana.said(), Array.from({ length: 10 }, (_, place) => String(place + 1)));
  },
});
