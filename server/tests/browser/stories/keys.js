// Without a mouse.
"use strict";
const assert = require("assert");

module.exports = {
  async "the keyboard does everything"(stage) {
    await stage.start();
    const nico = await stage.nc("nico");
    nico.say("welcome to the keys");
    const ana = await stage.user({});
    const { keyboard } = ana.page;
    const focus = id => ana.page.waitForFunction(id => document.activeElement && document.activeElement.id === id, id);
    await focus("name");
    await keyboard.type("ana");
    await keyboard.press("Enter");
    await focus("say");
    // Tab completes, and moves on where there is nothing to complete.
    await keyboard.type("ni");
    await keyboard.press("Tab");
    assert.strictEqual(await ana.page.inputValue("#say"), "nico: ");
    await keyboard.type("hello");
    await keyboard.press("Enter");
    await nico.expect("<ana> nico: hello");
    await keyboard.type("/onl");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await ana.sees("2 here");
    await keyboard.press("Tab");
    await focus("send");
    await keyboard.press("Shift+Tab");
    await focus("say");
    await ana.settled();
    // ↑ corrects, Escape lets it be.
    await keyboard.press("ArrowUp");
    assert.strictEqual(await ana.page.inputValue("#say"), "nico: hello");
    await keyboard.press("Escape");
    assert.strictEqual(await ana.page.inputValue("#say"), "");
    // To somebody by Ctrl+K, and back.
    await keyboard.press("Control+k");
    await keyboard.type("nic");
    await keyboard.press("Enter");
    await ana.page.locator("#title", { hasText: "nico" }).waitFor();
    await focus("say");
    await keyboard.type("only to you");
    await keyboard.press("Enter");
    await nico.expect("[private from ana] only to you");
    await keyboard.press("Alt+ArrowUp");
    await ana.page.locator("#title", { hasText: "lobby" }).waitFor();
    // To a line, and what can be done with it.
    await ana.page.locator(".log:not([hidden])").focus();
    await keyboard.press("ArrowUp");
    await keyboard.press("ArrowUp");
    await keyboard.press("Enter");
    await ana.page.locator("#sheet-title", { hasText: "nico" }).waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Escape");
    await ana.page.waitForFunction(() => document.activeElement.className === "more");
    await keyboard.press("Escape");
    await focus("say");
    // The menu, by going through the page from its beginning.
    await ana.page.evaluate(() => document.activeElement.blur());
    const stops = [];
    for (let step = 0; step < 12; step++) {
      await keyboard.press("Tab");
      stops.push(await ana.page.evaluate(() => document.activeElement.id || document.activeElement.className));
    }
    for (const stop of ["skip", "find-rooms", "menu", "log", "say"]) assert.ok(stops.includes(stop), stop + " in " + stops);
    await ana.page.focus("#skip");
    await keyboard.press("Enter");
    await focus("say");
  },

  async "a phone's drawers"(stage) {
    await stage.start();
    const ana = await stage.user({ width: 360 });
    await ana.enter("ana");
    const { keyboard } = ana.page;
    await ana.page.focus("#open-list");
    await keyboard.press("Enter");
    await ana.page.waitForFunction(() => document.activeElement.closest("#list"));
    await ana.isAccessible("drawer");
    await keyboard.press("Escape");
    await ana.page.waitForFunction(() => document.activeElement.id === "open-list");
    // What a finger has to hit is large enough.
    const small = await ana.page.$$eval("button, input, textarea", all => all.filter(it => it.offsetParent && it.getClientRects().length && getComputedStyle(it).visibility === "visible" && (it.offsetHeight < 44 || it.offsetWidth < 44)).map(it => it.id || it.className));
    assert.deepStrictEqual(small, []);
    const sizes = await ana.page.$$eval("input, textarea", all => all.map(it => parseFloat(getComputedStyle(it).fontSize)));
    assert.ok(sizes.every(size => size >= 16), "no zoom on focus");
  },
};
