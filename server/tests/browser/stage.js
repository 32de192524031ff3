// What a story plays on: a server, a cable to it that can be cut, users of nc, and users of browsers.
"use strict";
const assert = require("assert");
const fs = require("fs");
const dgram = require("dgram");
const net = require("net");
const os = require("os");
const path = require("path");
const { PassThrough } = require("stream");
const { spawn } = require("child_process");
const { User } = require("./user");

const PATIENCE = 20000;

const within = (promise, what) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it never came: " + what())), PATIENCE);
    promise.then(value => (clearTimeout(timer), resolve(value)), error => (clearTimeout(timer), reject(error)));
  });

// Lines of a stream, to be waited for one after the other.
class Lines {
  constructor(stream) {
    this.seen = [];
    this.read = 0;
    this.rest = "";
    this.waiting = () => {};
    stream.setEncoding("utf8");
    stream.on("data", text => {
      const lines = (this.rest + text).split("\n");
      this.rest = lines.pop();
      this.seen.push(...lines.map(line => line.replace(/\r$/, "")));
      this.waiting();
    });
    stream.on("error", () => {});
  }

  // The next line of which this holds; what comes before it is skipped.
  find(holds) {
    const fits = typeof holds === "string" ? line => line === holds : holds;
    const look = resolve => {
      this.waiting = () => look(resolve);
      while (this.read < this.seen.length) {
        const line = this.seen[this.read++];
        if (!fits(line)) continue;
        this.waiting = () => {};
        return resolve(line);
      }
    };
    return within(new Promise(look), () => holds + " after " + JSON.stringify(this.seen));
  }
}

// Somebody with nc.
class Nc {
  constructor(port) {
    this.socket = net.connect(port, "127.0.0.1");
    this.lines = new Lines(this.socket);
  }

  say(line) {
    this.socket.write(line + "\n");
  }

  expect(line) {
    return this.lines.find(line);
  }
}

// Somebody with ChatTruco, who answers heartbeats until they leave.
class Truco {
  constructor(port, email) {
    this.email = email;
    this.seen = new PassThrough();
    this.lines = new Lines(this.seen);
    this.socket = dgram.createSocket("udp4");
    this.socket.on("message", bytes => {
      const text = bytes.toString();
      if (text.startsWith("Truco ")) this.send("Seis " + this.email);
      this.seen.write(text + "\n");
    });
    this.send = text => this.socket.send(text, port, "127.0.0.1");
  }

  async enter() {
    this.send("Sin " + this.email + " secret");
    await this.lines.find("sin_ok");
    this.send("Con " + this.email + " secret");
    await this.lines.find(line => line.startsWith("Truco "));
  }

  say(name, text) {
    this.send("Envia " + name + " " + this.email + " #m#" + text);
  }

  leave() {
    this.socket.close();
  }
}

// Stands between the browsers and the server.
class Cable {
  constructor(port) {
    this.port = port;
    this.pairs = new Set();
    this.isCut = false;
    this.isDeaf = false;
    this.server = net.createServer(near => {
      if (this.isCut) return near.destroy();
      const far = net.connect(this.port, "127.0.0.1");
      const pair = [near, far];
      this.pairs.add(pair);
      const end = () => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      for (const side of pair) side.setNoDelay(true).on("error", end).on("close", end);
      near.on("data", bytes => far.write(bytes));
      far.on("data", bytes => this.isDeaf || near.write(bytes));
    });
  }

  cut() {
    this.isCut = true;
    for (const pair of this.pairs) for (const side of pair) side.destroy();
  }

  // What the server says is lost on its way, and what the browser says arrives.
  deafen() {
    this.isDeaf = true;
  }

  mend() {
    this.isCut = this.isDeaf = false;
  }
}

class Stage {
  constructor(program, browser, folder) {
    Object.assign(this, { program, browser, folder });
    this.state = fs.mkdtempSync(path.join(os.tmpdir(), "papo-browser-"));
    this.users = [];
    this.ncs = [];
    this.port = 0;
  }

  async start(...options) {
    this.options = options;
    await this.run();
    this.cable = new Cable(this.port);
    await new Promise(resolve => this.cable.server.listen(0, "127.0.0.1", resolve));
    this.url = "http://127.0.0.1:" + this.cable.server.address().port;
  }

  async run() {
    const args = ["--listen", "127.0.0.1:" + this.port, "--data", this.state, "--user", os.userInfo().username];
    this.process = spawn(this.program, args.concat(this.options), { stdio: ["pipe", "pipe", "pipe"] });
    this.ended = new Promise(resolve => this.process.on("exit", resolve));
    this.log = new Lines(this.process.stderr);
    this.screen = new Lines(this.process.stdout);
    const line = await this.screen.find(line => line.includes("listening on "));
    this.port = Number(/:(\d+)$/.exec(line)[1]);
  }

  // Ends the server: "SIGKILL" without a word, "SIGTERM" with a farewell.
  async stop(signal) {
    this.process.kill(signal);
    await this.ended;
  }

  // Nothing is left of what the server has kept.
  forget() {
    fs.rmSync(this.state, { recursive: true, force: true });
  }

  async nc(name) {
    const nc = new Nc(this.port);
    this.ncs.push(nc);
    nc.say(name);
    await nc.expect(line => line.startsWith("* welcome, " + name));
    return nc;
  }

  async truco(email) {
    const line = await this.screen.find(line => line.includes("chattruco on "));
    const truco = new Truco(Number(/:(\d+)\/udp$/.exec(line)[1]), email);
    await truco.enter();
    return truco;
  }

  async user(options) {
    const user = await User.open(this, options || {});
    this.users.push(user);
    return user;
  }

  // No page has complained about itself.
  check() {
    for (const user of this.users) assert.deepStrictEqual(user.complaints, []);
  }

  async evidence() {
    const pages = await Promise.all(this.users.map(async user => "page: " + (await user.page.evaluate(() => document.body.innerText).catch(String))));
    const complaints = this.users.map(user => "complaints: " + user.complaints.join("\n"));
    return pages.concat(complaints, this.ncs.map(nc => "nc: " + nc.lines.seen.join("\n")), "log: " + (this.log ? this.log.seen.slice(-10).join("\n") : "")).join("\n----\n");
  }

  async end() {
    for (const user of this.users) await user.context.close();
    for (const nc of this.ncs) nc.socket.destroy();
    if (this.cable) {
      this.cable.cut();
      this.cable.server.close();
    }
    if (this.process && this.process.exitCode === null) await this.stop("SIGKILL");
    fs.rmSync(this.state, { recursive: true, force: true });
  }
}

module.exports = { Stage, PATIENCE };
