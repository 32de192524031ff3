//! The turn: the steps of the loop in their order, and the state that they share.
//!
//! There is one thread, and only the wait blocks. The work of a turn is proportional to what happened.
//! Reading never writes or closes. Conns are removed at one place, the end of the turn, so no key is used
//! twice within a turn.
//!
//! It is generic over `Sys`, so that the same loop runs on sockets and in the simulation.

mod accept;
mod accounts;
mod admission;
mod archive;
mod auth;
mod back;
mod bury;
mod chattruco;
mod config;
mod conns;
mod deliver;
mod flush;
mod ghosts;
mod input;
mod invariants;
mod keeping;
mod letters;
mod lifecycle;
mod memory;
mod operator;
mod proxies;
mod refusals;
mod resume;
mod scrape;
mod secure;
mod sent;
mod stop;
#[cfg(test)]
mod tests;
mod web;
mod work;
mod zones;

use std::io;

use crate::dialect::framing::Inbox;
use crate::fanout::feeds::Feeds;
use crate::hub::recall::Recall;
use crate::hub::{Effect, Gone, Hub, Id};
use crate::limits::{FEEDS_EIGHTHS, HISTORIES_EIGHTHS, READ_BYTES};
use crate::net::sys::{Ready, Sys};
use crate::ops::metrics::Metrics;
use crate::store::jobs::Done;
use admission::Admission;
use archive::Archiving;
use auth::Auth;
use back::Back;
use chattruco::Chattruco;
pub use config::Config;
use conns::Conns;
use ghosts::Probe;
use letters::Deliveries;
pub use lifecycle::End;
use lifecycle::Lifecycle;
use proxies::Proxies;
use scrape::Scrapes;
use secure::Secure;
use web::Scripts;
use work::Work;
use zones::Zones;

/// The server: all conns, all chat, and the system it runs on.
pub struct Server<S: Sys> {
    sys: S,
    config: Config,
    hub: Hub,
    conns: Conns<S::Socket>,
    feeds: Feeds,
    life: Lifecycle,
    work: Work,
    admission: Admission<S::Socket>,
    auth: Auth,
    /// Those who wait for a name that may be a ghost's.
    probes: Vec<Probe>,
    back: Back,
    metrics: Metrics,
    scrapes: Scrapes,
    secure: Secure,
    proxies: Proxies,
    scripts: Scripts,
    chattruco: Chattruco,
    archiving: Archiving,
    deliveries: Deliveries,
    /// Questions to the archive, for the end of the turn.
    recalls: Vec<Recall>,
    zones: Zones,
    console: Inbox,
    /// Whether somebody sits at a terminal there.
    has_terminal: bool,
    /// Whether the console shows public lines of the user whose request is handled, whatever their room.
    shows_said: bool,
    // Kept between turns for their memory alone.
    effects: Vec<Effect>,
    read_buffer: Vec<u8>,
    scratch: Vec<u8>,
}

impl<S: Sys> Server<S> {
    /// A server that has met nobody yet.
    pub fn new(sys: S, config: Config) -> Server<S> {
        let mut hub = Hub::new(config.backlog);
        hub.set_motd(config.motd.clone());
        hub.set_address(config.address.as_str().into());
        hub.limit_histories(config.memory / 8 * HISTORIES_EIGHTHS);
        Server {
            sys,
            hub,
            conns: Conns::new(),
            feeds: Feeds::new(config.feed_bytes, config.memory / 8 * FEEDS_EIGHTHS),
            life: Lifecycle::default(),
            work: Work::default(),
            admission: Admission::new(config.max_conns, config.per_address, config.per_minute),
            auth: Auth::default(),
            probes: Vec::new(),
            back: Back::default(),
            metrics: Metrics::default(),
            scrapes: Scrapes::default(),
            secure: Secure::default(),
            proxies: Proxies::default(),
            scripts: Scripts::default(),
            chattruco: Chattruco::default(),
            archiving: Archiving::default(),
            deliveries: Deliveries::default(),
            recalls: Vec::new(),
            zones: Zones::default(),
            console: Inbox::default(),
            has_terminal: false,
            shows_said: false,
            effects: Vec::new(),
            read_buffer: vec![0; READ_BYTES],
            scratch: Vec::new(),
            config,
        }
    }

    /// Serve until a stop.
    ///
    /// # Errors
    /// Only when waiting itself fails, which leaves nothing to do.
    pub fn run(&mut self) -> io::Result<End> {
        loop {
            if let Some(end) = self.turn()? {
                return Ok(end);
            }
        }
    }

    /// One pass of the loop; the end, when this was the last one.
    ///
    /// # Errors
    /// See [`Server::run`].
    pub fn turn(&mut self) -> io::Result<Option<End>> {
        // 1. Wait for readiness or the earliest deadline.
        self.wait()?;
        // 2. Accept, within a budget.
        self.accept();
        // 3. Read and frame, within a budget for each conn.
        self.read();
        // 4. The hub handles each request; 5. its effects reach feeds and readers at once.
        self.handle_operator();
        self.take_done();
        self.look_for_signs();
        self.serve_chattruco();
        self.handle_lines();
        // 6. Everything that is owed is flushed, in one write for each conn.
        self.tell_news();
        self.work.dirty.append(&mut self.work.unfinished);
        self.flush();
        self.note_reaching();
        // 7. What was said goes to the archive. The dead are buried, one leave each; again from 4 while
        // somebody died.
        self.ring_alarms();
        self.dismiss(self.life.now);
        self.spare_memory();
        self.bury();
        let ended = self.life.of_system(self.sys.now());
        self.metrics.turn(self.life.now, ended);
        Ok(self.finish_stop())
    }

    /// The system, for whoever drives the turns.
    pub fn sys(&mut self) -> &mut S {
        &mut self.sys
    }

    fn wait(&mut self) -> io::Result<()> {
        self.work.ready.clear();
        let until = if self.work.is_idle() {
            [
                self.conns.deadline(),
                self.work.news_at,
                self.chattruco.deadline(),
                self.admission.deadline(),
                self.archiving.deadline(),
                self.deliveries.deadline(),
                self.next_look(),
                self.life.deadline(),
            ]
            .into_iter()
            .flatten()
            .min()
        } else {
            Some(self.life.now)
        };
        let wake_at = until.map(|at| self.life.to_system(at));
        self.sys.wait(wake_at, &mut self.work.ready)?;
        self.life.wake(until, self.sys.now());
        Ok(())
    }

    /// Those who came or left are told to their rooms, as far as it is time for that.
    fn tell_news(&mut self) {
        self.hand_over_names();
        self.work.news_at = self.hub.settle(self.life.now, &mut self.effects);
        self.deliver();
    }

    /// What was done elsewhere since the last turn.
    fn take_done(&mut self) {
        self.clear_archive();
        if self.work.ready.contains(&Ready::Done) {
            while let Some(done) = self.sys.done() {
                match done {
                    Done::Account(answer) => self.take_answer(answer),
                    Done::Motd(read) => self.take_motd(read),
                    Done::Certificate(read) => self.take_certificate(read),
                    Done::Archive(news) => self.take_archived(&news),
                    Done::Recalled(recalled) => self.take_recalled(recalled),
                }
            }
        }
        self.auth.submit_orders(&mut self.sys);
        self.serve_letters();
        self.give_verdicts();
    }

    /// The state of a conn may have changed: watch what it needs now, look again when it needs it,
    /// and queue it when it has something to handle at once.
    fn settle(&mut self, id: Id) {
        self.schedule(id);
        self.watch(id);
    }

    /// `settle` without the poller; whether the conn stands in the queue.
    fn schedule(&mut self, id: Id) -> bool {
        let (now, rate) = (self.life.now, self.config.rate);
        self.conns.schedule(id, now, rate, &mut self.work)
    }

    /// Tell the poller what a conn needs now.
    fn watch(&mut self, id: Id) {
        if !self.conns.watch(&mut self.sys, id) {
            self.work.failed.push((id, Gone::Lost));
        }
    }
}
