// Somebody with a browser.
"use strict";
const assert = require("assert");
const fs = require("fs");
const path = require("path");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const SIZES = { 360: { width: 360, height: 740 }, 768: { width: 768, height: 1024 }, 1440: { width: 1440, height: 900 } };
const PATIENCE = 20000;

class User {
  static async open(stage, { width = 1440, scheme = "light", locale = "en-US", room = "", host = "127.0.0.1" }) {
    const user = new User();
    const origin = stage.url.replace("127.0.0.1", host);
    const isPhone = width < 700;
    const look = { viewport: SIZES[width], colorScheme: scheme, hasTouch: isPhone, isMobile: isPhone, locale };
    Object.assign(user, { stage, width, scheme, isPhone, complaints: [] });
    user.context = await stage.browser.newContext(look);
    user.context.setDefaultTimeout(PATIENCE);
    user.page = await user.context.newPage();
    user.page.on("pageerror", error => user.complaints.push(String(error)));
    user.page.on("console", message => {
      // A server that is not there is a part of the stories.
      const expected = /ERR_|WebSocket connection|favicon|404/;
      if (message.type() === "error" && !expected.test(message.text())) user.complaints.push(message.text());
    });
    // Nothing is loaded from anywhere else.
    user.page.on("request", request => {
      if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) user.complaints.push(request.url());
    });
    await user.visit(origin + "/" + room);
    return user;
  }

  // A browser of a busy machine may be silent for longer than 300 ms after it has connected, and is taken for a person
  // with nc. Whoever sees that reloads the page.
  async visit(address) {
    for (let left = 3; ; left -= 1) {
      try {
        return await this.page.goto(address);
      } catch (error) {
        if (left === 0 || !String(error).includes("ERR_INVALID_HTTP_RESPONSE")) throw error;
      }
    }
  }

  // From the name to where one can speak.
  async enter(name) {
    this.name = name;
    await this.page.fill("#name", name);
    await this.page.press("#name", "Enter");
    await this.page.waitForSelector("#say", { state: "visible" });
  }

  async say(...lines) {
    for (const line of lines) {
      await this.page.fill("#say", line);
      await this.page.press("#say", "Enter");
    }
  }

  // A row of what is shown, with this text in it.
  row(text) {
    return this.page.locator(".log:not([hidden]) .row", { hasText: text });
  }

  sees(text) {
    return this.row(text).last().waitFor();
  }

  // Everything that was said is confirmed.
  settled() {
    return this.page.waitForFunction(() => !document.querySelector(".sending, .waiting"));
  }

  status(text) {
    return this.page.locator("#status-text", { hasText: text }).waitFor();
  }

  // The texts of what people said, in order.
  said() {
    return this.page.$$eval(".log:not([hidden]) .row.line .text, .log:not([hidden]) .row.private .text", all => all.map(text => text.firstChild.textContent));
  }

  // Goes to a conversation by the list.
  async goTo(name) {
    if (this.isPhone) await this.page.click("#open-list");
    await this.page.locator("#list .talk", { hasText: name }).click();
    await this.page.locator("#title", { hasText: name }).waitFor();
  }

  // Begins a conversation with somebody who is here.
  async talkTo(name) {
    if (this.width < 1081) await this.page.click("#open-people");
    await this.page.locator("#here .talk", { hasText: name }).click();
    await this.page.locator("#title", { hasText: name }).waitFor();
  }

  // Nobody is kept out by how it is made.
  async isAccessible(state) {
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    const told = found.violations.map(fault => fault.id + ": " + fault.nodes.map(node => node.html + " " + node.failureSummary).join("; "));
    assert.deepStrictEqual(told, [], state);
  }

  async shot(name) {
    if (!this.stage.folder) return;
    fs.mkdirSync(this.stage.folder, { recursive: true });
    // What moves has come to rest.
    await this.page.evaluate(() => Promise.all(document.getAnimations().map(it => it.finished.catch(() => {}))));
    const file = [name, this.width, this.scheme].join("-") + ".png";
    await this.page.screenshot({ path: path.join(this.stage.folder, file), caret: "initial" });
  }
}

module.exports = { User };
