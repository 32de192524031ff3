//! The five older systems against the real program: for each a client written from what it does on
//! the wire, byte for byte. Black-box tests; what they know is docs/protocol.md and docs/seeds.md.
//!
//! | file | what it has |
//! |---|---|
//! | world.rs | a server with a listener for each |
//! | tchat.rs, vpn.rs, relay.rs, chattruco.rs, rede.rs | a client of each system |
//! | raw.rs | a bare socket in the place of ChatTruco's client |
//! | forms.rs | how lines look to the users of each system |
//! | screen.rs | what a client that reads 1024 bytes at a time shows |
//! | terminal.rs | what a client shows and what its user types |
//! | everyone.rs | all five in one room |
//! | town.rs | one user of each, and one at nc |
//! | scene.rs | one conversation, and the screens of docs/seeds.md |
//! | together.rs | all five, nc and papo, with everything that is difficult |
//! | names.rs | names that are taken, wrong, long, or wanted by several at once |
//! | times.rs | TChat's times and colours |
//! | talk.rs | messages without newlines, and what is told when one cannot be done |
//! | thousand.rs | slow readers of 1024 bytes at a time, a thousand of them |
//! | ends.rs | connections that break |
//! | guessing.rs | a listener of no kind finds out who sends no newlines, and never errs |
//! | console.rs | what the operator sees, and what is heard of the operator |
//! | secrets.rs | what the operator never sees |
//! | directory.rs | ChatTruco: registering, logging in, the list, heartbeats |
//! | datagrams.rs | ChatTruco: what is lost, comes twice, is torn, forged or far too long |
//! | letters.rs | ChatTruco: names and texts in letters that its client can show |
//! | waiting.rs | ChatTruco: its client, which waits for ever, is answered every time |
//! | crowd.rs | ChatTruco: a list that is full |
//! | passwords.rs | accounts of those who type lines |
//! | echo.rs | a telnet does not show a password |
//! | durable.rs | accounts outlive a kill |
//! | rush.rs | 100 logins at once |
//! | host.rs | ChatTruco's client on the server's own host |
//! | ports.rs | `--seeds`, and ChatTruco on every address of the host |
//! | rows.rs | docs/seeds.md names tests that are there |
//!
//! The server and those at nc and telnet are those of the tests in `real`. Nothing waits for time but
//! the readers of thousand.rs, which are slow; heartbeats come each second, and are facts.

// Of what those tests share, these need a part.
#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../real/harness.rs"]
mod harness;
#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../real/people.rs"]
mod people;
#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../real/space.rs"]
mod space;

mod chattruco;
mod console;
mod crowd;
mod datagrams;
mod directory;
mod durable;
mod echo;
mod ends;
mod everyone;
mod forms;
mod guessing;
mod host;
mod letters;
mod names;
mod passwords;
mod ports;
mod raw;
mod rede;
mod relay;
mod rows;
mod rush;
mod scene;
mod screen;
mod secrets;
mod talk;
mod tchat;
mod terminal;
mod thousand;
mod times;
mod together;
mod town;
mod vpn;
mod waiting;
mod world;
