// People with browsers and with nc in one conversation, and in windows for two.
"use strict";
const assert = require("assert");

module.exports = {
  async "ChatTruco's story"(stage) {
    await stage.start();
    const nico = await stage.nc("nico");
    const ana = await stage.user({ width: 1440 });
    await ana.enter("ana");
    const bia = await stage.user({ width: 360, locale: "pt-BR" });
    await bia.enter("bia");
    await nico.expect("* ana joined");
    await nico.expect("* bia joined");

    // In the room each reads the others.
    await ana.say("good morning");
    await nico.expect("<ana> good morning");
    await bia.sees("good morning");
    nico.say("hello from nc");
    await Promise.all([ana.sees("hello from nc"), bia.sees("hello from nc")]);
    await ana.settled();

    // A window for two, with a count of what is unread.
    await bia.talkTo("ana");
    await bia.say("psiu");
    await ana.page.locator("#talks .talk", { hasText: "bia" }).locator(".count.loud", { hasText: "1" }).waitFor();
    assert.match(await ana.page.title(), /^\(1\)/);
    await ana.goTo("bia");
    await ana.sees("psiu");
    assert.strictEqual(await ana.page.locator("#talks .count").count(), 0);
    await ana.say("yes?");
    await bia.sees("yes?");
    nico.say("@ana and me");
    await ana.page.locator("#talks .talk", { hasText: "nico" }).locator(".count.loud").waitFor();

    // Who leaves cannot be written to until they are here again.
    nico.say("/quit");
    await ana.goTo("nico");
    await ana.sees("Disconnected");
    assert.ok(await ana.page.isDisabled("#send"));
    const again = await stage.nc("nico");
    await ana.page.locator(".log:not([hidden]) .event", { hasText: /^Connected$/ }).waitFor();
    await ana.page.waitForFunction(() => !document.querySelector("#send").disabled);
    await ana.say("there you are");
    await again.expect("[private from ana] there you are");

    // The same in the other language.
    await ana.say("/quit");
    await bia.sees("Desconectado");
    await bia.page.waitForFunction(() => document.querySelector("#send").disabled);
    await ana.page.click("#come-back");
    await ana.page.waitForSelector("#say", { state: "visible" });
    await bia.sees(/^Conectado$/);
    await bia.page.waitForFunction(() => !document.querySelector("#send").disabled);
  },

  async "a user of ChatTruco itself"(stage) {
    await stage.start("--chattruco", "127.0.0.1:0", "--chattruco-source-port");
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    const dito = await stage.truco("dito@x.org");
    await ana.talkTo("dito@x.org");
    await ana.say("oi, dito");
    await dito.lines.find("Envia dito@x.org ana #m#oi, dito");
    dito.say("ana", "oi, ana");
    await ana.sees("oi, ana");
    await ana.settled();
    dito.leave();
    await ana.sees(/^Disconnected$/);
    await ana.page.waitForFunction(() => document.querySelector("#send").disabled);
  },

  async "rooms"(stage) {
    await stage.start();
    const nico = await stage.nc("nico");
    nico.say("/join games");
    await nico.expect("* you are alone in games");
    // The address names the room.
    const ana = await stage.user({ room: "games" });
    await ana.enter("ana");
    await ana.page.locator("#title", { hasText: "games" }).waitFor();
    await nico.expect("* ana joined");
    await ana.say("who plays?");
    await nico.expect("<ana> who plays?");
    // Another room from the list, and what is unread meanwhile.
    const bia = await stage.user({ width: 768 });
    await bia.enter("bia");
    await bia.page.click("#find-rooms");
    await bia.page.locator("#sheet .item", { hasText: "games" }).click();
    await bia.page.locator("#title", { hasText: "games" }).waitFor();
    await bia.goTo("lobby");
    nico.say("I do");
    await ana.sees("I do");
    await bia.page.locator("#rooms .talk", { hasText: "games" }).locator(".count", { hasText: "1" }).waitFor();
    await bia.say("only in the lobby");
    await bia.goTo("games");
    await bia.page.locator(".log:not([hidden]) .unread").waitFor();
    await bia.say("me too");
    await nico.expect("<bia> me too");
    assert.ok(!nico.lines.seen.some(line => line.includes("only in the lobby")));
    // And out again.
    await bia.say("/leave");
    await bia.page.locator("#title", { hasText: "lobby" }).waitFor();
    await nico.expect("* bia went to lobby");
    assert.strictEqual(await bia.page.locator("#rooms li").count(), 1);
  },

  async "lines about lines"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    const bia = await stage.user({ width: 360 });
    await bia.enter("bia");
    await ana.say("shall we met?");
    await bia.sees("shall we met?");
    await ana.settled();
    await ana.page.press("#say", "ArrowUp");
    await ana.page.fill("#say", "shall we meet?");
    await ana.page.press("#say", "Enter");
    await bia.sees("shall we meet? edited");
    await bia.row("shall we meet?").click();
    await bia.row("shall we meet?").locator(".more").click();
    await bia.page.locator(".choices button", { hasText: "+1" }).click();
    await ana.row("shall we meet?").locator(".reactions", { hasText: "+1 bia" }).waitFor();
    await bia.row("shall we meet?").locator(".more").click();
    await bia.page.locator(".item", { hasText: "Answer" }).click();
    await bia.say("yes, at ten");
    await ana.row("yes, at ten").locator("blockquote", { hasText: "shall we meet?" }).waitFor();
    await ana.row("shall we meet?").first().hover();
    await ana.row("shall we meet?").first().locator(".more").click();
    await ana.page.locator(".item", { hasText: "Delete" }).click();
    await bia.row("deleted").first().waitFor();
  },

  async "a registered name"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    await ana.page.click("#menu");
    await ana.page.locator(".item", { hasText: "Protect your name" }).click();
    await ana.page.fill("#sheet input[type=password]", "correct horse");
    await ana.page.keyboard.press("Enter");
    await ana.sees("ana is registered");
    const kept = await ana.page.evaluate(() => JSON.stringify([sessionStorage, localStorage]));
    assert.ok(!kept.includes("correct horse"));
    await ana.say("/quit");
    await ana.page.waitForSelector("#over", { state: "visible" });
    const other = await stage.user({ width: 360 });
    await other.page.fill("#name", "ana");
    await other.page.press("#name", "Enter");
    await other.page.fill("#password", "wrong");
    await other.page.press("#password", "Enter");
    await other.page.locator("#hint.bad", { hasText: "that is not the password" }).waitFor();
    await other.page.fill("#password", "correct horse");
    await other.page.press("#password", "Enter");
    await other.page.waitForSelector("#say", { state: "visible" });
    // Nobody else gets it, and everybody gets another one.
    const bia = await stage.user({});
    await bia.page.fill("#name", "ana");
    await bia.page.press("#name", "Enter");
    await bia.page.waitForSelector("#password", { state: "visible" });
    await bia.page.click("#other-name");
    await bia.page.fill("#name", "bia");
    await bia.page.press("#name", "Enter");
    await bia.page.waitForSelector("#say", { state: "visible" });
  },

  async "commands answer in place"(stage) {
    await stage.start();
    const ana = await stage.user({});
    await ana.enter("ana");
    await ana.say("/online");
    await ana.sees("1 here: ana");
    await ana.say("/rooms");
    await ana.sees("1 room");
    await ana.say("/nick anna");
    await ana.page.locator("#me", { hasText: "anna" }).waitFor();
    await ana.say("/lang pt");
    await ana.page.locator("#find-rooms", { hasText: "Outras salas" }).waitFor();
    await ana.say("/quem");
    await ana.sees("1 aqui: anna");
    await ana.say("/frobnicate");
    await ana.page.locator(".row.error", { hasText: "/frobnicate" }).waitFor();
    await ana.say("/tópico sopa ao meio-dia");
    await ana.page.locator("#topic", { hasText: "sopa ao meio-dia" }).waitFor();
  },
};
