//! The real program on real sockets, as people meet it: black-box tests that know docs/protocol.md
//! and the command line, and nothing of the inside.
//!
//! | file | what it covers |
//! |---|---|
//! | conversation.rs | nc, telnet and papo, English and Portuguese, from the name to /quit |
//! | hangups.rs | ends: unterminated last lines, resets, half-closes, one leave each |
//! | lines.rs | chunks, line ends, long lines, bytes that are not shown |
//! | names.rs | names that are refused; unknown commands and users |
//! | telnet.rs | IAC at every split, urgent data, options, Ctrl-C |
//! | bots.rs | the example bots of docs/bots |
//! | browsers.rs | the page, and browsers beside nc |
//! | web.rs | ambiguous requests, slow ones, half handshakes, long heads and frames, pages of others |
//! | scripts.rs | scripts that say lines and listen over HTTP |
//! | tls.rs | TLS with openssl and curl; certificates; half handshakes |
//! | encrypted.rs | ncat and curl over TLS: people, the page, scripts, a WebSocket |
//! | sparing.rs | what connections over TLS hold at rest |
//! | proxies.rs | proxies that tell for whom they speak |
//! | forwarded.rs | proxies that speak HTTP and tell for whom |
//! | strays.rs | TLS and SSH clients, and browsers where only lines are spoken |
//! | limits.rs | flood control; connections: in all, from an address, in a minute |
//! | floods.rs | a million lines, ten thousand connections, a thousand joins and leaves |
//! | slow.rs | readers that read nothing or little, or are stopped |
//! | hoards.rs | strangers who make the server hold much memory, in a network with small buffers |
//! | stalls.rs | a stopped server, and interrupted waits |
//! | descriptors.rs | a host without descriptors |
//! | admins.rs | operators by /admin: bans over a restart, by address, wrong passwords |
//! | strangers.rs | strangers from many addresses, in a network of the test's own |
//! | announced.rs | servers that announce themselves, and papo without an address |
//! | archive.rs | what was said, on disk and after a restart |
//! | cables.rs | nc behind a cable that is cut (`scripts/cables`), in a network of its own |
//! | kills.rs | kill -9 under load, many times (`scripts/kills`) |
//! | metrics.rs | the answer to Prometheus |
//! | start.rs | the output at the start, and of a server that cannot serve |
//! | operator.rs | the operator's orders, screen and log |
//! | console.rs | the console at a terminal: typing, output beside it, the watched room |
//! | restarts.rs | people who come back after a restart |
//! | resumes.rs | programs that drop at any place and take their places over |
//! | signals.rs | stop, second signal, reload |
//! | service.rs | under a service manager: ready, alive, stopping, its sockets; root dropped |
//! | options.rs | the command line and where it listens |
//!
//! harness.rs has the server, people.rs those who talk to it, folder.rs what it keeps, space.rs the
//! network of a test's own. What needs time that passes (a name
//! within 60 s, 10 minutes without reading) is in the simulation, which has a clock of its own.

mod admins;
mod announced;
mod archive;
mod bots;
mod browsers;
mod cables;
mod console;
mod conversation;
mod descriptors;
mod encrypted;
mod floods;
mod folder;
mod forwarded;
mod hangups;
mod harness;
mod hoards;
mod hooks;
mod keys;
mod kills;
mod letters;
mod limits;
mod lines;
mod metrics;
mod names;
mod operator;
mod options;
mod passwords;
mod people;
mod proxies;
mod refusals;
mod restarts;
mod resumes;
mod scripts;
mod sent;
mod service;
mod signals;
mod slow;
mod space;
mod sparing;
mod stalls;
mod start;
mod strangers;
mod strays;
mod survivor;
mod telnet;
mod tls;
mod web;
