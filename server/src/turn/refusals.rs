//! Those who are not let in: each is told why, over HTTP if it speaks that, and gets a moment in which that can be
//! read. Where a browser may have come or a person with nc, the first bytes tell, or their absence for
//! [`crate::limits::SPEAKS_FIRST_WITHIN`].
//!
//! They are no conns: nothing of them is watched, and what they send is read only to know that, and to be dropped.
//! Invariant: nothing is waited for on the spare descriptor, nor when the server stops.

use std::io::IoSlice;
use std::net::{IpAddr, SocketAddr};

use super::Server;
use crate::conn::ConnDefaults;
use crate::conn::web::Serves;
use crate::dialect::foreign::{Kind, Opening};
use crate::dialect::words::Lang;
use crate::dialect::{Dialect, Style};
use crate::hub::{Foreign, Gone, Time};
use crate::net::sys::{Accepted, Interest, Sys};
use crate::web::http::{Response, Status};

/// One who is not let in, and was not told so yet.
pub(super) struct Refused<Socket> {
    pub(super) socket: Socket,
    /// How it would have been met.
    pub(super) defaults: ConnDefaults,
    pub(super) why: Gone,
    /// What has come from it.
    pub(super) bytes: Vec<u8>,
}

impl Refused<()> {
    /// The same with its socket.
    pub(super) fn with<Socket>(self, socket: Socket) -> Refused<Socket> {
        Refused {
            socket,
            defaults: self.defaults,
            why: self.why,
            bytes: self.bytes,
        }
    }
}

impl<Socket> Refused<Socket> {
    /// Whether it may turn out to speak HTTP.
    fn may_be_web(&self) -> bool {
        let kind = Opening::default().after(&self.bytes).kind();
        self.defaults.serves == Serves::Both && !self.defaults.secure && kind.is_none()
    }
}

impl<S: Sys> Server<S> {
    /// Whether somebody from there may come in, or why not.
    pub(super) fn judge(&mut self, peer: SocketAddr) -> Result<(), Gone> {
        let judged = self.may_come(peer.ip());
        if let Err(why) = &judged {
            log::warn!("{peer} turned away: {}", why.label());
            self.metrics.gone(why);
        }
        judged
    }

    /// The same, and nobody else is told.
    pub(super) fn may_come(&mut self, from: IpAddr) -> Result<(), Gone> {
        self.refuse_banned(from)?;
        self.admission.judge(self.life.now, from)
    }

    /// Whether a request of somebody may have a place, which is no visit.
    pub(super) fn may_ask(&mut self, from: IpAddr) -> Result<(), Gone> {
        self.refuse_banned(from)?;
        self.admission.places.refuse(from).map_or(Ok(()), Err)
    }

    /// Banned addresses are refused.
    fn refuse_banned(&self, from: IpAddr) -> Result<(), Gone> {
        match self.hub.is_banned(self.life.now, from) {
            true => Err(Gone::Banned("".into())),
            false => Ok(()),
        }
    }

    /// Does not let somebody in.
    pub(super) fn refuse(&mut self, accepted: Accepted<S::Socket>, listener: usize, why: Gone) {
        let is_on_reserve = matches!(accepted, Accepted::OnReserve(_));
        let (Accepted::Conn(mut socket, _) | Accepted::OnReserve(mut socket)) = accepted;
        let defaults = self.of_refused(self.defaults(listener));
        if is_on_reserve {
            if !self.scrapes.is_theirs(listener) {
                let first = self.first_bytes(&mut socket);
                self.tell_why(&mut socket, &words(&defaults, why, &first));
            }
            self.sys.shutdown(&mut socket);
            let _ = self.sys.read(&mut socket, &mut self.read_buffer);
            return self.sys.close(socket, Interest::Off);
        }
        self.turn_away(Refused {
            socket,
            defaults,
            why,
            bytes: Vec::new(),
        });
    }

    /// How one is met who is not let in: where all is encrypted nobody is told anything in clear.
    pub(super) fn of_refused(&self, defaults: ConnDefaults) -> ConnDefaults {
        let secure = defaults.secure || self.secure.is_only();
        ConnDefaults { secure, ..defaults }
    }

    /// Tells one who is not let in why, now or when it has had the time to speak first; it is closed soon.
    pub(super) fn turn_away(&mut self, refused: Refused<S::Socket>) {
        match refused.may_be_web() && refused.why != Gone::Stopping {
            true => self.admission.refuse_later(self.life.now, refused),
            false => self.tell_refused(refused),
        }
        self.dismiss(self.life.now);
    }

    fn tell_refused(&mut self, mut refused: Refused<S::Socket>) {
        if refused.may_be_web() {
            let first = self.first_bytes(&mut refused.socket);
            refused.bytes.extend(first);
        }
        let mut socket = refused.socket;
        let words = words(&refused.defaults, refused.why, &refused.bytes);
        self.tell_why(&mut socket, &words);
        self.sys.shutdown(&mut socket);
        self.admission.refuse(self.life.now, socket);
    }

    /// What has come of one, as far as it takes to know a request.
    fn first_bytes(&mut self, socket: &mut S::Socket) -> Vec<u8> {
        const BYTES: usize = 1024;
        let read = self.sys.read(socket, &mut self.read_buffer[..BYTES]);
        self.read_buffer[..read.unwrap_or(0)].to_vec()
    }

    fn tell_why(&mut self, socket: &mut S::Socket, words: &[u8]) {
        if !words.is_empty() {
            // Its send buffer is empty: the words fit or it is gone.
            let _ = self.sys.write(socket, &[IoSlice::new(words)]);
        }
    }

    /// Tell those who have had the time to speak first, and close those whose moment is over by this time. What they have sent is read before, because unread
    /// input makes the kernel answer with a reset, which may destroy our line on its way.
    pub(super) fn dismiss(&mut self, by: Time) {
        const READS: usize = 4;
        while let Some(refused) = self.admission.pop_untold(by) {
            self.tell_refused(refused);
        }
        while let Some(mut socket) = self.admission.pop_refused(by) {
            for _ in 0..READS {
                if !matches!(self.sys.read(&mut socket, &mut self.read_buffer), Ok(n) if n > 0) {
                    break;
                }
            }
            self.sys.close(socket, Interest::Off);
        }
    }
}

/// The only words for one that is not let in, after these first bytes of it.
fn words(defaults: &ConnDefaults, why: Gone, first: &[u8]) -> Vec<u8> {
    let kind = Opening::default().after(first).kind();
    match (kind, defaults.serves) {
        // Who expects TLS can read nothing else.
        _ if defaults.secure => Vec::new(),
        (Some(Kind::Foreign(Foreign::Tls)), Serves::Both | Serves::Web) => Vec::new(),
        (Some(Kind::Foreign(Foreign::Http)), Serves::Both) | (_, Serves::Web) => {
            response(defaults.style.lang, why).last()
        }
        _ => defaults.refusal(why),
    }
}

/// The same for who speaks HTTP.
pub(super) fn response(lang: Lang, why: Gone) -> Response {
    let (status, seconds) = match why {
        Gone::Banned(_) => (Status::Forbidden, None),
        Gone::Stopping => (Status::Unavailable, Some("10")),
        _ => (Status::Unavailable, Some("60")),
    };
    let style = Style {
        dialect: Dialect::Text,
        lang,
        ..Style::default()
    };
    let plain = ConnDefaults {
        style,
        ..ConnDefaults::default()
    };
    let line = String::from_utf8_lossy(&plain.refusal(why)).into_owned();
    // What the line has before the reason is for people at nc.
    let reason = line.split_once(": ").map_or(&*line, |(_, reason)| reason);
    let response = Response::text(status, reason.trim_end());
    match seconds {
        Some(seconds) => response.with("Retry-After", seconds),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(serves: Serves, why: Gone, first: &[u8]) -> String {
        let defaults = ConnDefaults {
            serves,
            ..ConnDefaults::default()
        };
        String::from_utf8(words(&defaults, why, first)).expect("text")
    }

    #[test]
    fn each_is_told_in_what_it_speaks() {
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let line = "* bye: the server is full, please try again later\n";
        for (serves, first) in [
            (Serves::Both, &b""[..]),
            (Serves::Both, b"ana\n"),
            (Serves::Both, b"GET"),
            (Serves::Lines, request),
            (Serves::Lines, b""),
        ] {
            assert_eq!(told(serves, Gone::Full, first), line, "{first:?}");
        }
        let head = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Length: 43\r\nRetry-After: 60\r\n\
            X-Content-Type-Options: nosniff\r\n\r\nthe server is full, please try again later\n";
        for (serves, first) in [
            (Serves::Both, &request[..]),
            (Serves::Both, b"GET / HTTP/"),
            (Serves::Web, b""),
        ] {
            assert_eq!(told(serves, Gone::Full, first), head, "{first:?}");
        }
        let banned = told(Serves::Both, Gone::Banned("".into()), request);
        assert!(banned.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{banned}");
        assert!(!banned.contains("Retry-After"), "{banned}");
        assert_eq!(told(Serves::Both, Gone::Full, b"\x16\x03\x01"), "");
        let defaults = ConnDefaults {
            secure: true,
            ..ConnDefaults::default()
        };
        assert_eq!(words(&defaults, Gone::Full, b""), b"");
    }
}
