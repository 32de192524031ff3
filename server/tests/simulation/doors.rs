//! Checks on accepting: how many conns are in, how often the server accepts, and that each refusal
//! has a true reason.
//!
//! Admitted conns are watched; refused ones never are: they get one line, and their input is
//! discarded.

use std::time::Duration;

use papo_server::limits::{ACCEPTS, PLACES_ON_HOST, READ_BYTES, REFUSED, SCRAPES};

use crate::faults::Fault;
use crate::lines::{Entry, Form, entries};
use crate::link::Link;
use crate::net::{DOORS, Net};
use crate::scrape;

/// Calls to accept since the last wait.
#[derive(Clone, Copy, Default)]
pub(crate) struct Accepts {
    calls: usize,
    /// Calls after which nobody who waits is told anything: nobody waited, or there was no
    /// descriptor.
    vain: usize,
    /// Calls that failed for want of a descriptor or memory.
    exhausted: usize,
}

const MINUTE: Duration = Duration::from_secs(60);
/// Bytes of a refused conn that are looked at to know in what it is told, and reads of it, each discarded.
const FIRST_BYTES: usize = 1024;
const DROPPED_READS: usize = 4;

impl Accepts {
    pub(crate) fn note<T>(&mut self, accepted: &std::io::Result<T>) {
        self.calls += 1;
        let Err(error) = accepted else { return };
        let is_exhausted = matches!(error.raw_os_error(), Some(24 | 23 | 105 | 12));
        self.exhausted += usize::from(is_exhausted);
        let is_empty = error.kind() == std::io::ErrorKind::WouldBlock;
        self.vain += usize::from(is_exhausted || is_empty);
    }
}

impl Net {
    /// I7: accepts in one turn are limited.
    pub(crate) fn check_accepts(&mut self) {
        let Accepts { calls, .. } = std::mem::take(&mut self.accepts);
        assert!(calls <= ACCEPTS, "I7: {calls} accepts in a turn");
    }

    /// The listeners close, at a stop: everybody who waited for the chat was told so if possible,
    /// whatever the budget, and nobody was accepted twice.
    pub(crate) fn check_closing(&mut self) {
        let Accepts {
            vain, exhausted, ..
        } = std::mem::take(&mut self.accepts);
        assert!(
            vain <= ACCEPTS + DOORS,
            "I7: {vain} accepts of nobody at the stop"
        );
        let of_chat = self.waiting.iter().take(scrape::DOOR);
        let untold = of_chat.filter(|waiting| !waiting.is_empty()).count();
        assert!(
            untold <= exhausted,
            "{untold} doors close before those who wait"
        );
    }

    /// I4: conns keep to the limits, and few refused ones linger.
    pub(crate) fn check_limits(&self) {
        let open = || self.links.iter().filter(|link| link.is_open());
        let of_chat = || open().filter(|link| link.door != scrape::DOOR);
        let is_in = |link: &&Link| link.id.is_some();
        let refused = open().filter(|link| !is_in(link)).count();
        assert!(refused <= REFUSED, "I4: {refused} who are refused linger");
        assert!(
            open().count() - of_chat().count() <= SCRAPES,
            "I4: more who ask for the metrics than may be"
        );
        let (most, of_one) = self.limits;
        assert!(
            most == 0 || of_chat().filter(is_in).count() <= most,
            "I4: more conns than may be"
        );
        let kept = PLACES_ON_HOST.min(most / 8);
        assert!(
            most == 0 || self.strangers() <= most - kept,
            "I4: strangers in the places of those on the host"
        );
        for link in open().filter(|link| of_one > 0 && !link.address.ip().is_loopback()) {
            assert!(
                self.in_from(link) <= of_one,
                "I4: more of one address than may be"
            );
        }
        // This many at once, and as many again within a minute.
        let newest = self.links.last().filter(|_| self.per_minute > 0);
        if let Some(link) = newest.filter(|link| !link.address.ip().is_loopback()) {
            let most = 2 * self.per_minute + self.late.as_secs() as usize * self.per_minute / 60;
            assert!(
                self.came_from(link) <= most,
                "I4: more of one address in a minute"
            );
        }
    }

    /// How many were admitted from there in the last minute of the server's time, which stops
    /// during stalls.
    fn came_from(&self, link: &Link) -> usize {
        let since = self.now.saturating_sub(MINUTE + self.late);
        let is_one = |other: &&Link| {
            let came = other.accepted.is_some_and(|at| at >= since);
            came && other.id.is_some() && other.address.ip() == link.address.ip()
        };
        self.links.iter().filter(is_one).count()
    }

    /// Admitted conns that do not come from this host.
    fn strangers(&self) -> usize {
        let is_stranger =
            |link: &&Link| link.is_open() && link.id.is_some() && !link.address.ip().is_loopback();
        self.links.iter().filter(is_stranger).count()
    }

    /// Admitted conns with the same address.
    fn in_from(&self, link: &Link) -> usize {
        let is_here = |other: &&Link| {
            other.is_open() && other.id.is_some() && other.address.ip() == link.address.ip()
        };
        self.links.iter().filter(is_here).count()
    }

    /// The server's half ends. If it ends before the conn was ever watched, the conn was refused:
    /// it was told why, in one line, and the reason is true.
    pub(crate) fn check_refusal(&mut self, at: usize) {
        let link = &self.links[at];
        if link.id.is_some() {
            return;
        }
        let tearing = [
            Fault::InterruptedWrite,
            Fault::WriteBlocks,
            Fault::OneByteWrite,
            Fault::ShortWrite,
        ];
        let may_be_torn = tearing.iter().any(|fault| self.faults.of(*fault) > 0);
        let (most, of_one) = self.limits;
        let [inside, strangers, in_from, came_from] = link.inside;
        let reason = match refusal(link) {
            Ok(why) => why,
            Err(told) if told.is_empty() => {
                let asks_for_metrics = link.on_reserve && link.door == scrape::DOOR;
                let speaks_tls = link.veil.is_some() || link.read.starts_with(b"\x16\x03");
                let is_excused = asks_for_metrics
                    || speaks_tls
                    || link.room() == 0
                    || may_be_torn
                    || link.failed
                    || self.plan.has_failed();
                assert!(is_excused, "{at} is refused without a word");
                return;
            }
            Err(told) => panic!("{at} is refused with {told:?}"),
        };
        let is_true = match reason.as_str() {
            "the server stops" | "o servidor vai parar" => self.desk.has_been_stopped(),
            "the server is full, please try again later"
            | "o servidor está cheio, tente mais tarde" => {
                let kept = PLACES_ON_HOST.min(most / 8);
                let is_stranger = !link.address.ip().is_loopback();
                let is_full =
                    most > 0 && (inside >= most || is_stranger && strangers >= most - kept);
                is_full || link.on_reserve
            }
            "too many connections from your address" | "há conexões demais do seu endereço" => {
                of_one > 0 && in_from >= of_one
            }
            "too many new connections from your address, please wait a minute"
            | "há conexões novas demais do seu endereço, espere um minuto" => {
                self.counts.add("comes too often");
                self.per_minute > 0 && came_from >= self.per_minute
            }
            "you are banned" | "a sua entrada está proibida" => self.was_ordered("/ban "),
            _ => false,
        };
        assert!(is_true, "{at} is refused: {reason:?}");
        self.counts.add("refused");
    }

    /// Who is inside as this one is accepted.
    pub(crate) fn inside(&self, at: usize) -> [usize; 4] {
        let link = &self.links[at];
        let inside = self.links.iter().filter(|link| link.is_open());
        let inside = inside.filter(|link| link.id.is_some()).count();
        let (in_from, came_from) = (self.in_from(link), self.came_from(link));
        [inside, self.strangers(), in_from, came_from]
    }

    /// Whether anybody sent or typed such an order.
    fn was_ordered(&self, order: &str) -> bool {
        let sent = self.links.iter().map(|link| &link.read);
        let has_it = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(order);
        sent.chain([&self.desk.heard]).any(has_it)
    }

    /// I7: input of a refused conn is discarded, but not without end.
    pub(crate) fn check_dropped(&self, at: usize) {
        let dropped = self.links[at].read.len();
        assert!(
            dropped <= FIRST_BYTES + DROPPED_READS * READ_BYTES,
            "I7: {dropped} bytes of one who is refused"
        );
    }
}

/// Why one was refused: in the form of the listener, or in HTTP where that is spoken. Otherwise what it was told.
fn refusal(link: &Link) -> Result<String, Vec<Entry>> {
    let (form, may_be_web) = match Form::at(link.door) {
        Form::Web => (Form::Papo, true),
        form => (form, false),
    };
    let written = String::from_utf8_lossy(&link.written);
    if may_be_web && written.starts_with("HTTP/") {
        let parts = written.split_once("\r\n\r\n");
        let parts = parts.and_then(|(head, body)| Some((head, body.strip_suffix("\n")?)));
        // What was torn is as good as nothing.
        let (head, reason) = parts.ok_or(Vec::new())?;
        let status = match reason {
            "you are banned" => "HTTP/1.1 403 ",
            _ => "HTTP/1.1 503 ",
        };
        assert!(head.starts_with(status), "{head}");
        return Ok(reason.to_owned());
    }
    let told = entries(&link.written, form);
    match told.as_slice() {
        [Entry::Bye(why)] => Ok(why.clone()),
        _ => Err(told),
    }
}
